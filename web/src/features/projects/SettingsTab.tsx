import { Checkbox, NumberInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "../../api/client";
import { toast } from "../../ui/toasts";
import { useTenants } from "../people/people";
import { usePartners } from "./partners";
import { ifMatch, useProjectAction, type Project, type ProjectSettings } from "./projects";
import { SaveBar } from "./SaveBar";
import { SettingsForm } from "./SettingsForm";
import { projectTexts } from "./texts-projects";

interface Draft {
  name: string;
  priority: number;
  /** Left out while they stay as they are: only who owns the project may choose them. */
  bases?: string[];
  settings: Partial<ProjectSettings>;
}

/** Name, partners, priority and the way of working; saved only if nobody changed it meanwhile. */
export function SettingsTab({ project, edits }: { project: Project; edits: boolean }) {
  const t = projectTexts.use();
  const [draft, setDraft] = useState<Draft | null>(null);
  const shown: Draft = draft ?? { name: project.name, priority: project.priority, settings: project.settings };
  const save = useProjectAction(
    (revision: number | null) => api.patch(`/projects/${project.id}`, shown, revision === null ? undefined : ifMatch(revision)),
    () => {
      setDraft(null);
      toast(t("saved"));
    },
  );
  return (
    <div className="project-body">
      <section className="card card-pad stack" style={{ overflow: "auto", minHeight: 0 }} inert={!edits}>
        <div className="row" style={{ alignItems: "flex-end" }}>
          <TextInput className="grow" label={t("setName")} value={shown.name} maxLength={120} onChange={(e) => setDraft({ ...shown, name: e.currentTarget.value })} />
          <NumberInput w={180} label={t("setPriority")} description={t("setPriorityHint")} min={-1000} max={1000} value={shown.priority} onChange={(v) => setDraft({ ...shown, priority: Number(v) || 0 })} />
        </div>
        <Bases project={project} value={shown.bases ?? project.bases} onChange={(bases) => setDraft({ ...shown, bases })} />
        <SettingsForm value={shown.settings} error={save.error} onChange={(settings) => setDraft({ ...shown, settings })} />
      </section>
      {edits && (
        <SaveBar
          dirty={draft !== null} busy={save.isPending} error={save.error} disabled={!shown.name.trim()} onSave={() => save.mutate(project.revision)}
          onDiscard={() => {
            setDraft(null);
            save.reset();
          }}
          onOverwrite={() => save.mutate(null)}
        />
      )}
    </div>
  );
}

/** Which bases do the work: those that may be named, and those that are in already. */
function Bases({ project, value, onChange }: { project: Project; value: string[]; onChange: (bases: string[]) => void }) {
  const t = projectTexts.use();
  const { bases } = usePartners();
  const tenants = useTenants();
  const known = new Map([...(tenants.data ?? []), ...bases].map((one) => [one.id, one.name]));
  const all = [...new Set([...project.bases, ...bases.map((one) => one.id)])];
  return (
    <Checkbox.Group label={t("whoBases")} description={t("setBasesHint")} value={value} onChange={onChange}>
      <div className="row wrap" style={{ gap: 16, marginTop: 6 }}>
        {all.map((id) => <Checkbox key={id} value={id} label={known.get(id) ?? t("unknownBase")} />)}
        {all.length === 0 && <span className="muted">{t("noBase")}</span>}
      </div>
    </Checkbox.Group>
  );
}
