import { Button, NumberInput, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { IntervalLine } from "../../ui/charts";
import { DataTable } from "../../ui/DataTable";
import { day, percent } from "../../ui/format";
import "../../ui/forms";
import { Failure, Notice, Tag, Waiting, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { policyQuery, recordsQuery, type PersonRecord, type Policy } from "./records";
import { useQualityCall } from "./rules";
import { ruleTexts } from "./texts-rules";

/** How much is checked: the same of everybody's, or by each person's record; and what that comes to. */
export function PolicyCard({ project }: { project: string }) {
  const policy = useQuery(policyQuery(project));
  const t = ruleTexts.use();
  return (
    <section className="card" aria-label={t("policy")}>
      <div className="card-head"><h2>{t("policy")}</h2></div>
      {policy.error && <Failure error={policy.error} again={() => void policy.refetch()} />}
      {policy.isPending && <Waiting />}
      {policy.data && <Form key={JSON.stringify(policy.data)} project={project} policy={policy.data} />}
      <People project={project} />
    </section>
  );
}

function Form({ project, policy }: { project: string; policy: Policy }) {
  const t = ruleTexts.use();
  const [draft, setDraft] = useState(policy);
  const save = useQualityCall<Policy>(({ usual: _, ...body }) => api.put(`/quality/projects/${project}/policy`, body), () => toast(t("policySaved")));
  const number = (field: "newcomer" | "floor" | "line", label: string) => (
    <NumberInput label={label} w={130} min={1} max={100} value={Math.round(draft[field] * 1000) / 10} onChange={(v) => setDraft({ ...draft, [field]: Number(v) / 100 })} />
  );
  return (
    <div className="card-pad stack">
      <Switch label={t("byRecord")} description={t("byRecordText", { share: percent(policy.usual) })} checked={draft.by_record} onChange={(e) => setDraft({ ...draft, by_record: e.currentTarget.checked })} />
      <div className="row wrap" style={{ alignItems: "flex-end" }}>
        {draft.by_record && number("newcomer", t("newcomer"))}
        {draft.by_record && number("floor", t("floor"))}
        {number("line", t("line"))}
        <Button variant="default" loading={save.isPending} onClick={() => save.mutate(draft)}>{t("savePolicy")}</Button>
      </div>
      {save.error && <Notice tone="error">{sentenceOf(save.error)}</Notice>}
    </div>
  );
}

function People({ project }: { project: string }) {
  const t = ruleTexts.use();
  const records = useQuery(recordsQuery(project));
  if (records.error) return <Failure error={records.error} again={() => void records.refetch()} />;
  const rows = records.data ?? [];
  if (!rows.length) return <p className="muted card-pad">{t("noPeople")}</p>;
  return (
    <DataTable
      label={t("people")} rows={rows} keyOf={(r) => r.person}
      columns={[
        { key: "name", head: t("person"), cell: (r) => r.name },
        { key: "checked", head: t("checked"), className: "number", cell: (r) => percent(r.checked.share) },
        { key: "why", head: t("why"), cell: (r) => (r.checked.raised_until ? t("raised", { date: day(r.checked.raised_until) }) : t(`reason.${r.checked.reason}`)) },
        { key: "week", head: t("lastWeek"), cell: (r) => <LastWeek of={r} /> },
        { key: "result", head: t("result"), cell: (r) => (r.weeks[0] ? <Tag tone={r.weeks[0].below ? "warn" : "ok"}>{r.weeks[0].below ? t("below") : t("notBelow")}</Tag> : "—") },
      ]}
    />
  );
}

function LastWeek({ of: record }: { of: PersonRecord }) {
  const share = record.weeks[0]?.share;
  if (!share || share.value === null || share.low === null || share.high === null) return <>—</>;
  const { value, low, high } = share;
  return (
    <span className="row" style={{ gap: 8 }}>
      <IntervalLine of={{ value, low, high }} from={0.5} target={record.weeks[0]?.line} />
      <span className="small">{`${percent(value)} · ${share.of}`}</span>
    </span>
  );
}
