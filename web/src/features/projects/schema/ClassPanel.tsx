import { NativeSelect, NumberInput, Switch, TextInput } from "@mantine/core";
import { i18next } from "../../../app/i18n";
import { chordName, classKeys } from "../../../workbench/core/keys";
import { lettersTaken } from "../../../workbench/core/letters";
import type { Schema as BenchSchema } from "../../../workbench/core/model";
import { IMAGE_KINDS, PALETTE, benchLevels, changeClass, colourOf, isImageKind, nameOf, withName, type ImageKind, type LabelClass, type Schema } from "./model";
import { Choices } from "./parts";
import { schemaTexts } from "./texts-schema";

/** Codes of the keys a class may ask for. */
const KEYS = [..."1234567890"].map((n) => `Digit${n}`).concat([..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((c) => `Key${c}`));

/**
 * The keys in use by position, as the bench gives them: the author's wishes first, then digits, then the letters that no
 * action and no tool of this schema holds; in a tree each level begins anew.
 */
export function keysOf(schema: Schema): (string | null)[] {
  const classes = schema.classes ?? [];
  const taken = lettersTaken(schema as unknown as BenchSchema);
  const found = new Map<string, string | null>();
  for (const level of benchLevels(schema)) {
    const keys = classKeys(level.length, taken, level.map((c) => c.key));
    level.forEach((c, i) => found.set(c.id, keys[i] ?? null));
  }
  return classes.map((c) => found.get(c.id) ?? null);
}

export function ClassPanel({ schema, cls, onChange }: { schema: Schema; cls: LabelClass; onChange: (schema: Schema) => void }) {
  const t = schemaTexts.use();
  const change = (patch: Partial<LabelClass>) => onChange(changeClass(schema, cls.id, (c) => ({ ...c, ...patch })));
  const kinds = (cls.kinds ?? []).filter(isImageKind);
  const index = (schema.classes ?? []).indexOf(cls);
  const taken = lettersTaken(schema as unknown as BenchSchema);
  const automatic = keysOf(changeClass(schema, cls.id, (c) => ({ ...c, key: null })))[index];
  const limit = (value: string | number) => (value === "" ? null : Number(value));
  return (
    <div className="pad field-grid">
      <TextInput label={t("nameZh")} value={cls.names?.zh ?? ""} placeholder={cls.name} onChange={(e) => { const text = e.currentTarget.value; onChange(changeClass(schema, cls.id, (c) => withName(c, "zh", text))); }} />
      <TextInput label={t("nameEn")} value={cls.names?.en ?? ""} placeholder={cls.name} onChange={(e) => { const text = e.currentTarget.value; onChange(changeClass(schema, cls.id, (c) => withName(c, "en", text))); }} />
      <div className="wide">
        <span className="field-label">{t("colour")}</span>
        <div className="swatches" role="group" aria-label={t("colour")}>
          {PALETTE.map((colour) => (
            <button
              key={colour} type="button" className="swatch" style={{ background: colour }} aria-label={colour}
              aria-pressed={colourOf(schema, cls.id) === colour} onClick={() => change({ colour })}
            />
          ))}
          <input type="color" aria-label={t("colour")} value={colourOf(schema, cls.id).toLowerCase()} onChange={(e) => change({ colour: e.currentTarget.value.toUpperCase() })} />
        </div>
      </div>
      {!cls.abstract && (
        <div className="wide stack">
          <Choices
            label={t("tools")} value={kinds} onChange={(value) => change({ kinds: value })}
            options={IMAGE_KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
          />
          {kinds.length > 1 && (
            <NativeSelect
              label={t("firstTool")} description={t("toolsHint")} value={kinds[0]} data={kinds.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
              onChange={(e) => { const first = e.currentTarget.value as ImageKind; change({ kinds: [first, ...kinds.filter((k) => k !== first)] }); }}
            />
          )}
        </div>
      )}
      {kinds.includes("keypoints") && (
        <NativeSelect
          className="wide" label={t("skeleton")} value={cls.skeleton ?? ""} description={schema.skeletons?.length ? undefined : t("needSkeleton")}
          data={[{ value: "", label: "—" }, ...(schema.skeletons ?? []).map((s) => ({ value: s.id, label: `${s.id} (${s.names.length})` }))]}
          onChange={(e) => change({ skeleton: e.currentTarget.value || null })}
        />
      )}
      {!cls.abstract && (
        <>
          <NativeSelect
            label={t("key")} value={cls.key ?? ""} onChange={(e) => change({ key: e.currentTarget.value || null })}
            data={[{ value: "", label: t("keyAuto", { key: automatic ? chordName(automatic) : t("keyNone") }) }, ...KEYS.filter((key) => !taken.has(key) || key === cls.key).map((key) => ({ value: key, label: chordName(key) }))]}
            description={cls.key && taken.has(cls.key) ? t("keyTaken") : undefined}
          />
          <TextInput label={t("id")} description={t("idHint")} value={cls.id} readOnly variant="filled" />
          <NumberInput label={t("min")} value={cls.min ?? ""} min={0} allowDecimal={false} placeholder={t("noLimit")} onChange={(v) => change({ min: limit(v) })} />
          <NumberInput label={t("max")} value={cls.max ?? ""} min={0} allowDecimal={false} placeholder={t("noLimit")} onChange={(v) => change({ max: limit(v) })} />
        </>
      )}
      <div className="wide stack">
        <Switch label={t("abstract")} checked={cls.abstract ?? false} onChange={(e) => change({ abstract: e.currentTarget.checked })} />
        {kinds.includes("obox") && <Switch label={t("heading")} checked={cls.heading ?? false} onChange={(e) => change({ heading: e.currentTarget.checked })} />}
      </div>
      <span className="visually-hidden">{nameOf(cls, i18next.language)}</span>
    </div>
  );
}
