import { Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api } from "../../api/client";
import { meQuery } from "../../api/me";
import { homeOf } from "../../app/Shell";
import { Notice, sentenceOf } from "../../ui/State";
import { Door } from "./Door";
import { useNewPassword } from "./NewPassword";
import { firstLogin } from "./first-login";
import { doorTexts } from "./texts-door";

/** First login: the password that the manager gave must be changed before anything else. */
export default function PasswordPage() {
  const t = doorTexts.use();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { next } = useSearch({ from: "/password" });
  const [known] = useState(firstLogin.recall);
  const [old, setOld] = useState(known ?? "");
  const password = useNewPassword();
  const change = useMutation({
    mutationFn: () => api.post("/people/password", { old, new: password.value }),
    onSuccess: async () => {
      firstLogin.forget();
      const me = await client.fetchQuery({ ...meQuery, staleTime: 0 });
      if (me) await navigate({ to: next ?? homeOf(me) });
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    password.touch();
    if (old && password.ready) change.mutate();
  }

  return (
    <Door>
      <form onSubmit={submit} noValidate>
        <h1>{t("changeTitle")}</h1>
        <p className="muted">{t("changeWhy")}</p>
        {!known && (
          <PasswordInput
            label={t("oldPassword")} value={old} onChange={(e) => setOld(e.currentTarget.value)} autoFocus
            autoComplete="current-password" visibilityToggleButtonProps={{ "aria-label": t("show") }}
          />
        )}
        {password.fields}
        {change.error && <Notice tone="error">{sentenceOf(change.error)}</Notice>}
        <Button type="submit" size="md" loading={change.isPending}>
          {t("change")}
        </Button>
      </form>
    </Door>
  );
}
