import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "../../api/client";
import { DataTable, type Column } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { Failure, Tag, Waiting } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { usePeopleAction, useTenants, type Tenant } from "../people/people";
import { adminTexts } from "./texts-admin";

const KINDS = ["base", "client", "county"] as const;
type Kind = (typeof KINDS)[number] | "platform";

/** Bases, clients and counties of the platform. */
export function TenantsTab() {
  const t = adminTexts.use();
  const tenants = useTenants();
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<Tenant | null>(null);
  const columns: Column<Tenant>[] = [
    { key: "name", head: t("name"), cell: (row) => row.name },
    { key: "kind", head: t("kind"), cell: (row) => t(`kind.${row.kind as Kind}`) },
    { key: "state", head: t("state"), cell: (row) => <Tag tone={row.active ? "ok" : "error"}>{row.active ? t("active") : t("closed")}</Tag> },
    { key: "do", head: "", className: "end", cell: (row) => <button type="button" className="text-button" onClick={() => setEditing(row)}>{t("rename")}</button> },
  ];
  return (
    <>
      <div className="toolbar">
        <span className="end">
          <Button onClick={() => setAdding(true)}>{t("addTenant")}</Button>
        </span>
      </div>
      {tenants.error && <Failure error={tenants.error} again={() => void tenants.refetch()} />}
      {tenants.isPending && <Waiting />}
      {tenants.data && (
        <section className="card fill-card">
          <DataTable columns={columns} rows={tenants.data} keyOf={(row) => row.id} onOpen={setEditing} label={t("tenants")} />
        </section>
      )}
      {adding && <AddTenant onClose={() => setAdding(false)} />}
      {editing && <EditTenant tenant={editing} onClose={() => setEditing(null)} />}
    </>
  );
}

function AddTenant({ onClose }: { onClose: () => void }) {
  const t = adminTexts.use();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<string>("base");
  const add = usePeopleAction(() => api.post("/people/tenants", { name: name.trim(), kind }), onClose);
  return (
    <Dialog open title={t("addTenant")} onClose={onClose} action={t("add")} onAction={() => add.mutate(undefined)} busy={add.isPending} disabled={!name.trim()} error={add.error}>
      <TextInput label={t("name")} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
      <NativeSelect label={t("kind")} value={kind} onChange={(e) => setKind(e.currentTarget.value)} data={KINDS.map((k) => ({ value: k, label: t(`kind.${k}`) }))} />
    </Dialog>
  );
}

function EditTenant({ tenant, onClose }: { tenant: Tenant; onClose: () => void }) {
  const t = adminTexts.use();
  const [name, setName] = useState(tenant.name);
  const [closing, setClosing] = useState(false);
  const rename = usePeopleAction(() => api.patch(`/people/tenants/${tenant.id}`, { name: name.trim() }), onClose);
  const activate = usePeopleAction((active: boolean) => api.patch(`/people/tenants/${tenant.id}`, { active }), (_, active) => {
    if (!active) toast(t("tenantClosed", { name: tenant.name }), () => activate.mutate(true));
    onClose();
  });
  if (closing) {
    return (
      <Dialog open title={t("closeTitle", { name: tenant.name })} onClose={() => setClosing(false)} action={t("closeTenant")} danger onAction={() => activate.mutate(false)} busy={activate.isPending} error={activate.error}>
        <p>{t("closeText")}</p>
      </Dialog>
    );
  }
  return (
    <Dialog
      open title={tenant.name} onClose={onClose} action={t("rename")} onAction={() => rename.mutate(undefined)} busy={rename.isPending} disabled={!name.trim()} error={rename.error ?? activate.error}
      extra={
        tenant.kind !== "platform" && (
          <>
            {tenant.active ? (
              <Button variant="subtle" color="#A8321F" onClick={() => setClosing(true)}>{t("closeTenant")}</Button>
            ) : (
              <Button variant="default" loading={activate.isPending} onClick={() => activate.mutate(true)}>{t("reopen")}</Button>
            )}
            <span className="grow" />
          </>
        )
      }
    >
      <TextInput label={t("name")} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
    </Dialog>
  );
}
