import { Button, Modal } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { Notice, sentenceOf } from "./State";
import { uiTexts } from "./ui-texts";
import "./management";
import "./dialog.css";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** Text of the main button; without it the dialog only closes. */
  action?: string;
  onAction?: () => void;
  busy?: boolean;
  danger?: boolean;
  disabled?: boolean;
  error?: unknown;
  size?: number;
  /** More buttons, left of the main one. */
  extra?: ReactNode;
}

/** A dialog at most 560 px high: the middle scrolls, the buttons stay in view, Enter does the main thing. */
export function Dialog(props: DialogProps) {
  const t = uiTexts.use();
  function submit(event: FormEvent) {
    event.preventDefault();
    // Portals bubble React events: only this dialog's own form counts.
    event.stopPropagation();
    if (!props.busy && !props.disabled) props.onAction?.();
  }
  return (
    <Modal
      opened={props.open} onClose={props.onClose} title={props.title} size={props.size ?? 520}
      closeButtonProps={{ "aria-label": t("close") }} classNames={{ content: "dialog", body: "dialog-body", header: "dialog-head" }}
    >
      <form onSubmit={submit} noValidate className="dialog-form">
        <div className="dialog-middle">
          {props.children}
          {props.error != null && <Notice tone="error">{sentenceOf(props.error)}</Notice>}
        </div>
        <div className="dialog-foot">
          {props.extra}
          <Button variant="default" onClick={props.onClose}>
            {props.action ? t("cancel") : t("close")}
          </Button>
          {props.action && (
            <Button type="submit" loading={props.busy} disabled={props.disabled} color={props.danger ? "#A8321F" : undefined}>
              {props.action}
            </Button>
          )}
        </div>
      </form>
    </Modal>
  );
}
