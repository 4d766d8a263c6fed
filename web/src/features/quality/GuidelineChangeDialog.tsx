import { NativeSelect, TextInput, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import "../../ui/forms";
import { toast } from "../../ui/toasts";
import type { GuidelineAnswer } from "../projects/projects";
import { headingsOf, type AskedQuestion } from "./repeated";
import { repeatedTexts } from "./texts-repeated";

/** Writes a paragraph into the guideline; the open ones of these questions are answered with it. */
export function GuidelineChangeDialog({ project, questions, onClose }: { project: string; questions: AskedQuestion[]; onClose: () => void }) {
  const t = repeatedTexts.use();
  const client = useQueryClient();
  const said = questions.find((q) => q.answer !== null)?.answer;
  const [paragraph, setParagraph] = useState(said ?? "");
  const [changed, setChanged] = useState("");
  const [heading, setHeading] = useState("");
  const saved = useQuery({ queryKey: ["projects", "guideline", project], queryFn: () => api.get<GuidelineAnswer>(`/projects/${project}/guideline`) });
  const guideline = saved.data?.guideline;
  const write = useMutation({
    mutationFn: () =>
      api.post<{ version: number }>(`/quality/projects/${project}/guideline-changes`, {
        questions: questions.map((q) => q.id), paragraph: paragraph.trim(), changed: changed.trim(), heading: heading || null, version: guideline?.version,
      }),
    onSuccess: async ({ version }) => {
      toast(t("saved", { version }));
      onClose();
      await Promise.all([["quality"], ["work", "questions"], ["projects", "guideline", project]].map((queryKey) => client.invalidateQueries({ queryKey })));
    },
  });
  const open = questions.filter((q) => q.answer === null).length;
  return (
    <Dialog
      open onClose={onClose} title={t("dialogTitle")} size={620} action={t("save")} busy={write.isPending} error={write.error ?? saved.error}
      disabled={!guideline || !paragraph.trim() || !changed.trim()} onAction={() => write.mutate()}
    >
      <div className="stack">
        <ul className="muted small">{questions.slice(0, 6).map((q) => <li key={q.id}>{q.text}</li>)}</ul>
        <Textarea label={t("paragraph")} rows={3} maxLength={4000} value={paragraph} onChange={(e) => setParagraph(e.currentTarget.value)} />
        <NativeSelect label={t("where")} value={heading} onChange={(e) => setHeading(e.currentTarget.value)} data={[{ value: "", label: t("end") }, ...headingsOf(guideline?.markdown ?? "").map((h) => ({ value: h, label: h }))]} />
        <TextInput label={t("changed")} maxLength={500} value={changed} onChange={(e) => setChanged(e.currentTarget.value)} />
        {open > 0 && <p className="muted small">{t("answers", { count: open })}</p>}
      </div>
    </Dialog>
  );
}
