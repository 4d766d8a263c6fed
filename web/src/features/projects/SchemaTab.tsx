import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import type { Schema } from "../../api/generated/marks";
import { i18next } from "../../app/i18n";
import { Dialog } from "../../ui/Dialog";
import { moment } from "../../ui/format";
import { Failure, Waiting } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { ConfigReader } from "./ConfigReader";
import { ifMatch, useProjectAction, type Project, type SchemaAnswer } from "./projects";
import { SaveBar } from "./SaveBar";
import { problemsOf } from "./schema/model";
import { SchemaEditor } from "./schema/SchemaEditor";
import { projectTexts } from "./texts-projects";

/** The schema in force, edited and saved as a new version. */
export function SchemaTab({ project, edits }: { project: Project; edits: boolean }) {
  const t = projectTexts.use();
  const path = `/projects/${project.id}/schema`;
  const saved = useQuery({ queryKey: ["projects", "schema", project.id], queryFn: () => api.get<SchemaAnswer>(path) });
  const [draft, setDraft] = useState<{ base: number; schema: Schema } | null>(null);
  const [reading, setReading] = useState(false);
  const save = useProjectAction(
    (version: number | null) => api.put<{ version: number }>(path, draft?.schema, version === null ? undefined : ifMatch(version)),
    () => {
      setDraft(null);
      toast(t("saved"));
    },
  );
  if (saved.isPending) return <Waiting />;
  if (saved.error) return <Failure error={saved.error} again={() => void saved.refetch()} />;
  const shown = draft?.schema ?? saved.data.schema;
  const version = draft?.base ?? saved.data.version;
  const made = saved.data.versions[0];
  const discard = () => {
    setDraft(null);
    save.reset();
    void saved.refetch();
  };
  return (
    <div className="project-body">
      <SchemaEditor value={shown} readOnly={!edits} onChange={(schema) => setDraft({ base: version, schema })} />
      {edits && (
        <SaveBar
          dirty={draft !== null} busy={save.isPending} error={save.error} disabled={problemsOf(shown, i18next.language).length > 0}
          onSave={() => save.mutate(version)} onDiscard={discard} onOverwrite={() => save.mutate(null)}
        >
          <Button variant="default" onClick={() => setReading(true)}>{t("fromFile")}</Button>
          <span className="muted small">
            {t("versionNow", { version: saved.data.version })}
            {made && ` · ${moment(made.made_at)}`} · {t("schemaKeep")}
          </span>
        </SaveBar>
      )}
      {reading && (
        <Dialog open title={t("fromFile")} onClose={() => setReading(false)} size={640}>
          <p className="muted">{t("fromFileText")} {t("fromFileHere")}</p>
          <ConfigReader
            onRead={(schema) => {
              setDraft({ base: version, schema });
              setReading(false);
            }}
          />
        </Dialog>
      )}
    </div>
  );
}
