import { Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, request } from "../../api/client";
import { ApiError } from "../../api/errors";
import { useMe } from "../../api/me";
import { Dialog } from "../../ui/Dialog";
import { Notice, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { meTexts } from "./texts-me";

async function download(): Promise<void> {
  const url = URL.createObjectURL(await (await request("POST", "/people/my-data", {})).blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = "my-data.zip";
  link.click();
  URL.revokeObjectURL(url);
}

/** One's own data: a whole copy, identity erased, account closed. */
export function MyData() {
  const t = meTexts.use();
  const [asking, setAsking] = useState<"identity" | "account" | null>(null);
  const copy = useMutation({ mutationFn: () => download(), onSuccess: () => toast(t("copyDone")) });
  return (
    <section className="card card-pad stack">
      <h2>{t("myData")}</h2>
      <p className="muted small">{t("myDataText")}</p>
      {copy.error && <Notice tone="error">{sentenceOf(copy.error)}</Notice>}
      <div className="row wrap">
        <Button variant="default" size="compact-md" loading={copy.isPending} onClick={() => copy.mutate()}>{t("copy")}</Button>
        <Button variant="default" size="compact-md" onClick={() => setAsking("identity")}>{t("eraseIdentity")}</Button>
        <Button variant="default" size="compact-md" onClick={() => setAsking("account")}>{t("closeAccount")}</Button>
      </div>
      {asking === "identity" && <EraseIdentity onClose={() => setAsking(null)} />}
      {asking === "account" && <CloseAccount onClose={() => setAsking(null)} />}
    </section>
  );
}

function EraseIdentity({ onClose }: { onClose: () => void }) {
  const t = meTexts.use();
  const me = useMe();
  const client = useQueryClient();
  const erase = useMutation({
    mutationFn: () => api.delete<{ stays: string[] }>(`/people/persons/${me.id}/identity`),
    onSuccess: async ({ stays }) => {
      toast(stays.length ? t("erasedButPhone") : t("erased"));
      onClose();
      await client.invalidateQueries({ queryKey: ["people"] });
    },
  });
  return (
    <Dialog open title={t("eraseIdentity")} onClose={onClose} action={t("eraseGo")} danger busy={erase.isPending} error={erase.error} onAction={() => erase.mutate()}>
      <p>{t("eraseText")}</p>
    </Dialog>
  );
}

function CloseAccount({ onClose }: { onClose: () => void }) {
  const t = meTexts.use();
  const [password, setPassword] = useState("");
  const close = useMutation({
    mutationFn: () => api.post("/people/my-account/erase", { password }),
    // Everything in this window was hers: start from the door, with nothing in memory.
    onSuccess: () => window.location.assign("/"),
  });
  const field = close.error instanceof ApiError ? close.error.forField("password") : null;
  return (
    <Dialog
      open title={t("closeAccount")} onClose={onClose} action={t("closeGo")} danger disabled={!password} busy={close.isPending}
      error={field ? null : close.error} onAction={() => close.mutate()}
    >
      <p>{t("closeText")}</p>
      <PasswordInput label={t("closePassword")} value={password} error={field} autoComplete="current-password" onChange={(e) => setPassword(e.currentTarget.value)} data-autofocus />
    </Dialog>
  );
}
