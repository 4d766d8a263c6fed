import { Button, NativeSelect } from "@mantine/core";
import { useEffect, useState } from "react";
import { address, api } from "../../api/client";
import { inLanguage } from "../../api/errors";
import { i18next } from "../../app/i18n";
import { Dialog } from "../../ui/Dialog";
import { bytes, count, moment } from "../../ui/format";
import { Failure, Notice, Tag, sentenceOf, type Tone } from "../../ui/State";
import { useExports, useFormats, useReleaseAction, type Export, type FormatInfo, type Release } from "./releases";
import { releaseTexts } from "./texts-releases";

const TONES: Record<Export["state"], Tone> = { queued: "info", ready: "ok", refused: "warn", failed: "error" };

/** A release in any format of the library; what a format cannot hold is said before anything is lost. */
export function Exports({ release }: { release: Release }) {
  const t = releaseTexts.use();
  const formats = useFormats();
  const exports = useExports(release.id);
  const [format, setFormat] = useState("coco");
  const [looking, setLooking] = useState<Export | null>(null);
  const [asked, setAsked] = useState<string | null>(null);
  const ask = useReleaseAction((wanted: { format: string; allow_loss: string[] }) => api.post<{ id: string }>(`/releases/${release.id}/exports`, wanted), ({ id }) => {
    setLooking(null);
    setAsked(id);
  });
  // What would be lost is shown as soon as it is known: nothing is written before somebody has agreed to it.
  const refused = exports.data?.find((e) => e.id === asked && e.state === "refused");
  useEffect(() => {
    if (!refused) return;
    setAsked(null);
    setLooking(refused);
  }, [refused]);
  const title = (name: string) => titleOf(formats.data?.find((f) => f.name === name), name);
  const writable = formats.data?.filter((f) => f.writes) ?? [];
  return (
    <>
      <div className="toolbar">
        <NativeSelect label={t("format")} value={format} onChange={(e) => setFormat(e.currentTarget.value)} data={writable.map((f) => ({ value: f.name, label: titleOf(f, f.name) }))} w={300} />
        <Button variant="default" loading={ask.isPending && looking === null} disabled={!writable.length} onClick={() => ask.mutate({ format, allow_loss: [] })}>
          {t("makeExport")}
        </Button>
        <span className="muted small">{t("formatsText")}</span>
      </div>
      {ask.error && looking === null && <Notice tone="error">{sentenceOf(ask.error)}</Notice>}
      {(formats.error ?? exports.error) && <Failure error={formats.error ?? exports.error} again={() => void exports.refetch()} />}
      <b className="small">{t("exports")}</b>
      {exports.data?.length === 0 && <span className="muted small">{t("noExports")}</span>}
      {exports.data?.map((e) => (
        <div key={e.id} className="row export-row">
          <span className="grow">
            {title(e.format)} <Tag tone={TONES[e.state]}>{t(`export.${e.state}`)}</Tag>
            <span className="muted small"> {moment(e.created_at)}</span>
          </span>
          {e.state === "ready" && <span className="muted small">{bytes(e.size)}</span>}
          {(e.state === "refused" || (e.report?.losses?.length ?? 0) > 0) && (
            <Button variant="default" size="compact-sm" onClick={() => setLooking(e)}>{t("lossSome")}</Button>
          )}
          {e.state === "failed" && e.problem && <span className="small" style={{ color: "var(--error)" }}>{inLanguage(e.problem)}</span>}
          {e.state === "ready" && (
            <Button component="a" href={address(`/releases/exports/${e.id}/file`)} download={e.name} variant="default" size="compact-sm">
              {t("get")}
            </Button>
          )}
        </div>
      ))}
      <b className="small">{t("files")}</b>
      <div className="row wrap">
        {FILES.map((name) => (
          <a key={name} href={address(`/releases/${release.id}/files/${name}`)} download={name} className="mono">
            {name}
          </a>
        ))}
      </div>
      {looking && (
        <LossDialog
          made={looking} title={title(looking.format)} busy={ask.isPending} error={ask.error} onClose={() => setLooking(null)}
          onAllow={() => ask.mutate({ format: looking.format, allow_loss: [...new Set([...looking.allow_loss, ...(looking.problem?.codes ?? [])])] })}
        />
      )}
    </>
  );
}

const FILES = ["data.parquet", "data.jsonl", "index.jsonl", "schema.json", "card.json", "card.md", "manifest.json"];

function titleOf(format: FormatInfo | undefined, name: string): string {
  if (!format) return name;
  return i18next.language.startsWith("zh") ? format.zh : format.en;
}

function LossDialog({ made, title, busy, error, onClose, onAllow }: { made: Export; title: string; busy: boolean; error: unknown; onClose: () => void; onAllow: () => void }) {
  const t = releaseTexts.use();
  const refused = made.state === "refused";
  const losses = made.report?.losses ?? [];
  return (
    <Dialog open title={refused ? t("lossTitle") : t("lossSome")} onClose={onClose} size={680} action={refused ? t("lossGo") : undefined} danger={refused} busy={busy} error={error} onAction={onAllow}>
      {refused && <p>{t("lossText", { format: title })}</p>}
      {losses.length === 0 && <p className="muted">{refused ? inLanguage(made.problem) : t("lossNone")}</p>}
      {losses.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{t("lossWhat")}</th>
              <th className="number">{t("lossCount")}</th>
              <th>{t("lossExamples")}</th>
            </tr>
          </thead>
          <tbody>
            {losses.map((l, i) => (
              <tr key={i}>
                <td>
                  {inLanguage(l)}
                  {l.source && l.target && <span className="muted small"> {l.source} → {l.target}</span>}
                </td>
                <td className="number">{count(l.count)}</td>
                <td className="muted small">{l.examples?.slice(0, 2).join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Dialog>
  );
}
