import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { ApiError } from "../../api/errors";
import { Notice, sentenceOf } from "../../ui/State";
import { projectTexts } from "./texts-projects";

interface Props {
  dirty: boolean;
  busy: boolean;
  disabled?: boolean;
  error: unknown;
  onSave: () => void;
  onDiscard: () => void;
  /** Save over what somebody else saved meanwhile. */
  onOverwrite: () => void;
  children?: ReactNode;
}

/** Whether the server refused because somebody else saved first, and which version that was. */
export function newerVersion(error: unknown): number | null {
  if (!(error instanceof ApiError) || error.code !== "changed_meanwhile") return null;
  const { current } = error.problem as { current?: unknown };
  return typeof current === "number" ? current : 0;
}

/** Save and discard, and what to do when somebody else saved first. */
export function SaveBar({ dirty, busy, disabled, error, onSave, onDiscard, onOverwrite, children }: Props) {
  const t = projectTexts.use();
  const newer = newerVersion(error);
  return (
    <>
      {newer !== null && (
        <Notice
          tone="warn"
          end={
            <span className="row">
              <Button variant="default" size="compact-sm" onClick={onDiscard}>{t("takeNewer")}</Button>
              <Button variant="default" size="compact-sm" onClick={onOverwrite}>{t("overwrite")}</Button>
            </span>
          }
        >
          <b>{t("newerTitle")}</b> {t("newerText", { version: newer })}
        </Notice>
      )}
      {error != null && newer === null && <Notice tone="error">{sentenceOf(error)}</Notice>}
      <div className="savebar">
        {children}
        <span className="grow" />
        {dirty && <span className="muted small" role="status">{t("unsaved")}</span>}
        {dirty && <Button variant="default" onClick={onDiscard}>{t("discard")}</Button>}
        <Button onClick={onSave} loading={busy} disabled={!dirty || disabled}>{t("save")}</Button>
      </div>
    </>
  );
}
