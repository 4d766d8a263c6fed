import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { IconFileImport, IconSquarePlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { inLanguage } from "../../api/errors";
import type { Schema } from "../../api/generated/marks";
import { i18next } from "../../app/i18n";
import "../../ui/management";
import { Failure, Notice, Waiting, sentenceOf } from "../../ui/State";
import { ConfigReader } from "./ConfigReader";
import { usePartners } from "./partners";
import { createProject, templatesQuery, useProjectAction, type ProjectSettings, type Template } from "./projects";
import { colourOf, nameOf } from "./schema/model";
import { DEFAULT_SETTINGS, SettingsForm } from "./SettingsForm";
import { projectTexts } from "./texts-projects";
import "./projects.css";

type Start = { kind: "template"; template: Template } | { kind: "blank" } | { kind: "file"; schema: Schema | null };
const STEPS = ["step1", "step2", "step3"] as const;

/** A project in three steps: what is labelled, who takes part, how quality is kept. */
export default function NewProjectPage() {
  const t = projectTexts.use();
  const navigate = useNavigate();
  const [step, setStep] = useState(0);
  const [start, setStart] = useState<Start | null>(null);
  const [who, setWho] = useState<Who>({ name: "", client: "", bases: [] });
  const [settings, setSettings] = useState<Partial<ProjectSettings>>(DEFAULT_SETTINGS);
  const partners = usePartners();
  const client = who.client || partners.clients[0]?.id || "";
  const create = useProjectAction(
    () =>
      createProject({
        name: who.name.trim(), client, bases: who.bases, settings, datasets: [], language: i18next.language,
        ...(start?.kind === "template" ? { template: start.template.id } : { schema_document: (start?.kind === "file" && start.schema) || {} }),
      }),
    (made) => void navigate({ to: "/projects/$project", params: { project: made.id }, search: start?.kind === "blank" ? { tab: "schema" } : {} }),
  );
  const ready = [start !== null && (start.kind !== "file" || start.schema !== null), who.name.trim() !== "" && client !== "", true][step];

  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("wizardTitle")}</h1>
        <ol className="steps">
          {STEPS.map((key, i) => (
            <li key={key} aria-current={i === step ? "step" : undefined} className={i < step ? "done" : undefined}>
              {i + 1}. {t(key)}
            </li>
          ))}
        </ol>
        <div className="end">
          {step > 0 && <Button variant="default" onClick={() => setStep(step - 1)}>{t("back")}</Button>}
          {step < 2 ? (
            <Button disabled={!ready} onClick={() => setStep(step + 1)}>{t("next")}</Button>
          ) : (
            <Button loading={create.isPending} onClick={() => create.mutate(undefined)}>{t("make")}</Button>
          )}
        </div>
      </div>
      {create.error && <Notice tone="error">{sentenceOf(create.error)}</Notice>}
      {step === 0 && <Starts value={start} onChange={setStart} onDone={() => setStep(1)} />}
      {step === 1 && <Partners value={{ ...who, client }} onChange={setWho} />}
      {step === 2 && (
        <section className="card card-pad">
          <SettingsForm value={settings} onChange={setSettings} error={create.error} short />
        </section>
      )}
    </div>
  );
}

interface Who {
  name: string;
  client: string;
  bases: string[];
}

function Starts({ value, onChange, onDone }: { value: Start | null; onChange: (start: Start) => void; onDone: () => void }) {
  const t = projectTexts.use();
  const templates = useQuery(templatesQuery);
  if (templates.isPending) return <Waiting />;
  if (templates.error) return <Failure error={templates.error} again={() => void templates.refetch()} />;
  return (
    <>
      <div className="template-grid">
        {templates.data.map((template) => (
          <TemplateCard
            key={template.id} template={template} chosen={value?.kind === "template" && value.template.id === template.id}
            onClick={() => onChange({ kind: "template", template })} onDoubleClick={onDone}
          />
        ))}
        <button type="button" className="card template" aria-pressed={value?.kind === "file"} onClick={() => onChange({ kind: "file", schema: null })}>
          <IconFileImport size={24} stroke={1.5} />
          <b>{t("fromFile")}</b>
          <span className="muted small">{t("fromFileText")}</span>
        </button>
        <button type="button" className="card template" aria-pressed={value?.kind === "blank"} onClick={() => onChange({ kind: "blank" })}>
          <IconSquarePlus size={24} stroke={1.5} />
          <b>{t("blank")}</b>
          <span className="muted small">{t("blankText")}</span>
        </button>
      </div>
      {value?.kind === "file" && <section className="card card-pad"><ConfigReader onRead={(schema) => onChange({ kind: "file", schema })} /></section>}
    </>
  );
}

function TemplateCard({ template, chosen, onClick, onDoubleClick }: { template: Template; chosen: boolean; onClick: () => void; onDoubleClick: () => void }) {
  const t = projectTexts.use();
  const language = i18next.language;
  const classes = template.schema.classes ?? [];
  return (
    <button type="button" className="card template" aria-pressed={chosen} onClick={onClick} onDoubleClick={onDoubleClick}>
      <b>{inLanguage(template.names)}</b>
      <span className="muted small">{inLanguage(template.purpose)}</span>
      <span className="template-classes">
        {classes.slice(0, 6).map((cls) => (
          <span key={cls.id} className="tag">
            <i style={{ background: colourOf(template.schema, cls.id) }} />
            {nameOf(cls, language)}
          </span>
        ))}
        {classes.length > 6 && <span className="muted small">{t("templateClasses", { count: classes.length })}</span>}
      </span>
    </button>
  );
}

function Partners({ value, onChange }: { value: Who; onChange: (who: Who) => void }) {
  const t = projectTexts.use();
  const { clients, bases } = usePartners();
  return (
    <section className="card card-pad stack" style={{ maxWidth: 720 }}>
      <TextInput label={t("name")} description={t("nameHint")} value={value.name} onChange={(e) => onChange({ ...value, name: e.currentTarget.value })} autoFocus maxLength={120} />
      <NativeSelect label={t("whoClient")} value={value.client} onChange={(e) => onChange({ ...value, client: e.currentTarget.value })} data={clients.map((c) => ({ value: c.id, label: c.name }))} />
      <Checkbox.Group label={t("whoBases")} value={value.bases} onChange={(chosen) => onChange({ ...value, bases: chosen })}>
        <div className="row wrap" style={{ gap: 16, marginTop: 6 }}>
          {bases.map((b) => <Checkbox key={b.id} value={b.id} label={b.name} />)}
          {bases.length === 0 && <span className="muted">{t("noBase")}</span>}
        </div>
      </Checkbox.Group>
    </section>
  );
}
