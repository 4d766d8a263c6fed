import { IconAlertTriangle, IconBellRinging, IconBook2, IconCategory2, IconGitMerge, IconListCheck, IconMessage2, IconScale, IconStar, IconUser } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { i18next } from "../../app/i18n";
import { count, percent } from "../../ui/format";
import { Tag } from "../../ui/State";
import type { Names } from "./names";
import { known, type Reason, type ReasonCode, type Report } from "./reports";
import type { Days } from "./search";
import { reportTexts } from "./texts-reports";

type About = "class" | "person" | "rule" | "error" | "too" | "questions" | "appeals" | "gold" | "arbitrate" | "reviewer" | "firing";
const ICONS: Record<About, typeof IconUser> = { class: IconCategory2, person: IconUser, rule: IconBook2, error: IconAlertTriangle, too: IconListCheck, questions: IconMessage2, appeals: IconScale, gold: IconStar, arbitrate: IconGitMerge, reviewer: IconUser, firing: IconBellRinging };
const MARK: Partial<Record<ReasonCode, "bad" | "fell">> = { class_below: "bad", person_below: "bad", class_fell: "fell", person_fell: "fell", person_drift: "fell", reviewer_overturned: "bad" };

/** What to look at today: which class, whose work, which paragraph; the surest first, each with the way there. */
export function Reasons({ report, names, days }: { report: Report; names: Names; days: Days }) {
  const t = reportTexts.use();
  return (
    <section className="card" aria-label={t("reasons")}>
      <div className="card-head"><h2>{t("reasons")}</h2></div>
      {report.reasons.length === 0 && <p className="muted card-body">{t("calm")}</p>}
      {report.reasons.map((reason) => <Row key={`${reason.code}${reason.subject}`} reason={reason} report={report} names={names} days={days} />)}
    </section>
  );
}

function Row({ reason, report, names, days }: { reason: Reason; report: Report; names: Names; days: Days }) {
  const t = reportTexts.use();
  const [about] = reason.code.split("_") as [About];
  const Icon = ICONS[about];
  const subject = about === "class" ? names.ofClass(reason.subject) : about === "error" ? names.ofError(reason.subject) : reason.name || reason.subject;
  const mark = MARK[reason.code];
  return (
    <div className={reason.sure ? "reason sure" : "reason"}>
      <Icon size={20} stroke={1.75} aria-hidden />
      <div className="what">
        <b>{t(`why.${reason.code}`, { name: subject, n: count(reason.n) })}</b>
        {mark ? <Tag tone="error">{t(mark)}</Tag> : reason.rate && <Tag tone="warn">{t("low")}</Tag>}
        <p>{useWhy(reason, names)}</p>
      </div>
      <Way about={about} reason={reason} project={report.project} days={days} />
    </div>
  );
}

function useWhy(reason: Reason, names: Names): string {
  const t = reportTexts.use();
  const of = known(reason.rate);
  const space = i18next.language.startsWith("zh") ? "" : " ";
  const parts: string[] = [];
  switch (reason.code) {
    case "too_few": case "questions_open": case "appeals_open": case "appeals_overdue": case "gold_suspect": case "arbitrate": case "firing_open":
      return t(`text.${reason.code}`);
    case "person_drift": case "reviewer_overturned":
      return of ? t(`text.${reason.code}`, { of: of.of, n: reason.n, value: percent(of.value), low: percent(of.low), high: percent(of.high) }) : "";
  }
  if (of) parts.push(t(reason.code.startsWith("class") ? "ofMarks" : "ofAnswers", { of: of.of, value: percent(of.value), low: percent(of.low), high: percent(of.high) }));
  if (reason.code.startsWith("rule")) parts.push(t("brokenBy", { count: reason.people, n: reason.n }));
  if (reason.code === "error_main") {
    parts.push(t("timesBy", { count: reason.people, n: reason.n }));
    if (reason.more) parts.push(t("mostIn", { name: names.ofClass(reason.more) }));
  } else if (reason.more) parts.push(t("mostly", { name: names.ofError(reason.more) }));
  if (reason.code === "rule_unclear") parts.push(t("addExample"));
  if (of && !reason.sure) parts.push(t("unsure"));
  return parts.join(space);
}

function Way({ about, reason, project, days }: { about: About; reason: Reason; project: string; days: Days }): ReactNode {
  const t = reportTexts.use();
  if (about === "person") {
    return <Link className="text-button small" to="/team/people/$person" params={{ person: reason.subject }} search={{ project, days }}>{t("seePerson")}</Link>;
  }
  if (about === "too") return <Link className="text-button small" to="/review/$project" params={{ project }}>{t("goReview")}</Link>;
  if (about === "arbitrate") return <Link className="text-button small" to="/review/$project" params={{ project }}>{t("goArbitrate")}</Link>;
  if (about === "firing") return <Link className="text-button small" to="/team/quality" search={{ project, days, view: "rules" }}>{t("goRules")}</Link>;
  if (about === "gold") return <Link className="text-button small" to="/team/quality" search={{ project, days, view: "known" }}>{t("goKnown")}</Link>;
  if (about === "reviewer") return <Link className="text-button small" to="/team/quality" search={{ project, days, view: "reviewers" }}>{t("goReviewers")}</Link>;
  if (about === "questions") return <Link className="text-button small" to="/team/questions" search={{ project }}>{t("goAnswer")}</Link>;
  if (about === "appeals") return <Link className="text-button small" to="/team/appeals" search={{ project }}>{t("goAppeals")}</Link>;
  const filter = { class: { label: reason.subject }, rule: { rule: reason.subject }, error: { error_class: reason.subject } }[about];
  return (
    <>
      {about === "rule" && <Link className="text-button small" to="/projects/$project" params={{ project }} search={{ tab: "guideline" }}>{t("seeRule")}</Link>}
      <Link className="text-button small" to="/team/quality" search={{ project, days, view: "errors", ...filter }}>{t("seeErrors")}</Link>
    </>
  );
}
