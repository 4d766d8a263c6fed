import { Link } from "@tanstack/react-router";
import { Bars, ChartCard } from "../../ui/charts";
import { count, day, percent } from "../../ui/format";
import { LinkButton } from "../../ui/LinkButton";
import { Empty } from "../../ui/State";
import { Button } from "@mantine/core";
import { ClassName } from "./ClassName";
import { Confusion, RateRows, Trend } from "./charts";
import type { Names } from "./names";
import { Reasons } from "./Reasons";
import { comparable, known, mistaken, type Rate, type Report } from "./reports";
import type { Days } from "./search";
import { reportTexts } from "./texts-reports";

const SHOWN_SLICES = 14;

/** A project's quality at a glance: what to look at first, then the figures behind it. */
export function Look({ report, names, days, onLonger }: { report: Report; names: Names; days: Days; onLonger: () => void }) {
  const t = reportTexts.use();
  if (!report.passed.of) {
    return (
      <>
        {report.reasons.length > 0 && <Reasons report={report} names={names} days={days} />}
        <Empty
          action={
            <span className="row">
              <LinkButton to="/review/$project" params={{ project: report.project }}>{t("goReview")}</LinkButton>
              {days !== 0 && <Button variant="default" onClick={onLonger}>{t("longer")}</Button>}
            </span>
          }
        >
          {report.fresh ? t("nothingYet") : t("catchingUp")}
        </Empty>
      </>
    );
  }
  return (
    <>
      {!report.fresh && <p className="muted small" role="status">{t("catchingUp")}</p>}
      <Kpis report={report} names={names} />
      <div className="quality-top">
        <Reasons report={report} names={names} days={days} />
        <ChartCard
          title={t("overTime")} chart={<Trend series={report.series} line={report.line} label={t("overTime")} />}
          head={[t("day"), ...rateHead(t)]} rows={report.series.map((d) => [day(d.day), ...rateCells(d.passed)])}
        />
      </div>
      <Figures report={report} names={names} days={days} />
    </>
  );
}

type T = ReturnType<typeof reportTexts.use>;
export const rateHead = (t: T) => [t("share"), t("low2"), t("high2"), t("of")];

/** A share's cells in a table: value, bounds, of how many. */
export function rateCells(rate: Rate): string[] {
  const of = known(rate);
  return of ? [percent(of.value, 1), percent(of.low, 1), percent(of.high, 1), count(of.of)] : ["—", "—", "—", "0"];
}

export function RateKpi({ title, rate, note }: { title: string; rate: Rate; note?: string }) {
  const t = reportTexts.use();
  const of = known(rate);
  return (
    <div className="card kpi">
      {title}
      <b>{of ? percent(of.value, 1) : "—"}</b>
      {of ? t("interval", { low: percent(of.low, 1), high: percent(of.high, 1), of: count(of.of) }) : t("passedNone")}
      {note && <> · {note}</>}
    </div>
  );
}

export const beforeNote = (t: T, before: Rate) => (known(before) ? t("before", { value: percent(known(before)?.value ?? 0, 1) }) : t("noBefore"));

function Kpis({ report, names }: { report: Report; names: Names }) {
  const t = reportTexts.use();
  const [error] = report.errors;
  const weakest = [...report.classes].filter((c) => c.wrong > 0).sort((a, b) => (a.right.value ?? 1) - (b.right.value ?? 1))[0];
  return (
    <div className="quality-kpis">
      <RateKpi title={t("passed")} rate={report.passed} note={report.days ? beforeNote(t, report.before) : undefined} />
      <RateKpi title={t("right")} rate={report.right} />
      <div className="card kpi">
        {t("mainError")}
        <b>{error ? names.ofError(error.error_class) : t("none")}</b>
        {error && t("times", { count: error.n })}
        {error?.label && <> · {t("mostIn", { name: names.ofClass(error.label) })}</>}
      </div>
      <div className="card kpi">
        {t("worstClass")}
        <b>{weakest ? names.ofClass(weakest.label) : t("none")}</b>
        {weakest && t("interval", { low: percent(weakest.right.low ?? 0), high: percent(weakest.right.high ?? 1), of: count(weakest.right.of) })}
      </div>
    </div>
  );
}

function Figures({ report, names, days }: { report: Report; names: Names; days: Days }) {
  const t = reportTexts.use();
  const { project, line } = report;
  const sorted = comparable(report.slices);
  const wrong = mistaken(report.pairs);
  const title = (label: string) => (label ? names.ofClass(label) : t("nothing"));
  return (
    <div className="quality-grid">
      <ChartCard
        title={t("byClass", { line: percent(line) })} empty={t("noClasses")} head={[t("class"), ...rateHead(t)]}
        rows={report.classes.map((c) => [names.ofClass(c.label), ...rateCells(c.right)])}
        chart={<RateRows line={line} rows={report.classes.map((c) => ({ key: c.label, rate: c.right, label: <Link to="/team/quality" search={{ project, days, view: "errors", label: c.label }}><ClassName label={c.label} names={names} /></Link> }))} />}
      />
      <ChartCard
        title={t("byPerson")} head={[t("person"), ...rateHead(t), t("mostError")]}
        rows={report.people.map((p) => [p.name, ...rateCells(p.passed), p.error_class ? names.ofError(p.error_class) : ""])}
        chart={<RateRows line={line} rows={report.people.map((p) => ({ key: p.person, rate: p.passed, label: <Link to="/team/people/$person" params={{ person: p.person }} search={{ project, days }}>{p.name}</Link> }))} />}
      />
      <ChartCard
        title={t("confusion")} empty={t("noConfusion")} head={[t("given"), t("rightOne"), t("n")]} rows={wrong.map((p) => [title(p.given), title(p.right), count(p.n)])}
        chart={<Confusion pairs={report.pairs} nameOf={names.ofClass} />}
      />
      <ChartCard
        title={t("slices")} empty={t("noSlices")} head={[t("slice"), ...rateHead(t)]} rows={sorted.map((s) => [names.ofSlice(s.key, s.name), ...rateCells(s.right)])}
        chart={<RateRows line={line} rows={sorted.slice(0, SHOWN_SLICES).map((s) => ({ key: s.key, label: <span title={names.ofSlice(s.key, s.name)}>{names.ofSlice(s.key, s.name)}</span>, rate: s.right }))} />}
      />
      <ChartCard
        title={t("byError")} empty={t("noErrors")} head={[t("error"), t("n"), t("people"), t("mostError")]}
        rows={report.errors.map((e) => [names.ofError(e.error_class), count(e.n), count(e.people), e.label ? names.ofClass(e.label) : ""])}
        chart={<Bars rows={report.errors.map((e) => ({ label: names.ofError(e.error_class), value: e.n }))} />}
      />
      <ChartCard
        title={t("byRule")} empty={t("noRules")} head={[t("rule"), t("n"), t("people"), t("mostError")]}
        rows={report.rules.map((r) => [r.rule, count(r.n), count(r.people), names.ofError(r.error_class)])}
        chart={<Bars rows={report.rules.map((r) => ({ label: r.rule, value: r.n }))} />}
      />
      {report.known.passed.of > 0 && (
        <ChartCard
          title={t("byKnown")} head={[t("class"), ...rateHead(t)]} rows={report.known.classes.map((c) => [names.ofClass(c.label), ...rateCells(c.right)])}
          chart={<RateRows line={line} rows={report.known.classes.map((c) => ({ key: c.label, rate: c.right, label: <ClassName label={c.label} names={names} /> }))} />}
        />
      )}
      {report.bases.length > 0 && (
        <ChartCard
          title={t("byBase")} head={[t("base"), ...rateHead(t), t("people")]} rows={report.bases.map((b) => [b.name, ...rateCells(b.passed), count(b.people)])}
          chart={<RateRows line={line} rows={report.bases.map((b) => ({ key: b.base, label: b.name, rate: b.passed }))} />}
        />
      )}
    </div>
  );
}
