import { Switch, TextInput } from "@mantine/core";
import { i18next } from "../../../app/i18n";
import { classRows, nameOf, withName, type RelationType, type Schema } from "./model";
import { Choices } from "./parts";
import { schemaTexts } from "./texts-schema";

export function RelationPanel({ schema, relation, onChange }: { schema: Schema; relation: RelationType; onChange: (schema: Schema) => void }) {
  const t = schemaTexts.use();
  const set = (make: (r: RelationType) => RelationType) =>
    onChange({ ...schema, relations: (schema.relations ?? []).map((r) => (r.id === relation.id ? make(r) : r)) });
  const options = classRows(schema).map(({ cls }) => ({ value: cls.id, label: nameOf(cls, i18next.language) }));
  const ends = (label: string, value: string[] | undefined) => (value?.length ? label : `${label}: ${t("anyClass")}`);
  return (
    <div className="pad field-grid">
      <TextInput label={t("nameZh")} value={relation.names?.zh ?? ""} placeholder={relation.name} onChange={(e) => { const text = e.currentTarget.value; set((r) => withName(r, "zh", text)); }} />
      <TextInput label={t("nameEn")} value={relation.names?.en ?? ""} placeholder={relation.name} onChange={(e) => { const text = e.currentTarget.value; set((r) => withName(r, "en", text)); }} />
      <div className="wide">
        <Choices label={ends(t("sources"), relation.sources)} options={options} value={relation.sources ?? []} onChange={(sources) => set((r) => ({ ...r, sources }))} />
      </div>
      <div className="wide">
        <Choices label={ends(t("targets"), relation.targets)} options={options} value={relation.targets ?? []} onChange={(targets) => set((r) => ({ ...r, targets }))} />
      </div>
      <Switch className="wide" label={t("directed")} checked={relation.directed ?? true} onChange={(e) => { const directed = e.currentTarget.checked; set((r) => ({ ...r, directed })); }} />
    </div>
  );
}
