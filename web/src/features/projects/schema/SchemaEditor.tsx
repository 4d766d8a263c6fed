import { ActionIcon, Button, Switch, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconIndentDecrease, IconIndentIncrease, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { i18next } from "../../../app/i18n";
import { toast } from "../../../ui/toasts";
import "../../../ui/management";
import { AttributePanel } from "./AttributePanel";
import { ClassPanel, keysOf } from "./ClassPanel";
import {
  addAttribute, addClass, classRows, colourOf, freshId, indentClass, isImageKind, moveClass, nameOf, problemsOf, removeAttribute, removeClass, type Schema,
} from "./model";
import { KeyChip } from "./parts";
import { Preview } from "./Preview";
import { RelationPanel } from "./RelationPanel";
import { SkeletonPanel } from "./SkeletonPanel";
import { schemaTexts } from "./texts-schema";
import "./schema.css";

const PARTS = ["classes", "attributes", "relations", "skeletons", "rules"] as const;
type Part = (typeof PARTS)[number];

interface Props {
  value: Schema;
  onChange: (schema: Schema) => void;
  /** Who may not change it looks into everything all the same. */
  readOnly?: boolean;
}

/** Classes as a tree, attributes, relations, skeletons and rules on the left; the chosen one in the middle; a live preview. */
export function SchemaEditor({ value: schema, onChange: change, readOnly = false }: Props) {
  const t = schemaTexts.use();
  const onChange = (next: Schema) => {
    if (!readOnly) change(next);
  };
  const [part, setPart] = useState<Part>("classes");
  const [chosen, setChosen] = useState<string | null>(schema.classes?.[0]?.id ?? null);

  function remove(next: Schema, name: string) {
    onChange(next);
    setChosen(null);
    toast(t("removed", { name }), () => onChange(schema));
  }

  return (
    <div className={readOnly ? "schema read-only" : "schema"}>
      <section className="card">
        <div className="schema-tabs" role="tablist">
          {PARTS.map((one) => (
            <button key={one} type="button" role="tab" aria-selected={part === one} onClick={() => { setPart(one); setChosen(null); }}>
              {t(one)}
            </button>
          ))}
        </div>
        {part === "classes" && <ClassList schema={schema} chosen={chosen} choose={setChosen} onChange={onChange} remove={remove} />}
        {part === "attributes" && <AttributeList schema={schema} chosen={chosen} choose={setChosen} onChange={onChange} remove={remove} />}
        {part === "relations" && <RelationList schema={schema} chosen={chosen} choose={setChosen} onChange={onChange} remove={remove} />}
        {part === "skeletons" && <SkeletonList schema={schema} chosen={chosen} choose={setChosen} onChange={onChange} remove={remove} />}
        {part === "rules" && <p className="muted pad">{t("rulesAbout")}</p>}
      </section>
      <section className="card">
        <div className="scroll">
          <fieldset className="plain" disabled={readOnly}>
            {part === "rules" ? <Rules schema={schema} onChange={onChange} /> : <Detail schema={schema} part={part} chosen={chosen} onChange={onChange} />}
          </fieldset>
        </div>
        <Problems schema={schema} onChoose={(where, id) => { setPart(where); setChosen(id); }} />
      </section>
      <section className="card">
        <div className="card-head">
          <h2>{t("preview")}</h2>
        </div>
        <Preview schema={schema} />
      </section>
    </div>
  );
}

function Detail({ schema, part, chosen, onChange }: { schema: Schema; part: Part; chosen: string | null; onChange: (s: Schema) => void }) {
  const t = schemaTexts.use();
  const cls = schema.classes?.find((c) => c.id === chosen);
  const attribute = schema.attributes?.find((a) => a.id === chosen);
  const relation = schema.relations?.find((r) => r.id === chosen);
  const skeleton = schema.skeletons?.find((s) => s.id === chosen);
  if (part === "classes" && cls) return <ClassPanel key={cls.id} schema={schema} cls={cls} onChange={onChange} />;
  if (part === "attributes" && attribute) return <AttributePanel key={attribute.id} schema={schema} attribute={attribute} onChange={onChange} />;
  if (part === "relations" && relation) return <RelationPanel key={relation.id} schema={schema} relation={relation} onChange={onChange} />;
  if (part === "skeletons" && skeleton) return <SkeletonPanel key={skeleton.id} schema={schema} skeleton={skeleton} onChange={onChange} />;
  const first = { classes: "choose", attributes: "chooseAttribute", relations: "chooseRelation", skeletons: "chooseSkeleton", rules: null } as const;
  const key = first[part];
  return key && <p className="muted pad">{t(key)}</p>;
}

function Problems({ schema, onChoose }: { schema: Schema; onChoose: (part: Part, id: string) => void }) {
  const t = schemaTexts.use();
  const problems = problemsOf(schema, i18next.language);
  if (!problems.length) return null;
  const part = { class: "classes", attribute: "attributes", relation: "relations", skeleton: "skeletons", schema: "classes" } as const;
  return (
    <div className="list-foot" role="status" style={{ flexDirection: "column", maxHeight: 120, overflow: "auto" }}>
      <b className="small">{t("problems", { count: problems.length })}</b>
      {problems.map((p) => (
        <button key={`${p.code}:${p.id}`} type="button" className="text-button small" style={{ textAlign: "left", color: "var(--error)" }} onClick={() => onChoose(part[p.part], p.id)}>
          {t(`problem.${p.code}`, { name: p.name })}
        </button>
      ))}
    </div>
  );
}

interface ListProps {
  schema: Schema;
  chosen: string | null;
  choose: (id: string) => void;
  onChange: (schema: Schema) => void;
  remove: (next: Schema, name: string) => void;
}

function List({ empty, rows, foot }: { empty: string; rows: ReactNode[]; foot: ReactNode }) {
  return (
    <>
      <div className="scroll" role="listbox">
        {rows.length ? rows : <p className="muted pad">{empty}</p>}
      </div>
      <div className="list-foot">{foot}</div>
    </>
  );
}

function Tool({ label, onClick, children, disabled }: { label: string; onClick: () => void; children: ReactNode; disabled?: boolean }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={28} aria-label={label} onClick={onClick} disabled={disabled}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function ClassList({ schema, chosen, choose, onChange, remove }: ListProps) {
  const t = schemaTexts.use();
  const language = i18next.language;
  const classes = schema.classes ?? [];
  const keys = keysOf(schema);
  const cls = classes.find((c) => c.id === chosen);

  function add(parent: string | null) {
    const added = addClass(schema, parent);
    onChange(added.schema);
    choose(added.id);
  }

  const rows = classRows(schema).map(({ cls: one, depth }) => (
    <button
      key={one.id} type="button" role="option" aria-selected={one.id === chosen} className="tree-row" style={{ paddingLeft: 10 + depth * 18 }}
      onClick={() => choose(one.id)}
      onKeyDown={(event) => {
        if (!event.altKey) return;
        const moves = { ArrowUp: () => moveClass(schema, one.id, -1), ArrowDown: () => moveClass(schema, one.id, 1), ArrowRight: () => indentClass(schema, one.id, "in"), ArrowLeft: () => indentClass(schema, one.id, "out") };
        const move = moves[event.key as keyof typeof moves];
        if (!move) return;
        event.preventDefault();
        onChange(move());
      }}
    >
      <KeyChip colour={colourOf(schema, one.id)} chord={keys[classes.indexOf(one)] ?? null} />
      <span className="grow">{nameOf(one, language)}</span>
      <span className="muted small">{!one.abstract && one.kinds?.[0] && isImageKind(one.kinds[0]) ? t(`kind.${one.kinds[0]}`) : ""}</span>
    </button>
  ));
  return (
    <List
      empty={t("noClasses")} rows={rows}
      foot={
        <>
          <Button size="compact-sm" variant="light" leftSection={<IconPlus size={16} />} onClick={() => add(null)}>
            {t("addClass")}
          </Button>
          {cls && (
            <>
              <Tool label={t("addChild")} onClick={() => add(cls.id)}><IconPlus size={16} /></Tool>
              <Tool label={t("up")} onClick={() => onChange(moveClass(schema, cls.id, -1))}><IconArrowUp size={16} /></Tool>
              <Tool label={t("down")} onClick={() => onChange(moveClass(schema, cls.id, 1))}><IconArrowDown size={16} /></Tool>
              <Tool label={t("indent")} onClick={() => onChange(indentClass(schema, cls.id, "in"))}><IconIndentIncrease size={16} /></Tool>
              <Tool label={t("outdent")} onClick={() => onChange(indentClass(schema, cls.id, "out"))} disabled={!cls.parent}><IconIndentDecrease size={16} /></Tool>
              <Tool label={t("remove")} onClick={() => remove(removeClass(schema, cls.id), nameOf(cls, language))}><IconTrash size={16} /></Tool>
            </>
          )}
        </>
      }
    />
  );
}

function Row({ id, chosen, choose, name, note }: { id: string; chosen: boolean; choose: (id: string) => void; name: string; note: string }) {
  return (
    <button type="button" role="option" aria-selected={chosen} className="tree-row" onClick={() => choose(id)}>
      <span className="grow">{name}</span>
      <span className="muted small">{note}</span>
    </button>
  );
}

function AttributeList({ schema, chosen, choose, onChange, remove }: ListProps) {
  const t = schemaTexts.use();
  const language = i18next.language;
  const attributes = schema.attributes ?? [];
  const current = attributes.find((a) => a.id === chosen);
  return (
    <List
      empty={t("noAttributes")}
      rows={attributes.map((a) => (
        <Row key={a.id} id={a.id} chosen={a.id === chosen} choose={choose} name={nameOf(a, language)} note={t(`type.${a.type}`)} />
      ))}
      foot={
        <>
          <Button size="compact-sm" variant="light" leftSection={<IconPlus size={16} />} onClick={() => { const added = addAttribute(schema, "choice"); onChange(added.schema); choose(added.id); }}>
            {t("addAttribute")}
          </Button>
          {current && <Tool label={t("remove")} onClick={() => remove(removeAttribute(schema, current.id), nameOf(current, language))}><IconTrash size={16} /></Tool>}
        </>
      }
    />
  );
}

function RelationList({ schema, chosen, choose, onChange, remove }: ListProps) {
  const t = schemaTexts.use();
  const language = i18next.language;
  const relations = schema.relations ?? [];
  const current = relations.find((r) => r.id === chosen);
  function add() {
    const id = freshId(relations.map((r) => r.id), "relation");
    onChange({ ...schema, relations: [...relations, { id }] });
    choose(id);
  }
  return (
    <List
      empty={t("noRelations")}
      rows={relations.map((r) => <Row key={r.id} id={r.id} chosen={r.id === chosen} choose={choose} name={nameOf(r, language)} note="" />)}
      foot={
        <>
          <Button size="compact-sm" variant="light" leftSection={<IconPlus size={16} />} onClick={add}>
            {t("addRelation")}
          </Button>
          {current && <Tool label={t("remove")} onClick={() => remove({ ...schema, relations: relations.filter((r) => r !== current) }, nameOf(current, language))}><IconTrash size={16} /></Tool>}
        </>
      }
    />
  );
}

function SkeletonList({ schema, chosen, choose, onChange, remove }: ListProps) {
  const t = schemaTexts.use();
  const skeletons = schema.skeletons ?? [];
  const current = skeletons.find((s) => s.id === chosen);
  function add() {
    const id = freshId(skeletons.map((s) => s.id), "skeleton");
    onChange({ ...schema, skeletons: [...skeletons, { id, names: [] }] });
    choose(id);
  }
  function without(id: string): Schema {
    return {
      ...schema,
      skeletons: skeletons.filter((s) => s.id !== id),
      classes: (schema.classes ?? []).map((c) => (c.skeleton === id ? { ...c, skeleton: null } : c)),
    };
  }
  return (
    <List
      empty={t("noSkeletons")}
      rows={skeletons.map((s) => <Row key={s.id} id={s.id} chosen={s.id === chosen} choose={choose} name={s.id} note={String(s.names.length)} />)}
      foot={
        <>
          <Button size="compact-sm" variant="light" leftSection={<IconPlus size={16} />} onClick={add}>
            {t("addSkeleton")}
          </Button>
          {current && <Tool label={t("remove")} onClick={() => remove(without(current.id), current.id)}><IconTrash size={16} /></Tool>}
        </>
      }
    />
  );
}

function Rules({ schema, onChange }: { schema: Schema; onChange: (schema: Schema) => void }) {
  const t = schemaTexts.use();
  return (
    <div className="pad stack">
      <Switch label={t("emptyAllowed")} description={t("emptyAllowedHint")} checked={schema.empty_allowed ?? true} onChange={(e) => onChange({ ...schema, empty_allowed: e.currentTarget.checked })} />
      <Switch label={t("overlap")} checked={schema.overlap ?? false} onChange={(e) => onChange({ ...schema, overlap: e.currentTarget.checked })} />
    </div>
  );
}
