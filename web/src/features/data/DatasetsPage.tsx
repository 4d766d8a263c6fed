import { Button, NativeSelect, TextInput, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDatabase } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/client";
import { hasRole, tenantsWith, useMe } from "../../api/me";
import { usePages } from "../../api/pages";
import { DataTable, type Column } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { bytes, count, day } from "../../ui/format";
import "../../ui/management";
import { Empty, Failure, Waiting } from "../../ui/State";
import { uiTexts } from "../../ui/ui-texts";
import { useTenants } from "../people/people";
import { MEDIA, useDataAction, type Dataset, type Medium } from "./data";
import { dataTexts } from "./texts-data";

/** Datasets of one's tenants. */
export default function DatasetsPage() {
  const t = dataTexts.use();
  const ui = uiTexts.use();
  const me = useMe();
  const navigate = useNavigate();
  const tenants = useTenants();
  const [typed, setTyped] = useState("");
  const [medium, setMedium] = useState("");
  const [name] = useDebouncedValue(typed, 250);
  const [adding, setAdding] = useState(false);
  const datasets = usePages<Dataset>(["data", "datasets"], "/data/datasets", { name, medium, limit: 100 });
  const may = hasRole(me, "manager", "client", "admin");
  const owner = (id: string) => tenants.data?.find((one) => one.id === id)?.name ?? "";
  const columns: Column<Dataset>[] = [
    { key: "name", head: t("name"), cell: (d) => <Link to="/datasets/$dataset" params={{ dataset: d.id }}><b>{d.name}</b></Link> },
    { key: "medium", head: t("medium"), cell: (d) => t(`medium.${d.medium as Medium}`) },
    { key: "items", head: t("items"), className: "number", cell: (d) => count(d.items) },
    { key: "size", head: t("size"), className: "number", cell: (d) => bytes(d.bytes) },
    { key: "owner", head: t("owner"), cell: (d) => owner(d.tenant) },
    { key: "created", head: t("created"), cell: (d) => day(d.created_at) },
  ];
  return (
    <div className="page fill">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <TextInput placeholder={t("search")} aria-label={ui("search")} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} w={220} />
        <NativeSelect aria-label={t("medium")} value={medium} onChange={(e) => setMedium(e.currentTarget.value)} data={[{ value: "", label: t("allMedia") }, ...MEDIA.map((m) => ({ value: m, label: t(`medium.${m}`) }))]} />
        <div className="end">{may && <Button onClick={() => setAdding(true)}>{t("create")}</Button>}</div>
      </div>
      {datasets.error && <Failure error={datasets.error} again={() => void datasets.refetch()} />}
      <section className="card fill-card">
        {datasets.isPending ? (
          <Waiting />
        ) : datasets.rows.length ? (
          <DataTable columns={columns} rows={datasets.rows} keyOf={(d) => d.id} onOpen={(d) => void navigate({ to: "/datasets/$dataset", params: { dataset: d.id } })} label={t("title")} />
        ) : (
          <Empty icon={<IconDatabase size={40} stroke={1.25} />} action={may && !name && !medium && <Button onClick={() => setAdding(true)}>{t("create")}</Button>}>
            {name || medium ? t("nothing") : t("empty")}
          </Empty>
        )}
      </section>
      {datasets.hasNextPage && (
        <Button variant="default" loading={datasets.isFetchingNextPage} onClick={() => void datasets.fetchNextPage()}>
          {ui("more")}
        </Button>
      )}
      {adding && <NewDataset onClose={() => setAdding(false)} />}
    </div>
  );
}

function NewDataset({ onClose }: { onClose: () => void }) {
  const t = dataTexts.use();
  const me = useMe();
  const navigate = useNavigate();
  const tenants = useTenants();
  const admin = hasRole(me, "admin");
  const places = admin ? (tenants.data ?? []).filter((one) => one.kind === "client" || one.kind === "base") : tenantsWith(me, "client", "manager");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [medium, setMedium] = useState<Medium>("image");
  const [chosen, setChosen] = useState("");
  const tenant = chosen || places[0]?.id || "";
  const make = useDataAction(
    () => api.post<Dataset>("/data/datasets", { tenant, name: name.trim(), medium, description }),
    (made) => void navigate({ to: "/datasets/$dataset", params: { dataset: made.id } }),
  );
  return (
    <Dialog open title={t("create")} onClose={onClose} action={t("make")} onAction={() => make.mutate(undefined)} busy={make.isPending} disabled={!name.trim() || !tenant} error={make.error}>
      <TextInput label={t("name")} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus maxLength={200} />
      <div className="row">
        {places.length > 1 && <NativeSelect className="grow" label={t("owner")} value={tenant} onChange={(e) => setChosen(e.currentTarget.value)} data={places.map((p) => ({ value: p.id, label: p.name }))} />}
        <NativeSelect className="grow" label={t("medium")} value={medium} onChange={(e) => setMedium(e.currentTarget.value as Medium)} data={MEDIA.map((m) => ({ value: m, label: t(`medium.${m}`) }))} />
      </div>
      <Textarea label={t("description")} description={t("descriptionHint")} rows={3} value={description} onChange={(e) => setDescription(e.currentTarget.value)} />
    </Dialog>
  );
}
