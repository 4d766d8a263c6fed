import { Button } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { hasRole, useMe } from "../../api/me";
import { ChartCard } from "../../ui/charts";
import { count, day, moment, percent } from "../../ui/format";
import { Failure, Notice, Tag, Waiting, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { agreementQuery, assistanceQuery, consensusQuery, figuresPath, type Alpha, type Arm, type Assistance } from "./agreement";
import { Became } from "./Became";
import { Cases } from "./Cases";
import type { Names } from "./names";
import { SkillsCard } from "./SkillsCard";
import { known, type Rate } from "./reports";
import { agreementTexts } from "./texts-agreement";

/** Krippendorff's customary lines: reliable from here, tentative from there. */
const RELIABLE = 0.8;
const TENTATIVE = 0.667;

/** How far people agree about the same items, what their answers became, and what the machine's suggestions do. */
export function AgreementView({ project, names }: { project: string; names: Names }) {
  const t = agreementTexts.use();
  const found = useQuery(agreementQuery(project));
  if (found.isPending) return <Waiting />;
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  const { now, pairs, confusion, at, series } = found.data;
  const title = (label: string) => (label ? names.ofClass(label) : t("nothing"));
  return (
    <>
      <div className="row wrap">
        <span className="muted small grow">{at ? t("computed", { date: moment(at) }) : t("never")}</span>
        <Recompute project={project} />
      </div>
      <Together project={project} />
      <div className="quality-grid two">
        <ChartCard
          title={t("alpha")} empty={t("noOverlap")} head={[t("what"), t("alpha"), t("low"), t("high"), t("things"), t("people")]}
          rows={[...now, ...series.filter((s) => !now.some((n) => n.day === s.day))].map((r) => [`${day(`${r.day}T00:00:00`)} · ${t(`measure.${r.measure}`)} · ${t(`arm.${r.arm}`)}`, alphaText(r.value), alphaText(r.low), alphaText(r.high), count(r.objects), count(r.people)])}
          chart={
            <>
              <div className="alphas">{now.map((row) => <AlphaRow key={`${row.measure}${row.arm}`} row={row} />)}</div>
              <AlphaTrend series={series} />
              <p className="muted small">{t("alphaText")}</p>
            </>
          }
        />
        <AssistanceCard project={project} />
        <SkillsCard project={project} />
        <ChartCard
          title={t("between")} empty={t("noBetween")} head={[t("one"), t("other"), t("times"), t("share")]} rows={confusion.map((c) => [title(c.first), title(c.second), count(Math.round(c.n)), percent(c.share)])}
          chart={<ul className="plain">{confusion.slice(0, 12).map((c) => <li key={`${c.first}\n${c.second}`}><span>{title(c.first)} ↔ {title(c.second)}</span><b>{count(Math.round(c.n))}</b><span className="muted">{percent(c.share)}</span></li>)}</ul>}
        />
        <ChartCard
          title={t("pairs")} empty={t("noPairs")} head={[t("who"), t("sharedObjects"), t("equal"), t("kappa")]} rows={pairs.map((p) => [`${p.first_name} · ${p.second_name}`, count(p.shared), percent(p.equal), p.kappa === null ? "—" : p.kappa.toFixed(2)])}
          chart={<ul className="plain">{pairs.slice(0, 12).map((p) => <li key={`${p.first}${p.second}`}><span>{p.first_name} · {p.second_name}</span><b>{percent(p.equal)}</b><span className="muted">{count(p.shared)}</span></li>)}</ul>}
        />
      </div>
      <Became project={project} />
      <Cases project={project} />
    </>
  );
}

function Recompute({ project }: { project: string }) {
  const t = agreementTexts.use();
  const me = useMe();
  const client = useQueryClient();
  const run = useMutation({
    mutationFn: () => api.post(figuresPath(project)),
    onSuccess: async () => {
      toast(t("started"));
      await client.invalidateQueries({ queryKey: ["quality"] });
    },
  });
  if (!hasRole(me, "lead", "manager", "trainer", "admin")) return null;
  return (
    <>
      {run.error && <Notice tone="error">{sentenceOf(run.error)}</Notice>}
      <Button variant="default" size="compact-sm" loading={run.isPending} onClick={() => run.mutate()} leftSection={<IconRefresh size={16} stroke={1.75} />}>{t("again")}</Button>
    </>
  );
}

function AlphaRow({ row }: { row: Alpha }) {
  const t = agreementTexts.use();
  const at = (v: number) => 4 + Math.max(0, Math.min(1, v)) * 192;
  const { value, low, high } = row;
  return (
    <div className="alpha-row">
      <span>{t(`measure.${row.measure}`)} · {t(`arm.${row.arm}`)}</span>
      {value === null ? <span className="muted small">{t("undefined")}</span> : (
        <svg width={200} height={18} role="img" aria-label={t("alphaOf", { value: value.toFixed(2), low: (low ?? value).toFixed(2), high: (high ?? value).toFixed(2) })}>
          {[TENTATIVE, RELIABLE].map((line) => <line key={line} x1={at(line)} x2={at(line)} y1={1} y2={17} stroke="#8A8377" strokeDasharray="2 2" />)}
          {low !== null && high !== null && <line x1={at(low)} x2={at(high)} y1={9} y2={9} stroke="#1F6A51" strokeWidth={3} strokeLinecap="round" />}
          <circle cx={at(value)} cy={9} r={4} fill="#1F6A51" />
        </svg>
      )}
      <b>{value === null ? "—" : value.toFixed(2)}</b>
      <span className="muted small">{t("ofObjects", { count: row.objects, people: row.people })}</span>
    </div>
  );
}

const alphaText = (value: number | null): string => (value === null ? "—" : value.toFixed(2));
const TREND = { width: 380, height: 70 };

/** Alpha of all answers from day to day, labels and shapes. */
function AlphaTrend({ series }: { series: readonly Alpha[] }) {
  const t = agreementTexts.use();
  const days = [...new Set(series.map((s) => s.day))];
  if (days.length < 2) return null;
  const x = (of: string) => 6 + (days.indexOf(of) / (days.length - 1)) * (TREND.width - 12);
  const y = (value: number) => TREND.height - 6 - Math.max(0, Math.min(1, value)) * (TREND.height - 12);
  const line = (measure: Alpha["measure"]) => series.flatMap((s) => (s.measure === measure && s.value !== null ? [`${x(s.day).toFixed(1)},${y(s.value).toFixed(1)}`] : [])).join(" ");
  return (
    <svg viewBox={`0 0 ${TREND.width} ${TREND.height}`} width="100%" role="img" aria-label={t("alphaTrend")}>
      {[TENTATIVE, RELIABLE].map((at) => <line key={at} x1={0} x2={TREND.width} y1={y(at)} y2={y(at)} stroke="#8A8377" strokeDasharray="2 2" />)}
      <polyline points={line("class")} fill="none" stroke="#1F6A51" strokeWidth={2} />
      <polyline points={line("shape")} fill="none" stroke="#8A5200" strokeWidth={2} strokeDasharray="5 3" />
    </svg>
  );
}

function Together({ project }: { project: string }) {
  const t = agreementTexts.use();
  const found = useQuery(consensusQuery(project));
  const s = found.data;
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  if (!s || s.accepted + s.asking + s.proposed + s.decided + s.due === 0) return null;
  const cells: [string, string, string][] = [
    [t("accepted"), count(s.accepted), s.agreement === null ? "" : t("meanAgreement", { value: percent(s.agreement) })],
    [t("asking"), count(s.asking + s.due), t("askingText")],
    [t("proposed"), count(s.proposed), s.decided ? t("decided", { count: s.decided }) : t("proposedText")],
    [t("saved"), count(s.answers_saved), t("savedText", { count: s.answers })],
  ];
  return (
    <div className="quality-kpis">
      {cells.map(([title, value, note]) => <div key={title} className="card kpi">{title}<b>{value}</b>{note}</div>)}
    </div>
  );
}

function AssistanceCard({ project }: { project: string }) {
  const t = agreementTexts.use();
  const found = useQuery(assistanceQuery(project));
  return (
    <section className="card">
      <div className="card-head"><h2>{t("assistance")}</h2></div>
      {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && (found.data.arms.length < 2 ? <p className="muted card-body">{t("noArms")}</p> : <Arms of={found.data} />)}
    </section>
  );
}

function Arms({ of }: { of: Assistance }) {
  const t = agreementTexts.use();
  const share = (rate: Rate) => {
    const found = known(rate);
    return found ? t("range", { value: percent(found.value), low: percent(found.low), high: percent(found.high) }) : "—";
  };
  const rows: [string, (arm: Arm) => string, boolean][] = [
    [t("answers"), (a) => count(a.answers), false],
    [t("kept"), (a) => share(a.kept), false],
    [t("passed"), (a) => share(a.passed), of.differs.includes("passed")],
    [t("right"), (a) => share(a.right), of.differs.includes("right")],
    [t("knownRight"), (a) => share(a.known), of.differs.includes("known")],
    [t("alpha"), (a) => a.alpha?.value?.toFixed(2) ?? "—", false],
    [t("median"), (a) => (a.median_ms === null ? "—" : t("seconds", { n: Math.round(a.median_ms / 1000) })), false],
  ];
  return (
    <>
      <div className="table-wrap">
        <table className="table">
          <thead><tr><th>{t("what")}</th>{of.arms.map((a) => <th key={a.arm}>{t(`arm.${a.arm}`)}</th>)}<th /></tr></thead>
          <tbody>
            {rows.map(([title, cell, differs]) => (
              <tr key={title}><td>{title}</td>{of.arms.map((a) => <td key={a.arm}>{cell(a)}</td>)}<td>{differs && <Tag tone="warn">{t("differs")}</Tag>}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted small card-body">{of.differs.length ? t("biased") : t("unbiased")}</p>
    </>
  );
}
