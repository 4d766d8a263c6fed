import { ActionIcon, Button, NativeSelect, NumberInput, Switch, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { i18next } from "../../../app/i18n";
import { changeAttribute, classRows, freshId, nameOf, withName, type Attribute, type Schema } from "./model";
import { Choices } from "./parts";
import { schemaTexts } from "./texts-schema";

const TYPES = ["choice", "choices", "bool", "int", "float", "text"] as const;

interface Props {
  schema: Schema;
  attribute: Attribute;
  onChange: (schema: Schema) => void;
}

export function AttributePanel({ schema, attribute, onChange }: Props) {
  const t = schemaTexts.use();
  const set = (make: (a: Attribute) => Attribute) => onChange(changeAttribute(schema, attribute.id, make));
  const change = (patch: Partial<Attribute>) => set((a) => ({ ...a, ...patch }));
  const scope = attribute.scope ?? "mark";
  const language = i18next.language;
  const listed = attribute.type === "choice" || attribute.type === "choices";
  const numeric = attribute.type === "int" || attribute.type === "float";
  const limit = (value: string | number) => (value === "" ? null : Number(value));
  return (
    <div className="pad field-grid">
      <TextInput label={t("nameZh")} value={attribute.names?.zh ?? ""} placeholder={attribute.name} onChange={(e) => { const text = e.currentTarget.value; set((a) => withName(a, "zh", text)); }} />
      <TextInput label={t("nameEn")} value={attribute.names?.en ?? ""} placeholder={attribute.name} onChange={(e) => { const text = e.currentTarget.value; set((a) => withName(a, "en", text)); }} />
      <NativeSelect label={t("type")} value={attribute.type} data={TYPES.map((type) => ({ value: type, label: t(`type.${type}`) }))} onChange={(e) => change({ type: e.currentTarget.value as Attribute["type"], default: null })} />
      <NativeSelect label={t("scope")} value={scope} data={(["mark", "item"] as const).map((s) => ({ value: s, label: t(`scope.${s}`) }))} onChange={(e) => change({ scope: e.currentTarget.value as "mark" | "item", classes: [] })} />
      {listed && <Values attribute={attribute} onChange={change} />}
      {numeric && (
        <div className="wide field-grid" style={{ gridTemplateColumns: "1fr 1fr 1fr" }}>
          <NumberInput label={t("minValue")} value={attribute.min ?? ""} allowDecimal={attribute.type === "float"} placeholder={t("noLimit")} onChange={(v) => change({ min: limit(v) })} />
          <NumberInput label={t("maxValue")} value={attribute.max ?? ""} allowDecimal={attribute.type === "float"} placeholder={t("noLimit")} onChange={(v) => change({ max: limit(v) })} />
          <TextInput label={t("unit")} value={attribute.unit ?? ""} onChange={(e) => change({ unit: e.currentTarget.value || null })} />
        </div>
      )}
      {attribute.type === "text" && (
        <TextInput className="wide" label={t("pattern")} description={t("patternHint")} value={attribute.pattern ?? ""} spellCheck={false} onChange={(e) => change({ pattern: e.currentTarget.value || null })} />
      )}
      <Default attribute={attribute} onChange={change} />
      {scope === "mark" && (schema.classes ?? []).length > 0 && (
        <div className="wide">
          <Choices
            label={attribute.classes?.length ? t("forClasses") : `${t("forClasses")}: ${t("allClasses")}`}
            value={attribute.classes ?? []} onChange={(classes) => change({ classes })}
            options={classRows(schema).map(({ cls }) => ({ value: cls.id, label: nameOf(cls, language) }))}
          />
        </div>
      )}
      <Condition schema={schema} attribute={attribute} onChange={change} />
      <div className="wide row wrap" style={{ gap: 24 }}>
        <Switch label={t("required")} checked={attribute.required ?? false} onChange={(e) => change({ required: e.currentTarget.checked })} />
        <Switch label={t("mutable")} checked={attribute.mutable ?? false} onChange={(e) => change({ mutable: e.currentTarget.checked })} />
      </div>
    </div>
  );
}

/** What a new mark has to begin with; several-of has nothing. */
function Default({ attribute, onChange }: { attribute: Attribute; onChange: (patch: Partial<Attribute>) => void }) {
  const t = schemaTexts.use();
  const short = i18next.language.startsWith("zh") ? "zh" : "en";
  const value = attribute.default ?? null;
  if (attribute.type === "choices") return null;
  if (attribute.type === "text") return <TextInput label={t("default")} placeholder={t("defaultNone")} value={typeof value === "string" ? value : ""} onChange={(e) => onChange({ default: e.currentTarget.value || null })} />;
  if (attribute.type === "int" || attribute.type === "float") {
    return (
      <NumberInput
        label={t("default")} placeholder={t("defaultNone")} allowDecimal={attribute.type === "float"} min={attribute.min ?? undefined} max={attribute.max ?? undefined}
        value={typeof value === "number" ? value : ""} onChange={(v) => onChange({ default: v === "" ? null : Number(v) })}
      />
    );
  }
  const values = attribute.type === "bool"
    ? [{ value: "true", label: t("yes") }, { value: "false", label: t("no") }]
    : (attribute.values ?? []).map((one) => ({ value: one, label: attribute.value_names?.[one]?.[short] || one }));
  const read = (text: string) => (text === "" ? null : attribute.type === "bool" ? text === "true" : text);
  return (
    <NativeSelect
      label={t("default")} value={value === null ? "" : String(value)} onChange={(e) => onChange({ default: read(e.currentTarget.value) })}
      data={[{ value: "", label: t("defaultNone") }, ...values]}
    />
  );
}

/** The values of a choice: what the file says, and how it is shown in each language. */
function Values({ attribute, onChange }: { attribute: Attribute; onChange: (patch: Partial<Attribute>) => void }) {
  const t = schemaTexts.use();
  const values = attribute.values ?? [];
  const names = attribute.value_names ?? {};

  function rename(at: number, to: string) {
    const from = values[at] ?? "";
    const { [from]: kept, ...rest } = names;
    onChange({ ...(attribute.default === from ? { default: to } : {}), values: values.map((v, i) => (i === at ? to : v)), value_names: kept ? { ...rest, [to]: kept } : rest });
  }
  function show(value: string, language: "zh" | "en", text: string) {
    onChange({ value_names: { ...names, [value]: { ...names[value], [language]: text } } });
  }

  return (
    <div className="wide stack" style={{ gap: 6 }}>
      <span className="field-label">{t("values")}</span>
      {values.map((value, i) => (
        // The position is the identity: the text itself is being edited.
        <div key={i} className="value-row">
          <TextInput size="xs" aria-label={`${t("value")} ${i + 1}`} value={value} onChange={(e) => rename(i, e.currentTarget.value)} />
          <TextInput size="xs" aria-label={t("nameZh")} placeholder={t("nameZh")} value={names[value]?.zh ?? ""} onChange={(e) => show(value, "zh", e.currentTarget.value)} />
          <TextInput size="xs" aria-label={t("nameEn")} placeholder={t("nameEn")} value={names[value]?.en ?? ""} onChange={(e) => show(value, "en", e.currentTarget.value)} />
          <ActionIcon variant="subtle" color="gray" aria-label={t("remove")} onClick={() => onChange({ values: values.filter((_, at) => at !== i), ...(attribute.default === value ? { default: null } : {}) })}>
            <IconTrash size={16} stroke={1.75} />
          </ActionIcon>
        </div>
      ))}
      <div>
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} />} onClick={() => onChange({ values: [...values, freshId(values, "value")] })}>
          {t("addValue")}
        </Button>
      </div>
    </div>
  );
}

/** "Only when another attribute has this value". */
function Condition({ schema, attribute, onChange }: { schema: Schema; attribute: Attribute; onChange: (patch: Partial<Attribute>) => void }) {
  const t = schemaTexts.use();
  const language = i18next.language;
  const others = (schema.attributes ?? []).filter((a) => a.id !== attribute.id && (a.type === "choice" || a.type === "bool"));
  if (!others.length) return null;
  const [key, value] = Object.entries(attribute.when ?? {})[0] ?? ["", null];
  const other = others.find((a) => a.id === key);
  const values = other?.type === "bool"
    ? [{ value: "true", label: t("yes") }, { value: "false", label: t("no") }]
    : (other?.values ?? []).map((v) => ({ value: v, label: other?.value_names?.[v]?.[language.startsWith("zh") ? "zh" : "en"] ?? v }));
  const typed = (text: string) => (other?.type === "bool" ? text === "true" : text);
  return (
    <>
      <NativeSelect
        label={t("when")} value={key} data={[{ value: "", label: t("whenAlways") }, ...others.map((a) => ({ value: a.id, label: nameOf(a, language) }))]}
        onChange={(e) => {
          const chosen = others.find((a) => a.id === e.currentTarget.value);
          onChange({ when: chosen ? { [chosen.id]: chosen.type === "bool" ? true : (chosen.values?.[0] ?? "") } : {} });
        }}
      />
      {other && <NativeSelect label={t("whenIs")} value={String(value)} data={values} onChange={(e) => onChange({ when: { [key]: typed(e.currentTarget.value) } })} />}
    </>
  );
}
