import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import { inLanguage } from "../api/errors";
import { isOver, useJob, useJobControl, type Job } from "../api/jobs";
import { useMe } from "../api/me";
import { count } from "./format";
import { Failure, Notice, Tag, type Tone } from "./State";
import { duration, uiTexts } from "./ui-texts";
import { shownHere, unwatch, watch } from "./watched-jobs";

const TONE: Partial<Record<Job["state"], Tone>> = { done: "ok", failed: "error", running: "info" };

/** Long work: bar with count, rate and time left; it can be stopped and goes on from where it was. */
export function JobProgress({ id, title, known, onOver }: { id: string; title?: string; known?: Job; onOver?: (job: Job) => void }) {
  const t = uiTexts.use();
  const { data: job, error, refetch } = useJob(id, known);
  const { cancel, resume } = useJobControl(id);
  const me = useMe();
  const told = useRef(false);
  useEffect(() => shownHere(id), [id]);
  // Who began it may leave: it is remembered until it is over, here or somewhere else.
  const [mine, over] = [job?.owner === me.id, job ? isOver(job.state) : false];
  useEffect(() => {
    if (!mine) return;
    if (over) unwatch(me.id, id);
    else watch(me.id, { id, title: title ?? id, path: window.location.pathname + window.location.search });
  }, [mine, over, me.id, id, title]);
  useEffect(() => {
    if (job && isOver(job.state) && !told.current) {
      told.current = true;
      onOver?.(job);
    }
    if (job && !isOver(job.state)) told.current = false;
  }, [job, onOver]);

  if (error) return <Failure error={error} again={() => void refetch()} />;
  if (!job) return null;
  const share = job.total ? Math.min(1, job.done / job.total) : job.state === "done" ? 1 : 0;
  return (
    <div className="job" role="group" aria-label={title}>
      <div className="job-line">
        {title && <b>{title}</b>}
        <Tag tone={TONE[job.state]}>{t(`job.${job.state}`)}</Tag>
        <span>{job.total !== null ? t("job.of", { done: count(job.done), total: count(job.total) }) : count(job.done)}</span>
        {job.rate !== null && <span>{t("job.rate", { rate: count(Math.round(job.rate * 10) / 10) })}</span>}
        {job.seconds_left !== null && <span>{t("job.left", { time: duration(job.seconds_left) })}</span>}
        <span>{inLanguage(job.message)}</span>
        <span className="end">
          {!isOver(job.state) && (
            <Button variant="default" size="compact-sm" loading={cancel.isPending} onClick={() => cancel.mutate()}>
              {t("job.cancel")}
            </Button>
          )}
          {(job.state === "failed" || job.state === "cancelled") && (
            <Button variant="default" size="compact-sm" loading={resume.isPending} onClick={() => resume.mutate()}>
              {t("job.resume")}
            </Button>
          )}
        </span>
      </div>
      <div
        className="progress" role="progressbar" aria-label={title ?? t(`job.${job.state}`)}
        aria-valuemin={0} aria-valuemax={job.total ?? undefined} aria-valuenow={job.done}
      >
        <i style={{ width: `${share * 100}%` }} />
      </div>
      {!isOver(job.state) && <span className="muted small">{t("job.leave")}</span>}
      {job.error && <Notice tone="error">{inLanguage(job.error)}</Notice>}
    </div>
  );
}
