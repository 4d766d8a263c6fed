import { TextInput, Textarea } from "@mantine/core";
import { useState } from "react";
import type { Schema, Skeleton } from "./model";
import { pairsText, parsePairs } from "./pairs";
import { schemaTexts } from "./texts-schema";

export function SkeletonPanel({ schema, skeleton, onChange }: { schema: Schema; skeleton: Skeleton; onChange: (schema: Schema) => void }) {
  const t = schemaTexts.use();
  const set = (patch: Partial<Skeleton>) =>
    onChange({ ...schema, skeletons: (schema.skeletons ?? []).map((s) => (s.id === skeleton.id ? { ...s, ...patch } : s)) });
  return (
    <div className="pad field-grid">
      <TextInput className="wide" label={t("id")} description={t("idHint")} value={skeleton.id} readOnly variant="filled" />
      <Textarea
        label={t("points")} description={t("pointsHint")} rows={10} spellCheck={false} value={skeleton.names.join("\n")}
        onChange={(e) => set({ names: e.currentTarget.value.split("\n") })}
      />
      <div className="stack">
        <Pairs label={t("edges")} hint={t("edgesHint")} count={skeleton.names.length} value={skeleton.edges} onChange={(edges) => set({ edges })} />
        <Pairs label={t("flips")} hint={t("flipsHint")} count={skeleton.names.length} value={skeleton.flip} onChange={(flip) => set({ flip })} />
      </div>
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
