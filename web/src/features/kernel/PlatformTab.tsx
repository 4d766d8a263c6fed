import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { usePages } from "../../api/pages";
import type { Schemas } from "../../api/types";
import { DataTable, type Column } from "../../ui/DataTable";
import { bytes, count, moment } from "../../ui/format";
import { JobProgress } from "../../ui/JobProgress";
import { Empty, Failure, Notice, Tag, Waiting } from "../../ui/State";
import { duration, uiTexts } from "../../ui/ui-texts";
import { adminTexts } from "./texts-admin";

type Platform = Schemas["PlatformOut"];
type Backup = Schemas["BackupOut"];
type Reason = "nightly" | "before-migration" | "manual";
/** A worker that is there takes up waiting work within seconds. */
const LATE_SECONDS = 120;

/** The installation itself: room, waiting work, the trail, and backups that can be made and checked here. */
export function PlatformTab() {
  const t = adminTexts.use();
  const ui = uiTexts.use();
  const client = useQueryClient();
  const platform = useQuery({ queryKey: ["platform"], queryFn: () => api.get<Platform>("/platform"), refetchInterval: 15_000 });
  const backups = usePages<Backup>(["backups"], "/platform/backups", { limit: 50 });
  const [job, setJob] = useState<{ id: string; title: string } | null>(null);
  const make = useMutation({
    mutationFn: () => api.post<Schemas["JobStarted"]>("/platform/backups"),
    onSuccess: (made) => setJob({ id: made.job, title: t("backupMaking") }),
  });
  const check = useMutation({
    mutationFn: (name: string) => api.post<Schemas["JobStarted"]>(`/platform/backups/${name}/check`),
    onSuccess: (made, name) => setJob({ id: made.job, title: t("backupChecking", { name }) }),
  });
  const verify = useMutation({
    mutationFn: () => api.post<Schemas["JobStarted"]>("/platform/trail/verify"),
    onSuccess: (made) => setJob({ id: made.job, title: t("trailChecking") }),
  });
  const refresh = () => void client.invalidateQueries({ queryKey: ["backups"] }).then(() => client.invalidateQueries({ queryKey: ["platform"] }));
  const columns: Column<Backup>[] = [
    { key: "at", head: t("at"), width: 120, cell: (row) => moment(row.made_at) },
    { key: "reason", head: t("backupWhy"), cell: (row) => t(`backup.${row.reason as Reason}`) },
    { key: "size", head: t("backupDatabase"), className: "number", cell: (row) => bytes(row.database_bytes) },
    { key: "files", head: t("backupFiles"), cell: (row) => (row.files === "s3" ? t("filesInBucket") : t("filesOf", { count: row.file_count, size: bytes(row.file_bytes) })) },
    { key: "version", head: t("version"), cell: (row) => row.version },
    { key: "do", head: "", className: "end", cell: (row) => <button type="button" className="text-button" onClick={() => check.mutate(row.name)}>{t("backupCheck")}</button> },
  ];
  const failed = make.error ?? check.error ?? verify.error;
  return (
    <div className="stack" style={{ overflow: "auto" }}>
      {platform.error && <Failure error={platform.error} again={() => void platform.refetch()} />}
      {platform.isPending && <Waiting />}
      {platform.data && <Facts platform={platform.data} verify={() => verify.mutate()} busy={verify.isPending} />}
      {failed && <Failure error={failed} />}
      {job && (
        <section className="card card-pad">
          <JobProgress key={job.id} id={job.id} title={job.title} onOver={refresh} />
        </section>
      )}
      <section className="card">
        <div className="card-head">
          <h2>{t("backups")}</h2>
          <span className="end">
            <Button loading={make.isPending} onClick={() => make.mutate()}>{t("backupMake")}</Button>
          </span>
        </div>
        <p className="muted small card-body">{t("backupText")} {platform.data && t("backupWhere", { folder: platform.data.backup_dir })}</p>
        {platform.data && !platform.data.nightly && <div className="card-body"><Notice tone="warn">{t("nightlyOff")}</Notice></div>}
        {backups.error && <Failure error={backups.error} again={() => void backups.refetch()} />}
        {backups.isPending ? <Waiting /> : backups.rows.length > 0 ? <DataTable columns={columns} rows={backups.rows} keyOf={(row) => row.name} label={t("backups")} /> : !backups.error && <Empty>{t("backupsEmpty")}</Empty>}
        {backups.hasNextPage && (
          <div className="card-body">
            <Button variant="default" loading={backups.isFetchingNextPage} onClick={() => void backups.fetchNextPage()}>{ui("more")}</Button>
          </div>
        )}
      </section>
    </div>
  );
}

function Facts({ platform: p, verify, busy }: { platform: Platform; verify: () => void; busy: boolean }) {
  const t = adminTexts.use();
  const late = p.oldest_wait_s > LATE_SECONDS;
  return (
    <section className="card card-pad stack">
      {p.disk_low && <Notice tone="error">{t("diskLow")}</Notice>}
      {late && <Notice tone="error">{t("workerLate", { time: duration(p.oldest_wait_s) })}</Notice>}
      <dl className="facts">
        <dt>{t("version")}</dt>
        <dd>{p.version} · {p.database} · {bytes(p.database_bytes)}</dd>
        <dt>{t("disk")}</dt>
        <dd>{t("diskOf", { free: bytes(p.disk_free), total: bytes(p.disk_total) })} <Tag tone={p.disk_low ? "error" : "ok"}>{p.disk_low ? t("tight") : t("fine")}</Tag></dd>
        <dt>{t("files")}</dt>
        <dd>{t("filesOf", { count: p.files, size: bytes(p.file_bytes) })} · {p.store === "s3" ? "S3" : t("folder")}</dd>
        <dt>{t("waitingWork")}</dt>
        <dd>{count(p.waiting_jobs)} <Tag tone={late ? "error" : "ok"}>{late ? t("tight") : t("fine")}</Tag></dd>
        <dt>{t("audit")}</dt>
        <dd className="row wrap">
          <span>{p.sealed_at ? t("sealed", { date: moment(p.sealed_at), count: p.unsealed }) : t("sealedNever")}</span>
          <Button variant="default" size="compact-sm" loading={busy} onClick={verify}>{t("trailVerify")}</Button>
        </dd>
        <dt>{t("vaultKey")}</dt>
        <dd><span className="mono">{p.vault_key}</span> <span className="muted small">{t("vaultKeyText")}</span></dd>
      </dl>
    </section>
  );
}
