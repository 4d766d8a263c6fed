import { Button, Menu, NativeSelect, TextInput, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDots, IconPhoto } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/client";
import { inLanguage } from "../../api/errors";
import { hasRole, useMe } from "../../api/me";
import { usePages } from "../../api/pages";
import { Dialog } from "../../ui/Dialog";
import { bytes, moment } from "../../ui/format";
import { JobProgress } from "../../ui/JobProgress";
import "../../ui/management";
import { Empty, Failure, Notice, Waiting, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { useProjects, type Added } from "../projects/projects";
import { useDataAction, type Dataset, type Item } from "./data";
import { ItemsGrid } from "./ItemsGrid";
import { dataTexts } from "./texts-data";
import { AddData, useRefreshData, useUnfinished } from "./upload/AddData";
import { ImportsDialog, RunningImport } from "./upload/Imports";
import { startUpload } from "./upload/running";
import { UploadCard } from "./upload/UploadCard";
import { pickedFromDrop } from "./upload/walk";
import "./data.css";

type Show = "all" | "doubtful" | "duplicates" | "trash";
const QUERIES: Record<Show, { status?: string; duplicates?: boolean; doubtful?: boolean }> = {
  all: {}, doubtful: { doubtful: true }, duplicates: { duplicates: true }, trash: { status: "trash" },
};

/** One dataset: its items as pictures, filtered, into the trash and back, into a project. */
export default function DatasetPage() {
  const t = dataTexts.use();
  const me = useMe();
  const { dataset: id } = useParams({ from: "/inside/shell/datasets/$dataset" });
  const dataset = useQuery({ queryKey: ["data", "dataset", id], queryFn: () => api.get<Dataset>(`/data/datasets/${id}`) });
  const [show, setShow] = useState<Show>("all");
  const [typed, setTyped] = useState("");
  const [name] = useDebouncedValue(typed, 250);
  const items = usePages<Item>(["data", "items", id], `/data/datasets/${id}/items`, { ...QUERIES[show], name, limit: 100 });
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const [open, setOpen] = useState<Item | null>(null);
  const may = hasRole(me, "manager", "client", "admin");
  const [adding, setAdding] = useState(false);
  const [over, setOver] = useState(false);
  const refresh = useRefreshData();
  // What was not finished before a reload goes on when the same folder is dropped again.
  const unfinished = useUnfinished(id, may);

  if (dataset.error) return <div className="page"><Failure error={dataset.error} again={() => void dataset.refetch()} /></div>;
  if (!dataset.data) return <Waiting />;
  const d = dataset.data;
  return (
    <div className="page fill">
      <div className="page-head">
        <h1>{d.name}</h1>
        <span className="muted">
          {t("count", { count: d.items })} · {bytes(d.bytes)}
        </span>
        <TextInput placeholder={t("searchItems")} aria-label={t("searchItems")} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} w={180} />
        <NativeSelect
          aria-label={t("show")} value={show} onChange={(e) => { setShow(e.currentTarget.value as Show); setChosen(new Set()); }}
          data={[{ value: "all", label: t("all") }, { value: "doubtful", label: t("onlyDoubtful") }, { value: "duplicates", label: t("onlyDuplicates") }, { value: "trash", label: t("trash") }]}
        />
        <div className="end">
          {may && <DatasetMenu dataset={d} />}
          {may && <Button onClick={() => setAdding(true)}>{t("add")}</Button>}
        </div>
      </div>
      <UploadCard dataset={id} />
      <RunningImport dataset={id} />
      {chosen.size > 0 && <Chosen dataset={id} ids={chosen} trash={show === "trash"} onDone={() => setChosen(new Set())} />}
      {items.error && <Failure error={items.error} again={() => void items.refetch()} />}
      <section
        className="card fill-card" style={{ position: "relative" }}
        onDragOver={(e) => {
          if (!may || !e.dataTransfer.types.includes("Files")) return;
          e.preventDefault();
          setOver(true);
        }}
        onDragLeave={(e) => e.currentTarget === e.target && setOver(false)}
        onDrop={(e) => {
          if (!may || !e.dataTransfer.types.includes("Files")) return;
          e.preventDefault();
          setOver(false);
          void pickedFromDrop(e.dataTransfer).then((picked) => picked.length && startUpload(id, picked, { upload: unfinished?.id, onOver: refresh }));
        }}
      >
        {over && <div className="drop-veil">{unfinished ? t("pickAgain", { name: `${t("count", { count: unfinished.files })}, ${moment(unfinished.created_at)}` }) : t("dropHere")}</div>}
        {items.isPending ? (
          <Waiting />
        ) : items.rows.length ? (
          <ItemsGrid items={items.rows} chosen={chosen} onChoose={setChosen} onOpen={setOpen} more={items.hasNextPage && !items.isFetchingNextPage} loadMore={() => void items.fetchNextPage()} />
        ) : (
          !items.error && <Empty icon={<IconPhoto size={40} stroke={1.25} />} action={may && show === "all" && !name && <Button onClick={() => setAdding(true)}>{t("add")}</Button>}>{show === "trash" ? t("emptyTrash") : show !== "all" || name ? t("emptyFilter") : t("emptyItems")}</Empty>
        )}
      </section>
      {adding && <AddData dataset={d} onClose={() => setAdding(false)} />}
      {open && <ItemDialog item={open} onClose={() => setOpen(null)} />}
    </div>
  );
}

function Chosen({ dataset, ids, trash, onDone }: { dataset: string; ids: ReadonlySet<string>; trash: boolean; onDone: () => void }) {
  const t = dataTexts.use();
  const move = useDataAction(
    ({ to, items }: { to: "trash" | "restore"; items: string[] }) => api.post<{ moved: number }>(`/data/datasets/${dataset}/items/${to}`, { items }),
    ({ moved }, { to, items }) => {
      toast(t(to === "trash" ? "trashed" : "restored", { count: moved }), () => move.mutate({ to: to === "trash" ? "restore" : "trash", items }));
      onDone();
    },
  );
  return (
    <div className="bulk" role="toolbar" aria-label={t("chosen", { count: ids.size })}>
      <b>{t("chosen", { count: ids.size })}</b>
      <Button variant="default" size="compact-sm" loading={move.isPending} onClick={() => move.mutate({ to: trash ? "restore" : "trash", items: [...ids] })}>
        {trash ? t("restore") : t("toTrash")}
      </Button>
      {move.error && <Notice tone="error">{sentenceOf(move.error)}</Notice>}
      <span className="grow" />
      <button type="button" className="text-button" onClick={onDone}>{t("clear")}</button>
    </div>
  );
}

function DatasetMenu({ dataset }: { dataset: Dataset }) {
  const t = dataTexts.use();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"edit" | "remove" | "project" | "imports" | null>(null);
  const close = () => setAsking(null);
  const [name, setName] = useState(dataset.name);
  const [description, setDescription] = useState(dataset.description);
  const edit = useDataAction(() => api.patch(`/data/datasets/${dataset.id}`, { name: name.trim(), description }, { headers: { "If-Match": `"${dataset.version}"` } }), close);
  const remove = useDataAction(() => api.delete(`/data/datasets/${dataset.id}`), () => {
    toast(t("removed"));
    void navigate({ to: "/datasets" });
  });
  return (
    <>
      <Button variant="default" onClick={() => setAsking("project")} disabled={dataset.items === 0}>{t("toProject")}</Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px={10} aria-label={t("edit")}><IconDots size={18} /></Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setAsking("imports")}>{t("imports")}</Menu.Item>
          <Menu.Item onClick={() => setAsking("edit")}>{t("edit")}</Menu.Item>
          <Menu.Item color="#A8321F" onClick={() => setAsking("remove")}>{t("remove")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Dialog open={asking === "edit"} title={t("edit")} onClose={close} action={t("save")} busy={edit.isPending} disabled={!name.trim()} error={edit.error} onAction={() => edit.mutate(undefined)}>
        <TextInput label={t("name")} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus maxLength={200} />
        <Textarea label={t("description")} description={t("descriptionHint")} rows={4} value={description} onChange={(e) => setDescription(e.currentTarget.value)} />
      </Dialog>
      <Dialog open={asking === "remove"} title={t("removeTitle", { name: dataset.name })} onClose={close} action={t("remove")} danger busy={remove.isPending} error={remove.error} onAction={() => remove.mutate(undefined)}>
        <p>{t("removeText")}</p>
      </Dialog>
      {asking === "imports" && <ImportsDialog dataset={dataset.id} onClose={close} />}
      {asking === "project" && <IntoProject dataset={dataset} onClose={close} />}
    </>
  );
}

function IntoProject({ dataset, onClose }: { dataset: Dataset; onClose: () => void }) {
  const t = dataTexts.use();
  const projects = useProjects();
  const open = projects.rows.filter((p) => p.state !== "done" && p.medium === dataset.medium);
  const [chosen, setChosen] = useState("");
  const project = chosen || open[0]?.id || "";
  const [job, setJob] = useState<string | null>(null);
  const put = useDataAction(
    () => api.post<Added>(`/projects/${project}/items`, { dataset: dataset.id }),
    ({ offered, job: started }) => {
      if (started) return setJob(started);
      toast(t("offered", { count: offered ?? 0 }));
      onClose();
    },
  );
  return (
    <Dialog open title={t("toProject")} onClose={onClose} action={job ? undefined : t("putIn")} busy={put.isPending} disabled={!project} error={put.error} onAction={() => put.mutate(undefined)}>
      {job && <JobProgress id={job} title={t("toProject")} />}
      {open.length ? (
        <NativeSelect label={t("whichProject")} value={project} onChange={(e) => setChosen(e.currentTarget.value)} data={open.map((p) => ({ value: p.id, label: p.name }))} />
      ) : (
        <p>{t("noProjects")}</p>
      )}
    </Dialog>
  );
}

function ItemDialog({ item, onClose }: { item: Item; onClose: () => void }) {
  const t = dataTexts.use();
  const media = item.media as { width?: number; height?: number; exif_orientation?: number };
  return (
    <Dialog open title={item.name} onClose={onClose} size={680}>
      {item.urls.preview && <img className="item-full" src={item.urls.preview} alt={item.name} />}
      <dl className="facts">
        {media.width !== undefined && media.height !== undefined && (
          <>
            <dt>{t("size")}</dt>
            <dd>
              {t("pixels", { w: media.width, h: media.height })} · {bytes(item.size)} · {item.mime}
              {(media.exif_orientation ?? 1) > 1 && ` · ${t("turned")}`}
            </dd>
          </>
        )}
        <dt>{t("fingerprint")}</dt>
        <dd className="mono">{item.sha256}</dd>
        <dt>{t("problems")}</dt>
        <dd>{item.problems.length ? item.problems.map((p) => <div key={p.code}>{inLanguage(p)}</div>) : t("noProblems")}</dd>
      </dl>
      {item.urls.full && (
        <a href={item.urls.full} target="_blank" rel="noreferrer">
          {t("full")}
        </a>
      )}
    </Dialog>
  );
}
