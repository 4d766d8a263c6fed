import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "../../api/client";
import { Notice, sentenceOf } from "../../ui/State";
import { useNewPassword } from "./NewPassword";
import { doorTexts } from "./texts-door";

/** A person who forgot her password sets a new one with the code that the manager read out to her. */
export function ResetForm({ onDone }: { onDone: () => void }) {
  const t = doorTexts.use();
  const [login, setLogin] = useState("");
  const [code, setCode] = useState("");
  const password = useNewPassword();
  const reset = useMutation({
    mutationFn: () =>
      api.post("/people/password/reset", { login: login.trim(), code: code.trim(), new_password: password.value }),
    onSuccess: onDone,
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    password.touch();
    if (login.trim() && code.trim() && password.ready) reset.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <h1>{t("resetTitle")}</h1>
      <TextInput label={t("loginName")} value={login} onChange={(e) => setLogin(e.currentTarget.value)} autoComplete="username" autoFocus />
      <TextInput label={t("code")} value={code} onChange={(e) => setCode(e.currentTarget.value)} autoComplete="one-time-code" />
      {password.fields}
      {reset.error && <Notice tone="error">{sentenceOf(reset.error)}</Notice>}
      <Button type="submit" size="md" loading={reset.isPending}>
        {t("change")}
      </Button>
    </form>
  );
}
