import { NativeSelect, NumberInput, SegmentedControl, Switch, TextInput } from "@mantine/core";
import { useRef, useState, type PointerEvent } from "react";
import { i18next } from "../../../app/i18n";
import { keysOf } from "./ClassPanel";
import { attributesOf, classRows, colourOf, nameOf, type Attribute, type Schema } from "./model";
import { KeyChip, inkOn } from "./parts";
import { schemaTexts } from "./texts-schema";

interface Drawn {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** The bench in small: keys, colours and attributes as a worker will meet them; a box can be dragged to try. */
export function Preview({ schema }: { schema: Schema }) {
  const t = schemaTexts.use();
  const language = i18next.language;
  const [chosen, setChosen] = useState<string | null>(null);
  const classes = schema.classes ?? [];
  const keys = keysOf(schema);
  const rows = classRows(schema).filter(({ cls }) => !cls.abstract);
  const current = rows.find(({ cls }) => cls.id === chosen)?.cls ?? rows[0]?.cls;
  const itemAttributes = (schema.attributes ?? []).filter((a) => a.scope === "item");
  if (!current && !itemAttributes.length) return <p className="muted pad">{t("previewNone")}</p>;
  const shown = current ? attributesOf(schema, current.id) : [];
  return (
    <>
      {current && <Stage colour={colourOf(schema, current.id)} name={nameOf(current, language)} />}
      <div className="scroll pad stack">
        <div className="preview-classes">
          {rows.map(({ cls }) => (
            <button key={cls.id} type="button" className="preview-class" aria-pressed={cls === current} onClick={() => setChosen(cls.id)}>
              <KeyChip colour={colourOf(schema, cls.id)} chord={keys[classes.indexOf(cls)] ?? null} />
              <span>{nameOf(cls, language)}</span>
            </button>
          ))}
        </div>
        {[...shown, ...itemAttributes].map((a) => (
          <Field key={a.id} attribute={a} language={language} />
        ))}
      </div>
    </>
  );
}

function Stage({ colour, name }: { colour: string; name: string }) {
  const t = schemaTexts.use();
  const [box, setBox] = useState<Drawn>({ x: 84, y: 52, w: 128, h: 88 });
  const start = useRef<{ x: number; y: number } | null>(null);

  function at(event: PointerEvent<HTMLDivElement>) {
    const frame = event.currentTarget.getBoundingClientRect();
    return { x: Math.min(frame.width, Math.max(0, event.clientX - frame.left)), y: Math.min(frame.height, Math.max(0, event.clientY - frame.top)) };
  }
  const label = Math.max(36, name.length * 14 + 12);
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
        <rect x={box.x} y={box.y} width={box.w} height={box.h} fill={colour} fillOpacity={0.12} stroke="#000" strokeOpacity={0.6} strokeWidth={4} />
        <rect x={box.x} y={box.y} width={box.w} height={box.h} fill="none" stroke={colour} strokeWidth={2} />
        <rect x={box.x - 1} y={box.y - 19} width={label} height={18} rx={2} fill={colour} />
        <text x={box.x + 5} y={box.y - 6} fontSize={12} fontWeight={700} fill={inkOn(colour)}>
          {name}
        </text>
      </svg>
    </div>
  );
}

function Field({ attribute, language }: { attribute: Attribute; language: string }) {
  const t = schemaTexts.use();
  const short = language.startsWith("zh") ? "zh" : "en";
  const label = nameOf(attribute, language) + (attribute.required ? ` (${t("requiredMark")})` : "");
  const values = (attribute.values ?? []).map((value) => ({ value, label: attribute.value_names?.[value]?.[short] || value }));
  const unique = values.filter((v, i) => values.findIndex((o) => o.value === v.value) === i);
  if (attribute.type === "bool") return <Switch label={label} />;
  if (attribute.type === "text") return <TextInput size="xs" label={label} />;
  if (attribute.type === "int" || attribute.type === "float") {
    return <NumberInput size="xs" label={label} min={attribute.min ?? undefined} max={attribute.max ?? undefined} allowDecimal={attribute.type === "float"} suffix={attribute.unit ? ` ${attribute.unit}` : undefined} />;
  }
  if (attribute.type === "choice" && unique.length > 1 && unique.length <= 3) {
    return (
      <div>
        <span className="field-label">{label}</span>
        <SegmentedControl fullWidth size="xs" data={unique} aria-label={label} />
      </div>
    );
  }
  if (attribute.type === "choice") return <NativeSelect size="xs" label={label} data={[{ value: "", label: "—" }, ...unique]} />;
  return (
    <div>
      <span className="field-label">{label}</span>
      <div className="choices">
        {unique.map((v) => (
          <span key={v.value} className="choice">
            {v.label}
          </span>
        ))}
      </div>
    </div>
  );
}
