import { Button } from "@mantine/core";
import { usePages } from "../../api/pages";
import type { Job } from "../../api/jobs";
import { moment } from "../../ui/format";
import { JobProgress } from "../../ui/JobProgress";
import { Empty, Failure, Waiting } from "../../ui/State";
import { uiTexts } from "../../ui/ui-texts";
import { adminTexts } from "./texts-admin";

type Kind = "job.import" | "job.items" | "job.marks" | "job.release" | "job.export" | "job.webhook" | "job.quality" | "job.vault" | "job.backup" | "job.check" | "job.trail";
/** What the kinds of background work are called. */
const KINDS: Record<string, Kind> = {
  "data.import": "job.import", "projects.items": "job.items", "work.import": "job.marks", "releases.make": "job.release", "releases.export": "job.export",
  "webhook.deliver": "job.webhook", "vault.reencrypt": "job.vault", "platform.backup": "job.backup", "platform.check_backup": "job.check", "platform.verify_trail": "job.trail",
};
const QUALITY = /^quality\./;
const kindOf = (kind: string): Kind | undefined => KINDS[kind] ?? (QUALITY.test(kind) ? "job.quality" : undefined);

/** Background work that one may see, newest first. */
export function JobsTab() {
  const t = adminTexts.use();
  const jobs = usePages<Job>(["jobs"], "/jobs", { limit: 30 });
  const ui = uiTexts.use();
  const titled = (kind: string) => {
    const known = kindOf(kind);
    return known ? t(known) : kind;
  };
  if (jobs.isPending) return <Waiting />;
  if (jobs.error) return <Failure error={jobs.error} again={() => void jobs.refetch()} />;
  return (
    <section className="card fill-card" style={{ overflow: "auto" }}>
      {jobs.rows.length === 0 && <Empty>{t("jobsEmpty")}</Empty>}
      {jobs.rows.map((job) => (
        <div key={job.id} className="list-line">
          <JobProgress id={job.id} known={job} title={`${titled(job.kind)} · ${moment(job.created_at)}`} />
        </div>
      ))}
      {jobs.hasNextPage && (
        <div className="list-line">
          <Button variant="default" loading={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>{ui("more")}</Button>
        </div>
      )}
    </section>
  );
}
