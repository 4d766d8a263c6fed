import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { usePages } from "../../api/pages";
import type { Schemas } from "../../api/types";
import { DataTable, type Column } from "../../ui/DataTable";
import { moment } from "../../ui/format";
import { Empty, Failure, Waiting } from "../../ui/State";
import { uiTexts } from "../../ui/ui-texts";
import { adminTexts } from "./texts-admin";

type Row = Schemas["AuditOut"];

/** What people look for most; any other action is typed. A dot at the end means all of a domain. */
const PRESETS = [
  { action: "", text: "audit.all" }, { action: "identity.revealed", text: "audit.looks" }, { action: "identity.", text: "audit.identity" },
  { action: "login.failed", text: "audit.failed" }, { action: "person.", text: "audit.people" }, { action: "role.", text: "audit.roles" },
  { action: "token.", text: "audit.tokens" }, { action: "release.", text: "audit.releases" },
] as const;

/** Who did what, newest first; the trail itself cannot be changed. */
export function AuditTab() {
  const t = adminTexts.use();
  const ui = uiTexts.use();
  const [action, setAction] = useState("");
  const [by, setBy] = useState("");
  const [thing, setThing] = useState("");
  const [query] = useDebouncedValue({ action, by, thing }, 300);
  const trail = usePages<Row>(["audit"], "/audit", { ...query, limit: 100 });
  const columns: Column<Row>[] = [
    { key: "at", head: t("at"), width: 120, cell: (row) => moment(row.at) },
    { key: "who", head: t("who"), cell: (row) => (row.name ? <span title={row.actor}>{row.name}</span> : row.actor ? <span className="mono">{row.actor}</span> : t("itself")) },
    { key: "action", head: t("action"), cell: (row) => row.action },
    { key: "thing", head: t("thing"), cell: (row) => <span className="mono">{row.thing}</span> },
    { key: "details", head: t("details"), cell: (row) => <span className="mono">{detailsText(row.details)}</span> },
  ];
  return (
    <>
      <div className="toolbar">
        <NativeSelect
          label={t("auditKind")} value={PRESETS.some((p) => p.action === action) ? action : ""} onChange={(e) => setAction(e.currentTarget.value)}
          data={PRESETS.map((p) => ({ value: p.action, label: t(p.text) }))}
        />
        <TextInput label={t("action")} placeholder={t("anyAction")} value={action} onChange={(e) => setAction(e.currentTarget.value)} />
        <TextInput label={t("who")} placeholder={t("filterWho")} value={by} onChange={(e) => setBy(e.currentTarget.value)} />
        <TextInput label={t("thing")} placeholder={t("filterThing")} value={thing} onChange={(e) => setThing(e.currentTarget.value)} w={260} />
        <span className="end muted small">{t("auditText")}</span>
      </div>
      {trail.error && <Failure error={trail.error} again={() => void trail.refetch()} />}
      <section className="card fill-card">
        {trail.isPending ? <Waiting /> : trail.rows.length === 0 ? <Empty>{t("auditEmpty")}</Empty> : <DataTable columns={columns} rows={trail.rows} keyOf={(row) => String(row.id)} label={t("audit")} />}
      </section>
      {trail.hasNextPage && (
        <Button variant="default" loading={trail.isFetchingNextPage} onClick={() => void trail.fetchNextPage()}>
          {ui("more")}
        </Button>
      )}
    </>
  );
}

function detailsText(details: Record<string, unknown>): string {
  return Object.entries(details)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
