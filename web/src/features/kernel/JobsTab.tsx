import { usePages } from "../../api/pages";
import type { Job } from "../../api/jobs";
import { moment } from "../../ui/format";
import { JobProgress } from "../../ui/JobProgress";
import { Empty, Failure, Waiting } from "../../ui/State";
import { adminTexts } from "./texts-admin";

/** Background work that one may see, newest first. */
export function JobsTab() {
  const t = adminTexts.use();
  const jobs = usePages<Job>(["jobs"], "/jobs", { limit: 30 });
  if (jobs.isPending) return <Waiting />;
  if (jobs.error) return <Failure error={jobs.error} again={() => void jobs.refetch()} />;
  return (
    <section className="card fill-card" style={{ overflow: "auto" }}>
      {jobs.rows.length === 0 && <Empty>{t("jobsEmpty")}</Empty>}
      {jobs.rows.map((job) => (
        <div key={job.id} className="list-line">
          <JobProgress id={job.id} known={job} title={`${job.kind} · ${moment(job.created_at)}`} />
        </div>
      ))}
    </section>
  );
}
