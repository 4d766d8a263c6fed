import { Button, NativeSelect, TextInput, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { i18next } from "../../../app/i18n";
import { templatesQuery } from "../projects";
import type { Schema, Skeleton } from "./model";
import { pairsText, parsePairs } from "./pairs";
import { HAND_21, PERSON_17, templateOf, withPlace, withPoints } from "./skeletons";
import { schemaTexts } from "./texts-schema";

export function SkeletonPanel({ schema, skeleton, onChange }: { schema: Schema; skeleton: Skeleton; onChange: (schema: Schema) => void }) {
  const t = schemaTexts.use();
  const put = (next: Skeleton) => onChange({ ...schema, skeletons: (schema.skeletons ?? []).map((s) => (s.id === skeleton.id ? next : s)) });
  const set = (patch: Partial<Skeleton>) => put({ ...skeleton, ...patch });
  // Fields that keep what is typed begin anew when a ready skeleton is taken.
  const [taken, setTaken] = useState(0);
  return (
    <div className="pad field-grid">
      <TextInput label={t("id")} description={t("idHint")} value={skeleton.id} readOnly variant="filled" />
      <Ready onTake={(ready) => { put({ ...ready, id: skeleton.id }); setTaken(taken + 1); }} />
      <div className="wide">
        <Figure skeleton={skeleton} onChange={put} />
      </div>
      <Textarea
        label={t("points")} description={t("pointsHint")} rows={8} spellCheck={false} value={skeleton.names.join("\n")}
        onChange={(e) => put(withPoints(skeleton, e.currentTarget.value === "" ? [] : e.currentTarget.value.split("\n")))}
      />
      <Textarea
        label={t("pointsZh")} description={t("pointsZhHint")} rows={8} spellCheck={false} value={(skeleton.point_names?.zh ?? []).join("\n")}
        onChange={(e) => { const zh = e.currentTarget.value; set({ point_names: zh.trim() ? { zh: named(zh.split("\n"), skeleton.names), en: skeleton.names } : {} }); }}
      />
      <Pairs key={`edges${taken}`} label={t("edges")} hint={t("edgesHint")} count={skeleton.names.length} value={skeleton.edges} onChange={(edges) => set({ edges })} />
      <Pairs key={`flips${taken}`} label={t("flips")} hint={t("flipsHint")} count={skeleton.names.length} value={skeleton.flip} onChange={(flip) => set({ flip })} />
    </div>
  );
}

/** As many Chinese names as there are points. */
const named = (zh: string[], names: readonly string[]) => names.map((name, i) => zh[i] ?? name);

/** Skeletons to begin with: a person, a hand, and the faces of the ready templates. */
function Ready({ onTake }: { onTake: (skeleton: Skeleton) => void }) {
  const t = schemaTexts.use();
  const templates = useQuery(templatesQuery);
  const faces = (templates.data ?? []).flatMap((template) => template.schema.skeletons ?? []);
  const ready = [PERSON_17, HAND_21, ...faces];
  const [chosen, setChosen] = useState(PERSON_17.id);
  const found = ready.find((one) => one.id === chosen);
  return (
    <div className="row" style={{ alignItems: "flex-end" }}>
      <NativeSelect
        className="grow" label={t("ready")} description={t("readyHint")} value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}
        data={ready.map((one) => ({ value: one.id, label: t("readyOne", { name: one.id, count: one.names.length }) }))}
      />
      <Button variant="default" disabled={!found} onClick={() => found && onTake(found)}>{t("readyTake")}</Button>
    </div>
  );
}

const SIDE = 300;
const PAD = 16;
const STEP = 0.01;
const WAYS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The template: where each point lands when the whole figure is placed. Points are dragged, or moved by arrows. */
function Figure({ skeleton, onChange }: { skeleton: Skeleton; onChange: (skeleton: Skeleton) => void }) {
  const t = schemaTexts.use();
  const svg = useRef<SVGSVGElement>(null);
  const [held, setHeld] = useState<number | null>(null);
  const placed = templateOf(skeleton);
  const x = (i: number) => PAD + (placed[2 * i] ?? 0) * SIDE;
  const y = (i: number) => PAD + (placed[2 * i + 1] ?? 0) * SIDE;
  const shown = (i: number) => skeleton.point_names?.[i18next.language.startsWith("zh") ? "zh" : "en"]?.[i] ?? skeleton.names[i] ?? "";

  function drag(event: PointerEvent<SVGSVGElement>) {
    const frame = svg.current?.getBoundingClientRect();
    if (held === null || !frame) return;
    onChange(withPlace(skeleton, held, (event.clientX - frame.left - PAD) / SIDE, (event.clientY - frame.top - PAD) / SIDE));
  }
  function key(event: KeyboardEvent, i: number) {
    const way = WAYS[event.key];
    if (!way) return;
    event.preventDefault();
    onChange(withPlace(skeleton, i, (placed[2 * i] ?? 0) + way[0] * STEP, (placed[2 * i + 1] ?? 0) + way[1] * STEP));
  }

  if (skeleton.names.length === 0) return <p className="muted">{t("figureEmpty")}</p>;
  return (
    <div className="skeleton-figure">
      <svg
        ref={svg} width={SIDE + 2 * PAD} height={SIDE + 2 * PAD} role="group" aria-label={t("figure")}
        onPointerMove={drag} onPointerUp={() => setHeld(null)} onPointerCancel={() => setHeld(null)}
      >
        <rect x={PAD} y={PAD} width={SIDE} height={SIDE} fill="none" stroke="rgba(255,255,255,0.25)" strokeDasharray="3 3" />
        {(skeleton.edges ?? []).map(([a, b], i) => <line key={i} x1={x(a)} y1={y(a)} x2={x(b)} y2={y(b)} stroke="#4EE2FF" strokeWidth={1.5} />)}
        {skeleton.names.map((_, i) => (
          <circle
            key={i} cx={x(i)} cy={y(i)} r={held === i ? 6 : 4} fill={held === i ? "#F6BE48" : "#FFFFFF"} stroke="#1F1D1A" tabIndex={0} role="button" aria-label={`${i + 1} ${shown(i)}`}
            onPointerDown={(event) => { svg.current?.setPointerCapture(event.pointerId); setHeld(i); }} onKeyDown={(event) => key(event, i)}
          >
            <title>{`${i + 1} ${shown(i)}`}</title>
          </circle>
        ))}
      </svg>
      <p className="muted small">{t("figureHint")}</p>
    </div>
  );
}

/** Lines being typed stay as typed; only complete ones reach the schema. */
function Pairs({ label, hint, count, value, onChange }: {
  label: string;
  hint: string;
  count: number;
  value: [number, number][] | undefined;
  onChange: (pairs: [number, number][]) => void;
}) {
  const t = schemaTexts.use();
  const [text, setText] = useState(() => pairsText(value));
  const { bad } = parsePairs(text, count);
  return (
    <Textarea
      label={label} description={hint} rows={4} spellCheck={false} value={text}
      error={bad.length ? t("badPairs", { lines: bad.slice(0, 3).join(", "), count }) : null}
      onChange={(e) => {
        setText(e.currentTarget.value);
        onChange(parsePairs(e.currentTarget.value, count).pairs);
      }}
    />
  );
}
