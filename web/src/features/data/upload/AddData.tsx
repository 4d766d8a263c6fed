import { Button, NativeSelect, Tabs, TextInput, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../../api/client";
import { Dialog } from "../../../ui/Dialog";
import { moment } from "../../../ui/format";
import { Notice, sentenceOf } from "../../../ui/State";
import { useDataAction, type Dataset } from "../data";
import { dataTexts } from "../texts-data";
import { isUploadOver, startUpload, useUpload } from "./running";
import { pickedFrom, type Picked } from "./walk";

interface OpenUpload {
  id: string;
  files: number;
  created_at: string;
}

/** The ways in: from this computer, from a folder of the server or a bucket, by a list of addresses. */
export function AddData({ dataset, onClose }: { dataset: Dataset; onClose: () => void }) {
  const t = dataTexts.use();
  return (
    <Dialog open title={t("add")} onClose={onClose} size={640}>
      <Tabs defaultValue="upload" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="upload">{t("upload")}</Tabs.Tab>
          <Tabs.Tab value="server">{t("serverFolder")}</Tabs.Tab>
          <Tabs.Tab value="urls">{t("urlList")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="upload" pt={14}><FromComputer dataset={dataset.id} onClose={onClose} /></Tabs.Panel>
        <Tabs.Panel value="server" pt={14}><FromServer dataset={dataset.id} onClose={onClose} /></Tabs.Panel>
        <Tabs.Panel value="urls" pt={14}><FromUrls dataset={dataset.id} onClose={onClose} /></Tabs.Panel>
      </Tabs>
    </Dialog>
  );
}

/** Refresh the lists that an upload or an import changes. */
export function useRefreshData(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey: ["data"] });
}

/** An upload that was begun and not finished: it goes on with the same files. None while this window is sending. */
export function useUnfinished(dataset: string, enabled = true): OpenUpload | undefined {
  const sending = useUpload(dataset);
  const open = useQuery({
    queryKey: ["data", "uploads", dataset],
    enabled,
    queryFn: async () => (await api.get<{ items: OpenUpload[] }>(`/data/datasets/${dataset}/uploads`)).items,
  });
  return sending && !isUploadOver(sending.progress.phase) ? undefined : open.data?.find((one) => one.files > 0);
}

function FromComputer({ dataset, onClose }: { dataset: string; onClose: () => void }) {
  const t = dataTexts.use();
  const refresh = useRefreshData();
  const last = useUnfinished(dataset);
  const send = (picked: Picked[]) => {
    if (!picked.length) return;
    startUpload(dataset, picked, { upload: last?.id, onOver: refresh });
    onClose();
  };
  return (
    <div className="stack">
      <p className="muted">{t("uploadText")}</p>
      {last && <Notice tone="info">{t("pickAgain", { name: `${t("count", { count: last.files })}, ${moment(last.created_at)}` })}</Notice>}
      <div className="ways">
        <label className="file-button">
          {t("chooseFolder")}
          <input type="file" className="visually-hidden" multiple {...{ webkitdirectory: "" }} onChange={(e) => send(pickedFrom(e.currentTarget.files ?? []))} />
        </label>
        <label className="file-button">
          {t("chooseFiles")}
          <input type="file" className="visually-hidden" multiple onChange={(e) => send(pickedFrom(e.currentTarget.files ?? []))} />
        </label>
      </div>
      {last && (
        <div>
          <DropUpload id={last.id} />
        </div>
      )}
    </div>
  );
}

function DropUpload({ id }: { id: string }) {
  const t = dataTexts.use();
  const drop = useDataAction(() => api.delete(`/data/uploads/${id}`));
  return (
    <button type="button" className="text-button small" onClick={() => drop.mutate(undefined)}>
      {t("discardOld")}
    </button>
  );
}

function FromServer({ dataset, onClose }: { dataset: string; onClose: () => void }) {
  const t = dataTexts.use();
  const roots = useQuery({ queryKey: ["data", "roots", dataset], queryFn: async () => (await api.get<{ items: string[] }>(`/data/datasets/${dataset}/roots`)).items });
  const [chosen, setChosen] = useState("");
  const [path, setPath] = useState("");
  const root = chosen || roots.data?.[0] || "";
  const start = useDataAction(() => api.post(`/data/datasets/${dataset}/imports/folder`, { root, path: path.trim() }), onClose);
  if (roots.data?.length === 0) return <p className="muted">{t("noRoots")}</p>;
  return (
    <div className="stack">
      <NativeSelect label={t("place")} value={root} onChange={(e) => setChosen(e.currentTarget.value)} data={roots.data ?? []} />
      <TextInput label={t("folderPath")} description={t("folderHint")} value={path} onChange={(e) => setPath(e.currentTarget.value)} spellCheck={false} />
      {(roots.error ?? start.error) && <Notice tone="error">{sentenceOf(roots.error ?? start.error)}</Notice>}
      <div>
        <Button disabled={!root} loading={start.isPending} onClick={() => start.mutate(undefined)}>{t("startImport")}</Button>
      </div>
    </div>
  );
}

const LIST_KINDS: Record<string, string> = { csv: "csv", jsonl: "jsonl", ndjson: "jsonl", json: "json" };

function FromUrls({ dataset, onClose }: { dataset: string; onClose: () => void }) {
  const t = dataTexts.use();
  const refresh = useRefreshData();
  const [text, setText] = useState("");
  const [unknown, setUnknown] = useState(false);
  const urls = text.split(/\s+/).filter((line) => /^https?:\/\//i.test(line));
  const start = useDataAction(() => api.post(`/data/datasets/${dataset}/imports/urls`, { urls: urls.map((url) => ({ url })) }), onClose);
  return (
    <div className="stack">
      <Textarea label={t("urlFile")} description={t("urlHint")} rows={6} value={text} onChange={(e) => setText(e.currentTarget.value)} spellCheck={false} classNames={{ input: "mono" }} />
      {start.error && <Notice tone="error">{sentenceOf(start.error)}</Notice>}
      {unknown && <Notice tone="error">{t("listUnknown")}</Notice>}
      <div className="ways">
        <Button disabled={!urls.length} loading={start.isPending} onClick={() => start.mutate(undefined)}>{t("startUrls", { count: urls.length })}</Button>
        <label className="file-button">
          {t("urlPick")}
          <input
            type="file" accept=".csv,.json,.jsonl,.ndjson" className="visually-hidden"
            onChange={(e) => {
              const file = e.currentTarget.files?.[0];
              const listKind = file && LIST_KINDS[file.name.split(".").pop()?.toLowerCase() ?? ""];
              setUnknown(file !== undefined && !listKind);
              if (!file || !listKind) return;
              startUpload(dataset, [{ name: file.name, file }], { listKind, onOver: refresh });
              onClose();
            }}
          />
        </label>
      </div>
    </div>
  );
}
