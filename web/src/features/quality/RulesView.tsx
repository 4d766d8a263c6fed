import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { moment, percent } from "../../ui/format";
import { Failure, Notice, Tag, Waiting, sentenceOf, type Tone } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { CurveView } from "./CurveView";
import type { Names } from "./names";
import { PolicyCard } from "./PolicyCard";
import { RuleDialog } from "./RuleDialog";
import { blankRule, chanceAt, firingsQuery, rulesQuery, useQualityCall, type Firing, type Rule } from "./rules";
import { ruleTexts } from "./texts-rules";
import { ruleInWords, spoken, valueInWords } from "./words";
import "./records.css";

/** Rules of a project: what waits for a human, what is in force and how often it errs, how much is checked. */
export function RulesView({ project, names }: { project: string; names: Names }) {
  const t = ruleTexts.use();
  const rules = useQuery(rulesQuery(project));
  const firings = useQuery(firingsQuery(project));
  const [editing, setEditing] = useState<Rule | "new" | null>(null);
  if (rules.error) return <Failure error={rules.error} again={() => void rules.refetch()} />;
  if (firings.error) return <Failure error={firings.error} again={() => void firings.refetch()} />;
  if (rules.isPending || firings.isPending) return <Waiting />;
  const waiting = firings.data.filter((f) => f.state === "open" || f.pause === "agreed");
  const past = firings.data.filter((f) => !waiting.includes(f)).slice(0, 30);
  return (
    <>
      <section className="card" aria-label={t("waiting")}>
        <div className="card-head"><h2>{t("waiting")}</h2></div>
        {waiting.length === 0 && <p className="muted card-pad">{t("noWaiting")}</p>}
        {waiting.map((one) => <FiringRow key={one.id} firing={one} names={names} />)}
      </section>
      <section className="card" aria-label={t("rules")}>
        <div className="card-head">
          <h2>{t("rules")}</h2>
          <Button className="end" variant="default" size="compact-sm" onClick={() => setEditing("new")}>{t("add")}</Button>
        </div>
        <p className="muted small card-pad">{rules.data.rules.length ? t("never") : t("noRules")}</p>
        {rules.data.rules.map((rule) => <RuleRow key={rule.id} rule={rule} onEdit={() => setEditing(rule)} />)}
      </section>
      <PolicyCard project={project} />
      <section className="card" aria-label={t("past")}>
        <div className="card-head"><h2>{t("past")}</h2></div>
        {past.length === 0 && <p className="muted card-pad">{t("noPast")}</p>}
        {past.map((one) => <FiringRow key={one.id} firing={one} names={names} />)}
      </section>
      {editing !== null && (
        <RuleDialog
          key={editing === "new" ? "new" : editing.id} project={project} rule={editing === "new" ? null : editing.id}
          start={editing === "new" ? blankRule() : editing.document} title={editing === "new" ? t("newTitle") : t("editTitle", { n: editing.number })} onClose={() => setEditing(null)}
        />
      )}
    </>
  );
}

const STATES: Record<Rule["state"], Tone | undefined> = { live: "ok", draft: "info", off: undefined };

function RuleRow({ rule, onEdit }: { rule: Rule; onEdit: () => void }) {
  const t = ruleTexts.use();
  const [open, setOpen] = useState(false);
  const live = useQualityCall<number>((version) => api.post(`/quality/rules/${rule.id}/live`, { version }), () => toast(t("wentLive")));
  const off = useQualityCall<void>(() => api.post(`/quality/rules/${rule.id}/off`), () => toast(t("wentOff")));
  const words = ruleInWords(rule.document);
  const { curve } = rule;
  const good = curve && chanceAt(curve, 0.95);
  const bad = curve && chanceAt(curve, 0.6);
  const newer = rule.state === "live" && rule.live_version !== rule.version;
  const error = live.error ?? off.error;
  return (
    <div className="rule-row">
      <div className="row wrap">
        <span className="muted">{t("number", { n: rule.number })}</span>
        <b>{spoken(rule.document.name_zh, rule.document.name_en)}</b>
        <Tag tone={STATES[rule.state]}>{t(`state.${rule.state}`)}</Tag>
        {newer && <Tag tone="warn">{t("newer")}</Tag>}
        <span className="muted small">{t("fired", { n: rule.fired })}</span>
        <span className="grow" />
        <Button variant="subtle" size="compact-sm" onClick={onEdit}>{t("edit")}</Button>
        {(rule.state !== "live" || newer) && <Button variant="default" size="compact-sm" disabled={!rule.checked} loading={live.isPending} onClick={() => live.mutate(rule.version)}>{t("live")}</Button>}
        {rule.state === "live" && <Button variant="default" size="compact-sm" loading={off.isPending} onClick={() => off.mutate()}>{t("off")}</Button>}
      </div>
      <div className="small">{words.when} → {words.then}</div>
      {curve && good !== null && bad !== null ? (
        <button type="button" className="text-button small" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t("harm", { within: t(`within_${curve.unit}`, { n: curve.within }), good: percent(good ?? 0, 1), bad: percent(bad ?? 0) })}
        </button>
      ) : <span className="muted small">{t("checking")}</span>}
      {open && curve && <CurveView curve={curve} dry={rule.dry_run} />}
      {error && <Notice tone="error">{sentenceOf(error)}</Notice>}
    </div>
  );
}

function FiringRow({ firing: f, names }: { firing: Firing; names: Names }) {
  const t = ruleTexts.use();
  const call = useQualityCall<string>((what) => api.post(`/quality/firings/${f.id}/${what}`, what === "end-pause" ? undefined : { note: "" }), () => toast(t("done")));
  const button = (what: string, label: string, main = false) => (
    <Button variant={main ? "filled" : "default"} size="compact-sm" loading={call.isPending && call.variables === what} onClick={() => call.mutate(what)}>{label}</Button>
  );
  return (
    <div className="rule-row">
      <div className="row wrap">
        <b>{f.name}</b>
        <span>{spoken(f.rule_zh, f.rule_en)}</span>
        <span className="muted small">{moment(f.fired_at)}</span>
        {f.pause && <Tag tone={f.pause === "agreed" || f.pause === "proposed" ? "warn" : undefined}>{t(`pause.${f.pause}`)}</Tag>}
        {f.state === "withdrawn" && <Tag>{t("withdrawn")}</Tag>}
        <span className="grow" />
        {f.pause === "proposed" && button("agree", t("agree"))}
        {f.pause === "proposed" && button("decline", t("decline"), true)}
        {f.pause === "agreed" && button("end-pause", t("endPause"), true)}
        {f.state === "open" && f.pause !== "proposed" && button("seen", t("seen"), true)}
        {f.state !== "withdrawn" && button("withdraw", t("withdraw"))}
      </div>
      <div className="small">
        {t("saw")} {Object.entries(f.values).map(([key, value]) => valueInWords(key, value)).join(" · ")} · {t("ofWindow", { n: f.window })}
        {f.error_class && ` · ${t("error", { name: names.ofError(f.error_class) })}`}
      </div>
      <div className="muted small">{f.outcomes.map((o) => spoken(o.zh, o.en)).join(" ")}{f.note && ` ${f.note}`}</div>
      {call.error && <Notice tone="error">{sentenceOf(call.error)}</Notice>}
    </div>
  );
}
