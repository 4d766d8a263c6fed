import { Button, NativeSelect } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "../../api/client";
import { inLanguage } from "../../api/errors";
import type { Job } from "../../api/jobs";
import { i18next } from "../../app/i18n";
import { count } from "../../ui/format";
import { JobProgress } from "../../ui/JobProgress";
import { Notice, sentenceOf } from "../../ui/State";
import { useFormats } from "../releases/releases";
import type { Project } from "./projects";
import { projectTexts } from "./texts-projects";

const MODES = ["prelabels", "accepted", "gold"] as const;

/** What became of the file's items (the result of the import's job). */
interface Tally {
  matched: number;
  unmatched: number;
  without_task: number;
  answered_already: number;
  invalid: number;
  marks: number;
  classes_unknown: Record<string, number>;
  unmatched_names: string[];
  problems: { item: string; zh: string; en: string }[];
}

/** Annotations that exist already come in as suggestions, accepted work or gold; what does not match is listed. */
export function AnnotationsTab({ project }: { project: Project }) {
  const t = projectTexts.use();
  const formats = useFormats();
  const [file, setFile] = useState<File | null>(null);
  const [mode, setMode] = useState<(typeof MODES)[number]>("prelabels");
  const [format, setFormat] = useState("auto");
  const [over, setOver] = useState<Job | null>(null);
  const send = useMutation({
    mutationFn: async (chosen: File) => {
      setOver(null);
      const response = await request("POST", `/work/projects/${project.id}/imports`, chosen, { query: { name: chosen.name, mode, format } });
      return (await response.json()) as { job: string };
    },
  });
  const readable = formats.data?.filter((f) => f.reads) ?? [];
  const chinese = i18next.language.startsWith("zh");
  return (
    <section className="card card-pad stack" style={{ overflow: "auto", minHeight: 0 }}>
      <h2>{t("importTitle")}</h2>
      <p className="muted">{t("importText")}</p>
      <div className="toolbar">
        <label className="file-button">
          {file?.name ?? t("importFile")}
          <input type="file" className="visually-hidden" onChange={(e) => setFile(e.currentTarget.files?.[0] ?? null)} />
        </label>
        <NativeSelect label={t("importAs")} value={mode} onChange={(e) => setMode(e.currentTarget.value as (typeof MODES)[number])} data={MODES.map((m) => ({ value: m, label: t(`as.${m}`) }))} />
        <NativeSelect label={t("importFormat")} value={format} onChange={(e) => setFormat(e.currentTarget.value)} data={[{ value: "auto", label: t("formatAuto") }, ...readable.map((f) => ({ value: f.name, label: chinese ? f.zh : f.en }))]} />
        <Button disabled={!file} loading={send.isPending} onClick={() => file && send.mutate(file)}>
          {t("importGo")}
        </Button>
      </div>
      {send.error && <Notice tone="error">{sentenceOf(send.error)}</Notice>}
      {send.data && <JobProgress key={send.data.job} id={send.data.job} title={t("importTitle")} onOver={setOver} />}
      {over?.state === "done" && <Outcome tally={over.result as unknown as Tally} />}
    </section>
  );
}

function Outcome({ tally }: { tally: Tally }) {
  const t = projectTexts.use();
  const unknown = Object.entries(tally.classes_unknown ?? {});
  return (
    <div className="stack">
      <Notice tone={tally.unmatched || tally.invalid ? "warn" : "ok"}>
        {t("importDone", { matched: count(tally.matched), unmatched: count(tally.unmatched) })} {t("importMarks", { count: tally.marks })}
        {tally.without_task > 0 && ` ${t("importNoTask", { count: tally.without_task })}`}
        {tally.answered_already > 0 && ` ${t("importAnswered", { count: tally.answered_already })}`}
      </Notice>
      {unknown.length > 0 && (
        <Notice tone="warn">
          {t("importClasses")} {unknown.map(([name, n]) => `${name} (${count(n)})`).join(", ")}
        </Notice>
      )}
      {tally.unmatched_names.length > 0 && <List title={t("importUnmatched")} rows={tally.unmatched_names.map((name) => [name, ""])} />}
      {tally.problems.length > 0 && <List title={t("importInvalid", { count: tally.invalid })} rows={tally.problems.map((p) => [p.item, inLanguage(p) ?? ""])} />}
    </div>
  );
}

function List({ title, rows }: { title: string; rows: [string, string][] }) {
  return (
    <details open>
      <summary>{title}</summary>
      <table className="table">
        <tbody>
          {rows.slice(0, 200).map(([name, why], i) => (
            <tr key={i}>
              <td className="mono">{name}</td>
              <td>{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
