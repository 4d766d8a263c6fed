import { Button } from "@mantine/core";
import { bytes, count } from "../../../ui/format";
import { Notice, Tag, sentenceOf } from "../../../ui/State";
import { duration, uiTexts } from "../../../ui/ui-texts";
import { inLanguage } from "../../../api/errors";
import { dataTexts } from "../texts-data";
import { forgetUpload, useUpload } from "./running";

/** What is being sent: count, bytes, rate, time left; pause, go on, give up. */
export function UploadCard({ dataset }: { dataset: string }) {
  const t = dataTexts.use();
  const ui = uiTexts.use();
  const running = useUpload(dataset);
  if (!running || running.progress.phase === "dropped" || running.progress.phase === "done") return null;
  const { upload, progress: p } = running;
  const share = p.bytes ? Math.min(1, p.bytesDone / p.bytes) : 0;
  const left = p.speed ? (p.bytes - p.bytesDone) / p.speed : null;
  return (
    <section className="card card-pad job" role="group" aria-label={t("upload")}>
      <div className="job-line">
        <b>{t("sending", { done: count(p.filesDone), total: count(p.files) })}</b>
        <span>
          {bytes(p.bytesDone)} / {bytes(p.bytes)}
        </span>
        {p.speed !== null && <span>{t("sendSpeed", { speed: bytes(p.speed) })}</span>}
        {left !== null && <span>{t("sendLeft", { time: duration(left) })}</span>}
        {p.phase === "waiting" && <Tag tone="warn">{t("sendWait")}</Tag>}
        {p.phase === "paused" && <Tag>{t("sendPaused")}</Tag>}
        <span className="end row">
          {p.phase === "failed" ? (
            <Button variant="default" size="compact-sm" onClick={() => forgetUpload(dataset)}>{ui("close")}</Button>
          ) : (
            <>
              {p.phase === "paused" ? (
                <Button variant="default" size="compact-sm" onClick={() => upload.resume()}>{t("resume")}</Button>
              ) : (
                <Button variant="default" size="compact-sm" onClick={() => upload.pause()}>{t("pause")}</Button>
              )}
              <Button variant="default" size="compact-sm" onClick={() => void upload.drop()}>{t("discard")}</Button>
            </>
          )}
        </span>
      </div>
      <div className="progress" role="progressbar" aria-label={t("upload")} aria-valuemin={0} aria-valuemax={p.bytes} aria-valuenow={p.bytesDone}>
        <i style={{ width: `${share * 100}%` }} />
      </div>
      {p.phase === "failed" && <Notice tone="error">{sentenceOf(p.error)} {t("failedKeeps")}</Notice>}
      {p.refused.length > 0 && (
        <details>
          <summary>{t("problemsTitle", { count: p.refused.length })}</summary>
          {p.refused.slice(0, 100).map((r) => (
            <div key={r.name} className="small">
              <span className="mono">{r.name}</span> {inLanguage(r)}
            </div>
          ))}
        </details>
      )}
    </section>
  );
}
