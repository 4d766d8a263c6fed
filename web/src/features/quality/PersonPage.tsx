import { IconArrowLeft, IconSchool } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Avatar } from "../../ui/Avatar";
import { Bars, ChartCard } from "../../ui/charts";
import { count, day, percent } from "../../ui/format";
import "../../ui/management";
import { Empty, Failure, Tag, Waiting } from "../../ui/State";
import { ClassName } from "./ClassName";
import { RateRows, Trend } from "./charts";
import { Findings } from "./Gallery";
import { RateKpi, beforeNote, rateCells, rateHead } from "./Look";
import { useNames, type Names } from "./names";
import { Window } from "./QualityPage";
import { known, personQuery, type PersonReport } from "./reports";
import { USUAL, type QualitySearch } from "./search";
import { reportTexts } from "./texts-reports";
import "../work/team.css";
import "./quality.css";

/** One person's work in one project: what she does well, where it goes, what to practise next. */
export default function PersonPage() {
  const t = reportTexts.use();
  const navigate = useNavigate();
  const { person } = useParams({ from: "/inside/shell/team/people/$person" });
  const search: QualitySearch = useSearch({ from: "/inside/shell/team/people/$person" });
  const project = search.project ?? "";
  const days = search.days ?? USUAL;
  const names = useNames(project);
  const found = useQuery(personQuery(project, person, days));
  return (
    <div className="page">
      <div className="page-head">
        <Link to="/team/quality" search={{ project, days }} className="text-button" aria-label={t("back")}><IconArrowLeft size={20} stroke={1.75} /></Link>
        {found.data && <span className="person-head"><Avatar name={found.data.name || "?"} /><h1>{found.data.name}</h1></span>}
        <div className="end">
          <Window days={days} onDays={(to) => void navigate({ to: "/team/people/$person", params: { person }, search: { project, days: to }, replace: true })} />
        </div>
      </div>
      {found.error ? <Failure error={found.error} again={() => void found.refetch()} /> : !found.data ? <Waiting /> : found.data.passed.of ? <Body report={found.data} names={names} /> : <Empty>{t("notCounted")}</Empty>}
    </div>
  );
}

function Body({ report, names }: { report: PersonReport; names: Names }) {
  const t = reportTexts.use();
  const team = known(report.team);
  const notes = [team && t("team", { value: percent(team.value, 1) }), report.days ? beforeNote(t, report.before) : null].filter(Boolean).join(" · ");
  return (
    <>
      <div className="quality-top">
        <div className="stack">
          <div className="quality-kpis" style={{ gridTemplateColumns: "repeat(2, 1fr)" }}>
            <RateKpi title={t("passed")} rate={report.passed} note={notes} />
            <RateKpi title={t("right")} rate={report.right} note={report.checked === null ? undefined : t("checkedShare", { share: percent(report.checked) })} />
          </div>
          <LessonCard report={report} names={names} />
          {report.known && (
            <section className="card card-pad">
              <div className="row wrap">
                <b>{t("known")}</b>
                <span>{known(report.known.passed) ? rateCells(report.known.passed).slice(0, 1).concat(t("interval", { low: percent(report.known.passed.low ?? 0), high: percent(report.known.passed.high ?? 1), of: count(report.known.passed.of) })).join(" · ") : t("knownNone")}</span>
                {report.drifted && <Tag tone="warn">{t("drifted")}</Tag>}
              </div>
            </section>
          )}
          <section className="card card-pad">
            <div className="row wrap">
              <b>{t("strengths")}</b>
              <span className="chips">
                {report.strengths.length === 0 && <span className="muted">{t("noStrengths")}</span>}
                {report.strengths.map((label) => <Tag key={label} tone="ok"><ClassName label={label} names={names} /></Tag>)}
              </span>
            </div>
          </section>
        </div>
        <ChartCard
          title={t("overTime")} chart={<Trend series={report.series} line={report.line} label={t("overTime")} />}
          head={[t("day"), ...rateHead(t)]} rows={report.series.map((d) => [day(d.day), ...rateCells(d.passed)])}
        />
      </div>
      <div className="quality-grid">
        <ChartCard
          title={t("byClass", { line: percent(report.line) })} empty={t("noClasses")} head={[t("class"), ...rateHead(t)]} rows={report.classes.map((c) => [names.ofClass(c.label), ...rateCells(c.right)])}
          chart={<RateRows line={report.line} rows={report.classes.map((c) => ({ key: c.label, rate: c.right, label: <ClassName label={c.label} names={names} /> }))} />}
        />
        <ChartCard
          title={t("byError")} empty={t("noErrors")} head={[t("error"), t("n"), t("mostError")]} rows={report.errors.map((e) => [names.ofError(e.error_class), count(e.n), e.label ? names.ofClass(e.label) : ""])}
          chart={<Bars rows={report.errors.map((e) => ({ label: names.ofError(e.error_class), value: e.n }))} />}
        />
      </div>
      <h2>{t("recent")}</h2>
      {report.recent.length ? <Findings findings={report.recent} names={names} project={report.project} /> : <p className="muted">{t("noRecent")}</p>}
    </>
  );
}

function LessonCard({ report, names }: { report: PersonReport; names: Names }) {
  const t = reportTexts.use();
  const { lesson } = report;
  return (
    <section className="card lesson">
      <IconSchool size={24} stroke={1.5} aria-hidden />
      <div>
        <h2>{t("lesson")}</h2>
        {lesson ? (
          <>
            <div>{t("lessonText", { count: lesson.n, name: names.ofError(lesson.error_class) })}{lesson.label && t("lessonIn", { name: names.ofClass(lesson.label) })}</div>
            {lesson.rule && <div className="muted small">{t("lessonRule", { rule: lesson.rule })} <Link to="/projects/$project" params={{ project: report.project }} search={{ tab: "guideline" }}>{t("seeRule")}</Link></div>}
          </>
        ) : (
          <div className="muted">{t("noLesson")}</div>
        )}
      </div>
    </section>
  );
}
