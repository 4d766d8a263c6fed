import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/client";
import { hasRole, useMe } from "../../api/me";
import { usePages } from "../../api/pages";
import { IntervalLine } from "../../ui/charts";
import { DataTable, type Column } from "../../ui/DataTable";
import { count, percent } from "../../ui/format";
import { Empty, Failure, Notice, Tag, Waiting, sentenceOf, type Tone } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { uiTexts } from "../../ui/ui-texts";
import { KnownDialog } from "./KnownDialog";
import { goldPath, healthQuery, standingsQuery, type GoldHealth, type GoldRow, type GoldStanding, type GoldState } from "./known";
import { RateKpi } from "./Look";
import type { Names } from "./names";
import { AssignPractice, PracticeView } from "./PracticeView";
import { known, type Rate } from "./reports";
import { knownTexts } from "./texts-known";

const TONES: Record<GoldState, Tone | undefined> = { active: "ok", suspect: "warn", retired: undefined };
const DRAW = 20;

/** Tasks whose right answer is known: how the pool stands, who should practise, which answers are in doubt. */
export function KnownView({ project, names }: { project: string; names: Names }) {
  const t = knownTexts.use();
  const health = useQuery(healthQuery(project));
  if (health.isPending) return <Waiting />;
  if (health.error) return <Failure error={health.error} again={() => void health.refetch()} />;
  return (
    <>
      <Health health={health.data} project={project} />
      <div className="known-columns">
        <PoolTable project={project} names={names} />
        <Standings project={project} />
      </div>
      <PracticeView project={project} />
      <p className="muted small">{t("why")}</p>
    </>
  );
}

function Health({ health, project }: { health: GoldHealth; project: string }) {
  const t = knownTexts.use();
  const me = useMe();
  const client = useQueryClient();
  const hidden = health.counts.hidden ?? {};
  const suspects = Object.values(health.counts).reduce((sum, states) => sum + (states?.suspect ?? 0), 0);
  const draw = useMutation({
    mutationFn: () => api.post<{ made: string[] }>(`${goldPath(project)}/sample`, { count: Math.min(DRAW, health.ready) }),
    onSuccess: async ({ made }) => {
      toast(t("drawn", { count: made.length }));
      await client.invalidateQueries({ queryKey: ["quality", "gold"] });
    },
  });
  return (
    <>
      <div className="quality-kpis">
        <RateKpi title={t("passed")} rate={health.passed} />
        <div className="card kpi">
          {t("hidden")}
          <b>{count(hidden.active ?? 0)}</b>
          {health.needed > 0 ? t("needed", { n: count(health.needed) }) : t("rateNow", { share: percent(health.rate, 1) })}
        </div>
        <div className="card kpi">
          {t("suspect")}
          <b>{count(suspects)}</b>
          {suspects ? t("suspectText") : t("noSuspect")}
        </div>
        <div className="card kpi">
          {t("ready")}
          <b>{count(health.ready)}</b>
          {health.ready > 0 && hasRole(me, "lead", "manager", "trainer", "admin") ? (
            <button type="button" className="text-button small" disabled={draw.isPending} onClick={() => draw.mutate()}>{t("draw", { count: Math.min(DRAW, health.ready) })}</button>
          ) : t("readyText")}
        </div>
      </div>
      {draw.error && <Notice tone="error">{sentenceOf(draw.error)}</Notice>}
      {health.rate === 0 && (
        <Notice tone="info" end={<Link to="/projects/$project" params={{ project }} search={{ tab: "settings" }}>{t("toSettings")}</Link>}>{t("off")}</Notice>
      )}
    </>
  );
}

function Share({ rate }: { rate: Rate }) {
  const of = known(rate);
  if (!of) return <span className="muted">—</span>;
  return <span className="rate-cell"><IntervalLine of={of} from={0} width={84} /><span className="small">{percent(of.value)}</span></span>;
}

function PoolTable({ project, names }: { project: string; names: Names }) {
  const t = knownTexts.use();
  const ui = uiTexts.use();
  const me = useMe();
  const [open, setOpen] = useState("");
  const pages = usePages<GoldRow>(["quality", "gold", "list", project], goldPath(project), { limit: 50 });
  const manages = hasRole(me, "lead", "manager", "trainer", "admin");
  const columns: Column<GoldRow>[] = [
    { key: "name", head: t("task"), cell: (r) => r.name.split("/").pop() ?? r.name },
    { key: "pool", head: t("pool"), cell: (r) => t(`pool.${r.pool}`) },
    { key: "state", head: t("state"), cell: (r) => <Tag tone={TONES[r.state]}>{t(`state.${r.state}`)}</Tag> },
    { key: "class", head: t("class"), cell: (r) => names.ofClass(r.stratum) },
    { key: "shown", head: t("shown"), className: "number", cell: (r) => count(r.shown) },
    { key: "passed", head: t("passedShare"), cell: (r) => <Share rate={r.passed} /> },
    ...(manages ? [{ key: "do", head: "", className: "end" as const, cell: (r: GoldRow) => <button type="button" className="text-button" onClick={() => setOpen(r.id)}>{t("look")}</button> }] : []),
  ];
  return (
    <section className="card">
      <div className="card-head"><h2>{t("poolTitle")}</h2></div>
      {pages.error && <Failure error={pages.error} again={() => void pages.refetch()} />}
      {pages.isPending ? <Waiting /> : pages.rows.length === 0 && !pages.error ? <Empty>{t("empty")}</Empty> : <DataTable columns={columns} rows={pages.rows} keyOf={(r) => r.id} label={t("poolTitle")} />}
      {pages.hasNextPage && <Button variant="subtle" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>{ui("more")}</Button>}
      <KnownDialog gold={open} onClose={() => setOpen("")} names={names} />
    </section>
  );
}

function Standings({ project }: { project: string }) {
  const t = knownTexts.use();
  const me = useMe();
  const manages = hasRole(me, "lead", "manager", "trainer", "admin");
  const found = useQuery(standingsQuery(project));
  return (
    <section className="card">
      <div className="card-head"><h2>{t("standings")}</h2></div>
      {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data?.length === 0 && <p className="muted card-body">{t("noStandings")}</p>}
      {found.data && found.data.length > 0 && (
        <DataTable
          label={t("standings")} rows={found.data} keyOf={(r) => r.person}
          columns={[
            { key: "name", head: t("person"), cell: (r) => <Link to="/team/people/$person" params={{ person: r.person }} search={{ project }}>{r.name}</Link> },
            { key: "passed", head: t("passedShare"), cell: (r) => <Share rate={r.passed} /> },
            { key: "of", head: t("graded"), className: "number", cell: (r) => count(r.passed.of) },
            { key: "drift", head: "", cell: (r) => (r.drifted_at ? <Tag tone="warn">{t("drifted")}</Tag> : null) },
            ...(manages ? [{ key: "do", head: "", className: "end" as const, cell: (r: GoldStanding) => <AssignPractice project={project} person={r.person} name={r.name} /> }] : []),
          ]}
        />
      )}
    </section>
  );
}
