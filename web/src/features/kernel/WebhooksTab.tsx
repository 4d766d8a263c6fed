import { Button, Checkbox, NativeSelect, Switch, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { ApiError, inLanguage } from "../../api/errors";
import { tenantsWith, useMe } from "../../api/me";
import { usePages } from "../../api/pages";
import type { Schemas } from "../../api/types";
import { Copy } from "../../ui/Copy";
import { DataTable, type Column } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { moment } from "../../ui/format";
import { Empty, Failure, Tag, Waiting, type Tone } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { uiTexts } from "../../ui/ui-texts";
import { useTenants } from "../people/people";
import { adminTexts } from "./texts-admin";

type Hook = Schemas["WebhookOut"];
type Delivery = Schemas["DeliveryOut"];
const EVERY = "*";
const SCHEME = "https://";

/** A tenant's webhooks with their delivery log. */
export function WebhooksTab() {
  const t = adminTexts.use();
  const me = useMe();
  const known = useTenants();
  const own = tenantsWith(me, "manager", "client");
  const admin = me.roles.some((r) => r.role === "admin");
  const places = admin ? (known.data ?? []) : own;
  const [chosen, setChosen] = useState<string | null>(null);
  const tenant = chosen ?? places[0]?.id ?? "";
  const hooks = useQuery({ queryKey: ["webhooks", tenant], enabled: tenant !== "", queryFn: () => api.get<Hook[]>("/webhooks", { tenant }) });
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<Hook | null>(null);
  const columns: Column<Hook>[] = [
    { key: "url", head: t("url"), cell: (h) => <span className="mono">{h.url}</span> },
    { key: "events", head: t("events"), cell: (h) => (h.events.includes(EVERY) ? t("allEvents") : h.events.join(", ")) },
    { key: "state", head: t("state"), cell: (h) => <Tag tone={h.active ? "ok" : undefined}>{h.active ? t("on") : t("off")}</Tag> },
    { key: "do", head: "", className: "end", cell: (h) => <button type="button" className="text-button" onClick={() => setOpen(h)}>{t("log")}</button> },
  ];
  return (
    <>
      <div className="toolbar">
        {places.length > 1 && <NativeSelect label={t("where")} value={tenant} onChange={(e) => setChosen(e.currentTarget.value)} data={places.map((p) => ({ value: p.id, label: p.name }))} />}
        <span className="muted small">{t("hooksText")}</span>
        <span className="end">
          <Button onClick={() => setAdding(true)} disabled={!tenant}>{t("addHook")}</Button>
        </span>
      </div>
      {hooks.error && <Failure error={hooks.error} again={() => void hooks.refetch()} />}
      <section className="card fill-card">
        {hooks.isPending ? <Waiting /> : hooks.data?.length ? <DataTable columns={columns} rows={hooks.data} keyOf={(h) => h.id} onOpen={setOpen} label={t("webhooks")} /> : <Empty action={<Button onClick={() => setAdding(true)}>{t("addHook")}</Button>}>{t("hooksEmpty")}</Empty>}
      </section>
      {adding && <AddHook tenant={tenant} onClose={() => setAdding(false)} />}
      {open && <HookDialog hook={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function useHookAction<A, R>(action: (argument: A) => Promise<R>, onSuccess?: (result: R) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: action,
    onSuccess: async (result) => {
      onSuccess?.(result);
      await client.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const t = adminTexts.use();
  return (
    <Dialog open title={t("secretTitle")} onClose={onClose}>
      <p>{t("secretText")}</p>
      <Copy label={t("secret")} value={secret} />
    </Dialog>
  );
}

function AddHook({ tenant, onClose }: { tenant: string; onClose: () => void }) {
  const t = adminTexts.use();
  const events = useQuery({ queryKey: ["webhook-events"], queryFn: () => api.get<Schemas["EventOut"][]>("/webhook-events"), staleTime: Infinity });
  const [url, setUrl] = useState("");
  const [wanted, setWanted] = useState<string[]>([EVERY]);
  const add = useHookAction(() => api.post<Schemas["WebhookMade"]>("/webhooks", { tenant, url: url.trim(), events: wanted }));
  if (add.data) return <Secret secret={add.data.secret} onClose={onClose} />;
  const says = add.error instanceof ApiError ? add.error.forField("url") : null;
  return (
    <Dialog open title={t("addHook")} onClose={onClose} action={t("addHook")} onAction={() => add.mutate(undefined)} busy={add.isPending} disabled={!url.trim() || !wanted.length} error={add.error}>
      <TextInput label={t("url")} description={t("urlHint")} placeholder={SCHEME} value={url} onChange={(e) => setUrl(e.currentTarget.value)} error={says} data-autofocus inputMode="url" />
      <Checkbox.Group label={t("events")} value={wanted} onChange={(value) => setWanted(value.includes(EVERY) && !wanted.includes(EVERY) ? [EVERY] : value.filter((v) => v !== EVERY || value.length === 1))}>
        <div className="stack" style={{ gap: 6, marginTop: 6 }}>
          <Checkbox value={EVERY} label={t("allEvents")} />
          {events.data?.map((e) => <Checkbox key={e.event} value={e.event} label={inLanguage(e)} description={e.event} />)}
        </div>
      </Checkbox.Group>
    </Dialog>
  );
}

const TONES: Record<string, Tone> = { delivered: "ok", failed: "error", waiting: "info" };

function HookDialog({ hook, onClose }: { hook: Hook; onClose: () => void }) {
  const t = adminTexts.use();
  const ui = uiTexts.use();
  const path = `/webhooks/${hook.id}`;
  const log = usePages<Delivery>(["webhooks", "log", hook.id], `${path}/deliveries`, { limit: 50 }, true, 5000);
  const [active, setActive] = useState(hook.active);
  const [removing, setRemoving] = useState(false);
  const toggle = useHookAction((on: boolean) => api.patch<Hook>(path, { active: on }), (now) => setActive(now.active));
  const ping = useHookAction(() => api.post(`${path}/ping`), () => toast(t("tested")));
  const renew = useHookAction(() => api.post<Schemas["SecretOut"]>(`${path}/secret`));
  const remove = useHookAction(() => api.delete(path), onClose);
  const again = useHookAction((delivery: string) => api.post(`${path}/deliveries/${delivery}/redeliver`));
  if (renew.data) return <Secret secret={renew.data.secret} onClose={() => renew.reset()} />;
  if (removing) {
    return (
      <Dialog open title={t("removeTitle")} onClose={() => setRemoving(false)} action={t("remove")} danger onAction={() => remove.mutate(undefined)} busy={remove.isPending} error={remove.error}>
        <p>{t("removeText")}</p>
      </Dialog>
    );
  }
  const columns: Column<Delivery>[] = [
    { key: "at", head: t("at"), cell: (d) => moment(d.created_at) },
    { key: "event", head: t("event"), cell: (d) => d.event },
    { key: "state", head: t("state"), cell: (d) => <Tag tone={TONES[d.state]}>{t(`delivery.${d.state as "waiting" | "delivered" | "failed"}`)}</Tag> },
    { key: "tries", head: t("tries"), className: "number", cell: (d) => d.attempts },
    { key: "answer", head: t("answer"), cell: (d) => [d.status, d.reason].filter(Boolean).join(" ") },
    { key: "do", head: "", className: "end", cell: (d) => d.state === "failed" && <button type="button" className="text-button" onClick={() => again.mutate(d.id)}>{t("again")}</button> },
  ];
  return (
    <Dialog
      open title={hook.url} size={760} onClose={onClose} error={toggle.error ?? ping.error ?? renew.error ?? again.error}
      extra={
        <>
          <Button variant="subtle" color="#A8321F" onClick={() => setRemoving(true)}>{t("remove")}</Button>
          <span className="grow" />
          <Button variant="default" loading={renew.isPending} onClick={() => renew.mutate(undefined)}>{t("renew")}</Button>
          <Button variant="default" loading={ping.isPending} onClick={() => ping.mutate(undefined)}>{t("test")}</Button>
        </>
      }
    >
      <Switch label={active ? t("on") : t("off")} checked={active} onChange={(e) => toggle.mutate(e.currentTarget.checked)} />
      <b>{t("log")}</b>
      {log.error && <Failure error={log.error} />}
      {log.data && log.rows.length === 0 && <p className="muted">{t("logEmpty")}</p>}
      {log.rows.length > 0 && <DataTable columns={columns} rows={log.rows} keyOf={(d) => d.id} label={t("log")} />}
      {log.hasNextPage && <Button variant="default" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>{ui("more")}</Button>}
    </Dialog>
  );
}
