import { NativeSelect, NumberInput, SegmentedControl, Switch, TextInput } from "@mantine/core";
import { useRef, useState, type PointerEvent } from "react";
import { i18next } from "../../../app/i18n";
import { keysOf } from "./ClassPanel";
import { attributesOf, classRows, colourOf, nameOf, type Attribute, type Schema, type Skeleton } from "./model";
import { Choices, KeyChip, inkOn } from "./parts";
import { Sample, type Frame } from "./Sample";
import { schemaTexts } from "./texts-schema";

/** The bench in small: keys, colours, tools and attributes as a worker will meet them; drag to try. */
export function Preview({ schema }: { schema: Schema }) {
  const t = schemaTexts.use();
  const language = i18next.language;
  const [chosen, setChosen] = useState<string | null>(null);
  const [values, setValues] = useState<Record<string, unknown>>({});
  const classes = schema.classes ?? [];
  const keys = keysOf(schema);
  const rows = classRows(schema).filter(({ cls }) => !cls.abstract);
  const current = rows.find(({ cls }) => cls.id === chosen)?.cls ?? rows[0]?.cls;
  const itemAttributes = (schema.attributes ?? []).filter((a) => a.scope === "item");
  if (!current && !itemAttributes.length) return <p className="muted pad">{t("previewNone")}</p>;
  const shown = [...(current ? attributesOf(schema, current.id) : []), ...itemAttributes].filter((a) => Object.entries(a.when ?? {}).every(([id, value]) => valueIn(schema, values, id) === value));
  return (
    <>
      {current && <Stage key={current.id} colour={colourOf(schema, current.id)} name={nameOf(current, language)} kind={current.kinds?.[0] ?? "box"} skeleton={schema.skeletons?.find((one) => one.id === current.skeleton)} />}
      <div className="scroll pad stack">
        <div className="preview-classes">
          {rows.map(({ cls }) => (
            <button key={cls.id} type="button" className="preview-class" aria-pressed={cls === current} onClick={() => setChosen(cls.id)}>
              <KeyChip colour={colourOf(schema, cls.id)} chord={keys[classes.indexOf(cls)] ?? null} />
              <span>{nameOf(cls, language)}</span>
            </button>
          ))}
        </div>
        {shown.map((a) => (
          <Field key={a.id} attribute={a} language={language} value={valueIn(schema, values, a.id)} onChange={(value) => setValues({ ...values, [a.id]: value })} />
        ))}
      </div>
    </>
  );
}

/** What was tried, else what the schema says to begin with. */
const valueIn = (schema: Schema, values: Record<string, unknown>, id: string): unknown => (id in values ? values[id] : (schema.attributes?.find((a) => a.id === id)?.default ?? null));

function Stage({ colour, name, kind, skeleton }: { colour: string; name: string; kind: string; skeleton: Skeleton | undefined }) {
  const t = schemaTexts.use();
  const [box, setBox] = useState<Frame>(kind === "keypoints" ? { x: 94, y: 30, w: 112, h: 128 } : { x: 84, y: 52, w: 128, h: 88 });
  const start = useRef<{ x: number; y: number } | null>(null);

  function at(event: PointerEvent<HTMLDivElement>) {
    const frame = event.currentTarget.getBoundingClientRect();
    return { x: Math.min(frame.width, Math.max(0, event.clientX - frame.left)), y: Math.min(frame.height, Math.max(0, event.clientY - frame.top)) };
  }
  const label = Math.max(36, name.length * (/[^\x00-\x7f]/.test(name) ? 14 : 8) + 12);
  const tag = kind === "none" ? { x: 5, y: 23 } : { x: box.x, y: Math.max(20, box.y) };
  return (
    <div
      className="preview-stage" role="img" aria-label={t("previewDrag")} title={t("previewDrag")}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = at(event);
      }}
      onPointerMove={(event) => {
        if (!start.current) return;
        const to = at(event);
        const from = start.current;
        setBox({ x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), w: Math.abs(to.x - from.x), h: Math.abs(to.y - from.y) });
      }}
      onPointerUp={() => {
        start.current = null;
      }}
    >
      <svg>
        <Sample kind={kind} frame={box} colour={colour} skeleton={skeleton} />
        <rect x={tag.x - 1} y={tag.y - 19} width={label} height={18} rx={2} fill={colour} />
        <text x={tag.x + 5} y={tag.y - 6} fontSize={12} fontWeight={700} fill={inkOn(colour)}>
          {name}
        </text>
      </svg>
    </div>
  );
}

function Field({ attribute, language, value, onChange }: { attribute: Attribute; language: string; value: unknown; onChange: (value: unknown) => void }) {
  const t = schemaTexts.use();
  const short = language.startsWith("zh") ? "zh" : "en";
  const label = nameOf(attribute, language) + (attribute.required ? ` (${t("requiredMark")})` : "");
  const values = (attribute.values ?? []).map((one) => ({ value: one, label: attribute.value_names?.[one]?.[short] || one }));
  const unique = values.filter((v, i) => values.findIndex((o) => o.value === v.value) === i);
  const text = typeof value === "string" ? value : "";
  if (attribute.type === "bool") return <Switch label={label} checked={value === true} onChange={(e) => onChange(e.currentTarget.checked)} />;
  if (attribute.type === "text") return <TextInput size="xs" label={label} value={text} error={text && !fits(text, attribute.pattern) ? t("previewPattern") : null} onChange={(e) => onChange(e.currentTarget.value)} />;
  if (attribute.type === "int" || attribute.type === "float") {
    return (
      <NumberInput
        size="xs" label={label} min={attribute.min ?? undefined} max={attribute.max ?? undefined} allowDecimal={attribute.type === "float"} suffix={attribute.unit ? ` ${attribute.unit}` : undefined}
        value={typeof value === "number" ? value : ""} onChange={(v) => onChange(v === "" ? null : Number(v))}
      />
    );
  }
  if (attribute.type === "choice" && unique.length > 1 && unique.length <= 3) {
    return (
      <div>
        <span className="field-label">{label}</span>
        <SegmentedControl fullWidth size="xs" data={unique} aria-label={label} value={text} onChange={onChange} />
      </div>
    );
  }
  if (attribute.type === "choice") return <NativeSelect size="xs" label={label} data={[{ value: "", label: "—" }, ...unique]} value={text} onChange={(e) => onChange(e.currentTarget.value || null)} />;
  return <Choices label={label} options={unique} value={Array.isArray(value) ? (value as string[]) : []} onChange={onChange} />;
}

/** Whether the whole text has the form; a pattern that is still being typed refuses nothing. */
function fits(text: string, pattern: string | null | undefined): boolean {
  if (!pattern) return true;
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(text);
  } catch (error) {
    if (error instanceof SyntaxError) return true;
    throw error;
  }
}
