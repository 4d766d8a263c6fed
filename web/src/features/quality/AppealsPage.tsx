import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { IntervalLine } from "../../ui/charts";
import { DataTable } from "../../ui/DataTable";
import { count, day, moment, percent } from "../../ui/format";
import { LinkButton } from "../../ui/LinkButton";
import "../../ui/management";
import { Empty, Failure, Tag, Waiting, type Tone } from "../../ui/State";
import { useProjects } from "../projects/projects";
import { teamTexts } from "../work/texts-team";
import { appealsQuery, overturnsQuery, type DecidedAppeal, type OpenAppeal, type Overturns } from "./appeals";
import { appealTexts } from "./texts-appeals";

const TONES: Record<DecidedAppeal["outcome"], Tone> = { upheld: "info", overturned: "warn", partly: "warn" };

/** Appeals of a project for whoever leads it: what waits until when, what was answered, whose rejections do not stand. */
export default function AppealsPage() {
  const t = appealTexts.use();
  const team = teamTexts.use();
  const navigate = useNavigate();
  const search = useSearch({ from: "/inside/shell/team/appeals" });
  const projects = useProjects();
  const project = search.project ?? projects.rows[0]?.id ?? "";
  const appeals = useQuery(appealsQuery(project));
  const overturns = useQuery(overturnsQuery(project));
  if (projects.isPending) return <Waiting />;
  if (!projects.rows.length) return <div className="page"><Empty>{team("noProjects")}</Empty></div>;
  const failed = appeals.error ?? overturns.error;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("pageTitle")}</h1>
        <NativeSelect aria-label={t("project")} value={project} onChange={(e) => void navigate({ to: "/team/appeals", search: { project: e.currentTarget.value }, replace: true })} data={projects.rows.map((p) => ({ value: p.id, label: p.name }))} />
        <span className="grow" />
        {(appeals.data?.open.length ?? 0) > 0 && <LinkButton to="/review/$project" params={{ project }}>{t("judgeNow")}</LinkButton>}
      </div>
      {failed && <Failure error={failed} again={() => { void appeals.refetch(); void overturns.refetch(); }} />}
      {appeals.isPending ? <Waiting /> : <Open rows={appeals.data?.open ?? []} />}
      <Reviewers rows={overturns.data ?? []} />
      <Decided rows={appeals.data?.decided ?? []} />
    </div>
  );
}

function Open({ rows }: { rows: OpenAppeal[] }) {
  const t = appealTexts.use();
  return (
    <section className="card">
      <div className="card-head"><h2>{t("waitingTitle")}</h2></div>
      {rows.length === 0 ? <p className="muted card-pad">{t("noWaiting")}</p> : (
        <>
          <p className="muted small card-pad">{t("waitingText")}</p>
          <DataTable
            label={t("waitingTitle")} rows={rows} keyOf={(r) => `${r.filed_at}${r.due_at}`}
            columns={[
              { key: "filed", head: t("filed"), cell: (r) => moment(r.filed_at) },
              { key: "due", head: t("dueHead"), cell: (r) => moment(r.due_at) },
              { key: "late", head: "", cell: (r) => <Tag tone={r.overdue ? "warn" : "info"}>{r.overdue ? t("late") : t("onTime")}</Tag> },
              { key: "judges", head: "", cell: (r) => (r.judges > 0 ? t("judges", { count: r.judges }) : <Tag tone="error">{t("noJudge")}</Tag>) },
            ]}
          />
        </>
      )}
    </section>
  );
}

function Reviewers({ rows }: { rows: Overturns[] }) {
  const t = appealTexts.use();
  return (
    <section className="card">
      <div className="card-head"><h2>{t("overturnTitle")}</h2></div>
      <p className="muted small card-pad">{rows.length ? t("overturnText") : t("noOverturns")}</p>
      {rows.length > 0 && (
        <DataTable
          label={t("overturnTitle")} rows={rows} keyOf={(r) => r.reviewer}
          columns={[
            { key: "name", head: t("reviewer"), cell: (r) => r.name },
            { key: "rejections", head: t("rejections"), className: "number", cell: (r) => count(r.rejections) },
            { key: "appeals", head: t("appealed"), className: "number", cell: (r) => count(r.appeals) },
            { key: "upheld", head: t("upheld"), className: "number", cell: (r) => count(r.upheld) },
            { key: "partly", head: t("partly"), className: "number", cell: (r) => count(r.partly) },
            { key: "overturned", head: t("overturned"), className: "number", cell: (r) => count(r.overturned) },
            { key: "share", head: t("share"), cell: (r) => <Share of={r} /> },
          ]}
        />
      )}
    </section>
  );
}

function Share({ of: { share } }: { of: Overturns }) {
  const t = appealTexts.use();
  if (share.value === null || share.low === null || share.high === null) return <>—</>;
  const { value, low, high } = share;
  return (
    <span className="row" style={{ gap: 8 }}>
      <IntervalLine of={{ value, low, high }} from={0} />
      {t("range", { value: percent(value), low: percent(low), high: percent(high) })}
    </span>
  );
}

function Decided({ rows }: { rows: DecidedAppeal[] }) {
  const t = appealTexts.use();
  return (
    <section className="card">
      <div className="card-head"><h2>{t("decidedTitle")}</h2></div>
      {rows.length === 0 ? <p className="muted card-pad">{t("noDecided")}</p> : (
        <DataTable
          label={t("decidedTitle")} rows={rows} keyOf={(r) => r.id}
          columns={[
            { key: "when", head: t("when"), cell: (r) => day(r.decided_at) },
            { key: "outcome", head: t("outcome"), cell: (r) => <Tag tone={TONES[r.outcome]}>{t(r.outcome)}</Tag> },
            { key: "who", head: t("who"), cell: (r) => r.name },
            { key: "first", head: t("first"), cell: (r) => r.reviewer_name },
            { key: "second", head: t("second"), cell: (r) => r.decided_by_name },
            { key: "said", head: t("said"), cell: (r) => r.text },
          ]}
        />
      )}
    </section>
  );
}
