import { Textarea } from "@mantine/core";
import { useState } from "react";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../ui/toasts";
import { useAppeal } from "./appeals";
import { appealTexts } from "./texts-appeals";

/** Asks why the rejected answer is right, and sends the appeal. */
export function AppealDialog({ submission, onClose }: { submission: string | null; onClose: () => void }) {
  const t = appealTexts.use();
  const [text, setText] = useState("");
  const appeal = useAppeal(() => {
    toast(t("sent"));
    setText("");
    onClose();
  });
  return (
    <Dialog
      open={submission !== null} onClose={onClose} title={t("dialogTitle")} action={t("send")} busy={appeal.isPending} error={appeal.error}
      onAction={() => submission && appeal.mutate({ submission, text: text.trim() })}
    >
      <p>{t("dialogText")}</p>
      <Textarea label={t("why")} rows={3} maxLength={1000} value={text} onChange={(e) => setText(e.currentTarget.value)} />
    </Dialog>
  );
}
