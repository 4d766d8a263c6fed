import { Button, Checkbox, NativeSelect, NumberInput, TextInput, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { ApiError } from "../../api/errors";
import { useJob } from "../../api/jobs";
import { Dialog } from "../../ui/Dialog";
import "../../ui/forms";
import { Notice, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { CurveView } from "./CurveView";
import { DOES, KEYS, useQualityCall, type Act, type Condition, type Curve, type Do, type DryRun, type Op, type RuleDoc, type Source } from "./rules";
import { ruleTexts } from "./texts-rules";

const SOURCES: Source[] = ["gold", "reviews", "week"];
/** What was asked for may lie below the fold. */
const intoView = (element: HTMLElement | null) => element?.scrollIntoView({ block: "nearest" });
const OPS: Op[] = ["gte", "gt", "lte", "lt"];
type KeyText = Parameters<ReturnType<typeof ruleTexts.use>>[0];

/** Writes a rule, tries it on what happened, and keeps it as a draft. */
export function RuleDialog({ project, rule, start, title, onClose }: { project: string; rule: string | null; start: RuleDoc; title: string; onClose: () => void }) {
  const t = ruleTexts.use();
  const [doc, setDoc] = useState(start);
  const [job, setJob] = useState<string | null>(null);
  const change = (patch: Partial<RuleDoc>) => setDoc({ ...doc, ...patch });
  const trial = useMutation({ mutationFn: () => api.post<{ job: string }>(`/quality/projects/${project}/rules/try`, { document: doc }), onSuccess: (made) => setJob(made.job) });
  const save = useQualityCall<RuleDoc>((document) => api.post(`/quality/projects/${project}/rules`, { document, rule }), () => {
    toast(t("saved"));
    onClose();
  });
  const found = useJob(job).data;
  const result = found?.state === "done" ? (found.result as unknown as { curve: Curve; dry_run: DryRun }) : null;
  const error = save.error ?? trial.error;
  return (
    <Dialog open onClose={onClose} title={title} size={760} action={t("saveDraft")} busy={save.isPending} onAction={() => save.mutate(doc)} extra={<Button variant="default" loading={trial.isPending} onClick={() => trial.mutate()}>{t("tryIt")}</Button>}>
      <div className="stack">
        <div className="rule-two">
          <TextInput label={t("name_zh")} maxLength={60} value={doc.name_zh} onChange={(e) => change({ name_zh: e.currentTarget.value })} />
          <TextInput label={t("name_en")} maxLength={60} value={doc.name_en} onChange={(e) => change({ name_en: e.currentTarget.value })} />
        </div>
        <Collecting doc={doc} change={change} />
        <Conditions doc={doc} change={change} />
        <Actions doc={doc} change={change} />
        <Textarea label={t("message_zh")} rows={2} maxLength={500} value={doc.message_zh} onChange={(e) => change({ message_zh: e.currentTarget.value })} />
        <Textarea label={t("message_en")} rows={2} maxLength={500} value={doc.message_en} onChange={(e) => change({ message_en: e.currentTarget.value })} />
        {error != null && <Notice tone="error">{[sentenceOf(error), ...(error instanceof ApiError ? faultsOf(error, doc) : [])].join(" ")}</Notice>}
        {job !== null && result === null && (found?.error ? <Notice tone="error">{found.error.zh}</Notice> : <Notice tone="info">{t("trying")}</Notice>)}
        {result && <div ref={intoView}><CurveView curve={result.curve} dry={result.dry_run} /></div>}
      </div>
    </Dialog>
  );
}

function faultsOf(error: ApiError, doc: RuleDoc): string[] {
  const fields = ["name_zh", "message_zh", "collect.last_n", "collect.p_good_percent", "when", "then", ...doc.when.flatMap((_, i) => [`when.${i}.key`, `when.${i}.op`, `when.${i}.value`]), ...doc.then.flatMap((_, i) => ["share_percent", "days", "answers_count", "items_count"].map((f) => `then.${i}.${f}`))];
  return fields.map((field) => error.forField(field)).filter((one): one is string => Boolean(one));
}

interface Part {
  doc: RuleDoc;
  change: (patch: Partial<RuleDoc>) => void;
}

function Collecting({ doc, change }: Part) {
  const t = ruleTexts.use();
  const { collect } = doc;
  const set = (patch: Partial<RuleDoc["collect"]>) => change({ collect: { ...collect, ...patch } });
  const sums = doc.when.some((one) => one.key === "gold.cusum_sum");
  return (
    <div className="row wrap" style={{ alignItems: "flex-end" }}>
      <NativeSelect
        label={t("source")} value={collect.source} data={SOURCES.map((s) => ({ value: s, label: t(`source.${s}`) }))}
        onChange={(e) => {
          const source = SOURCES.find((s) => s === e.currentTarget.value) ?? "reviews";
          const [key] = Object.keys(KEYS[source]);
          change({ collect: { ...collect, source }, when: [{ key: key ?? "", op: "gte", value: 5 }] });
        }}
      />
      <NumberInput label={t("lastN")} w={130} min={1} max={500} allowDecimal={false} value={collect.last_n} onChange={(v) => set({ last_n: Number(v) || 1 })} />
      {sums && <NumberInput label={t("pGood")} w={130} min={1} max={99} value={collect.p_good_percent} onChange={(v) => set({ p_good_percent: Number(v) })} />}
      {sums && <NumberInput label={t("pBad")} w={130} min={1} max={99} value={collect.p_bad_percent} onChange={(v) => set({ p_bad_percent: Number(v) })} />}
    </div>
  );
}

function Conditions({ doc, change }: Part) {
  const t = ruleTexts.use();
  const keys = KEYS[doc.collect.source];
  const set = (at: number, patch: Partial<Condition>) => change({ when: doc.when.map((one, i) => (i === at ? { ...one, ...patch } : one)) });
  const [first] = Object.keys(keys);
  return (
    <fieldset className="rule-part">
      <legend>{t("when")}</legend>
      {doc.when.map((one, i) => {
        const counted = keys[one.key] !== "percent";
        return (
          <div key={i} className="row wrap">
            <NativeSelect aria-label={t("key")} value={one.key} data={Object.keys(keys).map((k) => ({ value: k, label: t(`key.${k}` as KeyText) }))} onChange={(e) => set(i, { key: e.currentTarget.value, op: keys[e.currentTarget.value] === "percent" ? one.op : "gte" })} />
            <NativeSelect aria-label={t("op")} value={one.op} disabled={counted} data={OPS.map((o) => ({ value: o, label: t(`op.${o}`) }))} onChange={(e) => set(i, { op: OPS.find((o) => o === e.currentTarget.value) ?? "gte" })} />
            <NumberInput aria-label={t("value")} w={110} min={0} value={one.value} onChange={(v) => set(i, { value: Number(v) })} />
            {doc.when.length > 1 && <Button variant="subtle" size="compact-sm" onClick={() => change({ when: doc.when.filter((_, n) => n !== i) })}>{t("removeCondition")}</Button>}
          </div>
        );
      })}
      <div><Button variant="default" size="compact-sm" disabled={doc.when.length >= 6} onClick={() => change({ when: [...doc.when, { key: first ?? "", op: "gte", value: 5 }] })}>{t("addCondition")}</Button></div>
    </fieldset>
  );
}

function Actions({ doc, change }: Part) {
  const t = ruleTexts.use();
  const of = (what: Do) => doc.then.find((a) => a.do === what);
  const set = (what: Do, patch: Partial<Act>) => change({ then: doc.then.map((a) => (a.do === what ? { ...a, ...patch } : a)) });
  const toggle = (what: Do, on: boolean) => change({ then: on ? [...doc.then, { do: what }] : doc.then.filter((a) => a.do !== what) });
  const number = (what: Do, field: "share_percent" | "days" | "items_count" | "answers_count", label: string, usual: number) => (
    <NumberInput label={label} w={120} min={1} allowDecimal={false} value={of(what)?.[field] ?? usual} onChange={(v) => set(what, { [field]: Number(v) || usual })} />
  );
  return (
    <fieldset className="rule-part">
      <legend>{t("then")}</legend>
      {DOES.map((what) => (
        <div key={what} className="row wrap" style={{ alignItems: "flex-end" }}>
          <Checkbox label={t(`do.${what}`)} checked={of(what) !== undefined} onChange={(e) => toggle(what, e.currentTarget.checked)} />
          {of(what) && what === "raise_review" && <>{number(what, "share_percent", t("sharePercent"), 100)}{number(what, "days", t("forDays"), 7)}</>}
          {of(what) && what === "assign_practice" && number(what, "items_count", t("items"), 20)}
          {of(what) && what === "add_overlap" && number(what, "answers_count", t("answers"), 20)}
        </div>
      ))}
    </fieldset>
  );
}
