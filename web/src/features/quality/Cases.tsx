import { Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { hasRole, useMe } from "../../api/me";
import { i18next } from "../../app/i18n";
import { DataTable } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { moment } from "../../ui/format";
import { Notice, sentenceOf } from "../../ui/State";
import { casesQuery, type Case } from "./agreement";
import { agreementTexts } from "./texts-agreement";

/** What somebody should look at and talk about, and what came of it; a step needs its reason. */
export function Cases({ project }: { project: string }) {
  const t = agreementTexts.use();
  const me = useMe();
  const client = useQueryClient();
  const manages = hasRole(me, "lead", "manager", "trainer", "admin");
  const found = useQuery(casesQuery(project, manages));
  const [step, setStep] = useState<Case | null>(null);
  const decide = useMutation({
    mutationFn: ({ id, state, note }: { id: string; state: "talked" | "harmless" | "followed"; note?: string }) => api.post(`/quality/cases/${id}`, { state, note: note ?? "" }),
    onSuccess: async () => {
      setStep(null);
      await client.invalidateQueries({ queryKey: ["quality", "cases", project] });
    },
  });
  if (!manages || !found.data || found.data.length === 0) return null;
  const chinese = i18next.language.startsWith("zh");
  return (
    <section className="card">
      <div className="card-head"><h2>{t("cases")}</h2></div>
      <p className="muted small card-body">{t("casesText")}</p>
      {decide.error && !step && <Notice tone="error">{sentenceOf(decide.error)}</Notice>}
      <DataTable
        label={t("cases")} rows={found.data} keyOf={(c) => c.id}
        columns={[
          { key: "who", head: t("who"), cell: (c) => [c.first_name, c.second_name].filter(Boolean).join(" · ") },
          { key: "what", head: t("what"), cell: (c) => (chinese ? c.zh : c.en) },
          { key: "when", head: t("when"), cell: (c) => moment(c.at) },
          {
            key: "do", head: "", className: "end",
            cell: (c) => (
              <>
                <button type="button" className="text-button" onClick={() => decide.mutate({ id: c.id, state: "talked" })}>{t("talked")}</button>
                <button type="button" className="text-button" onClick={() => decide.mutate({ id: c.id, state: "harmless" })}>{t("harmless")}</button>
                <button type="button" className="text-button" onClick={() => setStep(c)}>{t("follow")}</button>
              </>
            ),
          },
        ]}
      />
      {step && <Step busy={decide.isPending} error={decide.error} onClose={() => setStep(null)} onSend={(note) => decide.mutate({ id: step.id, state: "followed", note })} />}
    </section>
  );
}

function Step({ busy, error, onClose, onSend }: { busy: boolean; error: unknown; onClose: () => void; onSend: (note: string) => void }) {
  const t = agreementTexts.use();
  const [note, setNote] = useState("");
  return (
    <Dialog open title={t("follow")} onClose={onClose} action={t("followDone")} busy={busy} error={error} disabled={!note.trim()} onAction={() => onSend(note)}>
      <Textarea label={t("followWhy")} description={t("followText")} autosize minRows={3} maxLength={1000} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
    </Dialog>
  );
}
