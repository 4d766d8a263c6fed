import { Button, NativeSelect } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, request } from "../../api/client";
import { inLanguage } from "../../api/errors";
import type { Job } from "../../api/jobs";
import { i18next } from "../../app/i18n";
import { count, moment } from "../../ui/format";
import { JobProgress } from "../../ui/JobProgress";
import { Notice, sentenceOf } from "../../ui/State";
import { useFormats } from "../releases/releases";
import type { Project } from "./projects";
import { projectTexts } from "./texts-projects";

const MODES = ["prelabels", "accepted", "gold"] as const;

/** What became of the file's items (the result of the import's job). */
interface Tally {
  matched: number;
  matched_by_end: number;
  unmatched: number;
  unmatched_several: number;
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
      <Earlier project={project.id} after={over} />
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
        {tally.matched_by_end > 0 && ` ${t("importByEnd", { count: tally.matched_by_end })}`}
        {tally.unmatched_several > 0 && ` ${t("importSeveral", { count: tally.unmatched_several })}`}
        {tally.without_task > 0 && ` ${t("importNoTask", { count: tally.without_task })}`}
        {tally.answered_already > 0 && ` ${t("importAnswered", { count: tally.answered_already })}`}
      </Notice>
      {unknown.length > 0 && (
        <Notice tone="warn">
          {t("importClasses")} {unknown.map(([name, n]) => `${name} (${count(n)})`).join(", ")}
        </Notice>
      )}
      {tally.unmatched_names.length > 0 && <List title={t("importUnmatched")} rows={tally.unmatched_names.map((name) => [name, ""])} of={tally.unmatched} />}
      {tally.problems.length > 0 && <List title={t("importProblems")} rows={tally.problems.map((p) => [p.item, inLanguage(p) ?? ""])} of={tally.problems.length} />}
    </div>
  );
}

const SHOWN = 200;

/** Names with what is wrong; two hundred in the page, all that the server kept as a file. */
function List({ title, rows, of }: { title: string; rows: [string, string][]; of: number }) {
  const t = projectTexts.use();
  const file = () => `data:text/csv;charset=utf-8,%EF%BB%BF${encodeURIComponent(rows.map((row) => row.map(cell).join(",")).join("\r\n"))}`;
  return (
    <details open>
      <summary>
        {title} <span className="muted small">{count(of)}</span>
      </summary>
      <table className="table">
        <tbody>
          {rows.slice(0, SHOWN).map(([name, why], i) => (
            <tr key={i}>
              <td className="mono">{name}</td>
              <td>{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {of > Math.min(rows.length, SHOWN) && (
        <p className="muted small">
          {t("importMore", { count: of - Math.min(rows.length, SHOWN) })} <a href={file()} download="list.csv">{t("importList", { count: rows.length })}</a>
        </p>
      )}
    </details>
  );
}

/** A cell that no spreadsheet takes for a formula. */
const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

/** What was brought in before, with its outcome: somebody else, or another day. */
function Earlier({ project, after }: { project: string; after: Job | null }) {
  const t = projectTexts.use();
  const jobs = useQuery({ queryKey: ["jobs", "imports", project, after?.id ?? ""], queryFn: () => api.get<{ items: Job[] }>("/jobs", { thing: `project:${project}`, kind: "work.import", limit: 10 }) });
  const [open, setOpen] = useState<string | null>(null);
  const rows = (jobs.data?.items ?? []).filter((job) => job.id !== after?.id);
  if (rows.length === 0) return null;
  return (
    <div className="stack" style={{ gap: 6 }}>
      <b className="small">{t("importEarlier")}</b>
      {rows.map((job) => (
        <div key={job.id} className="stack" style={{ gap: 6 }}>
          {job.state === "done" ? (
            <button type="button" className="text-button small" style={{ textAlign: "left" }} aria-expanded={open === job.id} onClick={() => setOpen(open === job.id ? null : job.id)}>
              {moment(job.created_at)} · {t("importDone", { matched: count(tallyOf(job).matched), unmatched: count(tallyOf(job).unmatched) })}
            </button>
          ) : (
            <JobProgress id={job.id} title={moment(job.created_at)} />
          )}
          {open === job.id && <Outcome tally={tallyOf(job)} />}
        </div>
      ))}
    </div>
  );
}

const tallyOf = (job: Job) => job.result as unknown as Tally;
