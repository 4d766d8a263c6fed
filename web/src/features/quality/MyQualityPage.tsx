import { Button, NativeSelect } from "@mantine/core";
import { IconChartDots } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ChartCard } from "../../ui/charts";
import { count, day, moment, percent } from "../../ui/format";
import "../../ui/management";
import { Empty, Failure, Notice, Tag, Waiting, type Tone } from "../../ui/State";
import { useProjects, type Project } from "../projects/projects";
import { reasonOf } from "../work/today";
import { AppealDialog } from "./AppealDialog";
import { myAppealsQuery } from "./appeals";
import { MyAppeals } from "./MyAppeals";
import { MyFirings } from "./MyFirings";
import { countedQuery, myRecordsQuery, rightOf, type CountedVerdict, type MyRecord, type Week } from "./records";
import { appealTexts } from "./texts-appeals";
import { recordTexts } from "./texts-records";
import { WeeksChart } from "./WeeksChart";
import "./records.css";

/** What is counted of the person who looks: on how many, with which interval, what follows from it and what does not. */
export default function MyQualityPage() {
  const t = recordTexts.use();
  const records = useQuery(myRecordsQuery);
  const projects = useProjects();
  const [chosen, setChosen] = useState("");
  const rows = records.data ?? [];
  const record = rows.find((r) => r.project === chosen) ?? rows[0];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        {rows.length > 1 && (
          <NativeSelect aria-label={t("project")} value={record?.project ?? ""} onChange={(e) => setChosen(e.currentTarget.value)} data={rows.map((r) => ({ value: r.project, label: r.name }))} />
        )}
        <span className="grow" />
        <Link to="/me" className="text-button">{t("account")}</Link>
      </div>
      {records.error && <Failure error={records.error} again={() => void records.refetch()} />}
      {records.isPending && <Waiting />}
      {records.isSuccess && !record && <Empty icon={<IconChartDots size={40} stroke={1.25} />}>{t("none")}</Empty>}
      {record && <OneProject key={record.project} record={record} project={projects.rows.find((p) => p.id === record.project)} />}
      <MyFirings all />
      <MyAppeals projects={projects.rows} all />
    </div>
  );
}

function OneProject({ record, project }: { record: MyRecord; project: Project | undefined }) {
  const t = recordTexts.use();
  const [open, setOpen] = useState(record.weeks[0]?.week ?? "");
  const [now, ...closed] = record.weeks;
  const last = closed[0];
  return (
    <>
      <div className="quality-heads">
        {now && (
          <section className="card card-pad stack">
            <span className="muted small">{t("soFar")}</span>
            <b className="quality-big">{now.share.of ? t("soFarText", { count: now.share.of, right: rightOf(now) }) : t("soFarNone")}</b>
            {now.pending > 0 && <span className="small">{t("pending", { count: now.pending })}</span>}
            <span className="muted small">{t("moving")}</span>
          </section>
        )}
        <section className="card card-pad stack">
          <span className="muted small">{t("last")}</span>
          <b className="quality-big">{last?.share.of ? t("lastText", { count: last.share.of, right: rightOf(last), low: percent(last.share.low ?? 0), high: percent(last.share.high ?? 1) }) : t("lastNone")}</b>
          {last && <span><Tag tone={last.below ? "warn" : "ok"}>{last.below ? t("below") : t("notBelow")}</Tag></span>}
        </section>
        <section className="card card-pad stack">
          <span className="muted small">{t("checked")}</span>
          <b className="quality-big">{percent(record.checked.share)}</b>
          <span className="small">{t(`reason.${record.checked.reason}`)}</span>
          {record.checked.total > 0 && <span className="muted small">{t("basis", { count: record.checked.total, right: record.checked.right })}</span>}
          {record.checked.raised_until && <span className="small">{t("raisedUntil", { date: day(record.checked.raised_until) })}</span>}
        </section>
      </div>
      <Notice tone={last?.below ? "warn" : "info"}>{last?.below ? t("isBelow", { line: percent(last.line) }) : t("fair", { line: percent(record.line) })}</Notice>
      <ChartCard
        title={t("chart")} chart={<WeeksChart weeks={record.weeks} line={record.line} />} empty={t("chartEmpty")}
        head={[t("weekHead"), t("totalHead"), t("passedHead"), t("shareHead")]}
        rows={record.weeks.filter((w) => w.share.of > 0).map((w) => [day(w.week), count(w.share.of), count(rightOf(w)), rangeOf(w)])}
      />
      <Weeks weeks={record.weeks} open={open} onOpen={setOpen} />
      {open && <Grounds project={record.project} week={open} about={project} />}
    </>
  );
}

function rangeOf(w: Week): string {
  const { value, low, high } = w.share;
  return value === null ? "—" : recordTexts.say("range", { value: percent(value), low: percent(low ?? 0), high: percent(high ?? 1) });
}

function Weeks({ weeks, open, onOpen }: { weeks: Week[]; open: string; onOpen: (week: string) => void }) {
  const t = recordTexts.use();
  return (
    <section className="card">
      <div className="table-wrap">
        <table className="table">
          <thead>
            <tr>
              <th>{t("weekHead")}</th>
              {(["totalHead", "passedHead", "fixedHead", "returnedHead", "goldHead"] as const).map((head) => <th key={head} className="number">{t(head)}</th>)}
              <th>{t("shareHead")}</th><th>{t("stateHead")}</th><th />
            </tr>
          </thead>
          <tbody>
            {weeks.map((w) => (
              <tr key={w.week}>
                <td>{t("weekOf", { date: day(w.week) })}</td>
                <td className="number">{count(w.share.of)}</td>
                <td className="number" title={w.overturned ? t("overturned", { count: w.overturned }) : undefined}>{count(w.passed)}</td>
                <td className="number" title={w.minor ? t("minorNote", { count: w.minor }) : undefined}>{count(w.fixed)}</td>
                <td className="number">{count(w.returned)}</td>
                <td className="number">{w.gold ? t("goldOf", { right: w.gold_right, count: w.gold }) : "—"}</td>
                <td>{rangeOf(w)}</td>
                <td>
                  <Tag tone={w.closed === null ? "info" : w.below ? "warn" : "ok"}>{w.closed === null ? t("running") : w.below ? t("below") : t("closed")}</Tag>
                  {w.corrected && <span className="muted small"> {t("corrected")}</span>}
                </td>
                <td className="end">
                  <Button variant="subtle" size="compact-sm" aria-pressed={open === w.week} onClick={() => onOpen(w.week)}>{t("showGrounds")}</Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted small card-pad">{t("goldNote")}</p>
    </section>
  );
}

const TONES: Record<CountedVerdict["counts"], Tone> = { passed: "ok", minor: "ok", overturned: "ok", fixed: "warn", returned: "warn", pending: "info" };

function Grounds({ project, week, about }: { project: string; week: string; about: Project | undefined }) {
  const t = recordTexts.use();
  const appeal = appealTexts.use();
  const counted = useQuery(countedQuery(project, week));
  const open = new Set(useQuery(myAppealsQuery).data?.open_to_appeal.map((a) => a.submission));
  const [contested, setContested] = useState<string | null>(null);
  const rows = counted.data?.verdicts ?? [];
  return (
    <section className="card list-card" aria-label={t("grounds")}>
      <div className="card-head"><h2>{`${t("grounds")} · ${t("weekOf", { date: day(week) })}`}</h2></div>
      {counted.error && <Failure error={counted.error} again={() => void counted.refetch()} />}
      {counted.isPending && <Waiting />}
      {counted.isSuccess && rows.length === 0 && <p className="muted card-pad">{t("noGrounds")}</p>}
      {rows.map((v) => (
        <div key={`${v.submission}${v.at}`} className="me-row">
          <span className="muted small">{moment(v.at)}</span>
          <div className="grow small">
            {v.findings.map((f, i) => (
              <div key={i}>{reasonOf(f, about)}{f.rule ? ` · ${t("rule", { rule: f.rule })}` : ""}</div>
            ))}
          </div>
          <Tag tone={TONES[v.counts]}>{t(`counts.${v.counts}`)}</Tag>
          {open.has(v.submission) && <Button variant="subtle" size="compact-sm" onClick={() => setContested(v.submission)}>{appeal("right")}</Button>}
        </div>
      ))}
      <AppealDialog submission={contested} onClose={() => setContested(null)} />
    </section>
  );
}
