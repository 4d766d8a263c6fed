import { Button, Loader } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiError, LineError } from "../api/errors";
import { shellTexts } from "../app/shell-texts";

export type Tone = "ok" | "warn" | "error" | "info";

const NOTICE_ICON = { ok: IconCircleCheck, warn: IconAlertTriangle, error: IconAlertTriangle, info: IconInfoCircle };

/** One sentence about a state, with an icon and perhaps a way out at its end. */
export function Notice({ tone, children, end }: { tone: Tone; children: ReactNode; end?: ReactNode }) {
  const Icon = NOTICE_ICON[tone];
  return (
    <div className={`notice ${tone}`} role={tone === "error" ? "alert" : "status"}>
      <Icon size={18} stroke={1.75} aria-hidden />
      <div>{children}</div>
      {end && <div className="end">{end}</div>}
    </div>
  );
}

/** A state in one or two words. */
export function Tag({ tone, children }: { tone?: Tone; children: ReactNode }) {
  return <span className={tone ? `tag ${tone}` : "tag"}>{children}</span>;
}

/** An empty page: one sentence that says what to do first, and one button. */
export function Empty({ icon, children, action }: { icon?: ReactNode; children: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      {icon}
      <div>{children}</div>
      {action}
    </div>
  );
}

/** Shown only when something takes longer than a moment. */
export function Waiting() {
  const t = shellTexts.use();
  return (
    <div className="waiting" role="status" aria-label={t("loading")}>
      <Loader size="sm" type="dots" />
    </div>
  );
}

/** The sentence of an error, in the language now spoken. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) return error.sentence;
  if (error instanceof LineError) return shellTexts.say("lineDown");
  // A lazily loaded file that is gone: the server was updated while this page stayed open.
  if (error instanceof TypeError && /module|import|fetch/i.test(error.message)) return shellTexts.say("staleBuild");
  return error instanceof Error ? error.message : String(error);
}

/** What went wrong and the button that tries again. */
export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const t = shellTexts.use();
  const button = again && (
    <Button variant="default" size="compact-sm" onClick={again}>
      {t("again")}
    </Button>
  );
  return (
    <Notice tone="error" end={button}>
      {sentenceOf(error)}
    </Notice>
  );
}
