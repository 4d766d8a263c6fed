import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState, type FormEvent } from "react";
import { api, setCsrf } from "../../api/client";
import { ApiError } from "../../api/errors";
import { meQuery, type Me } from "../../api/me";
import { homeOf } from "../../app/Shell";
import { Notice, sentenceOf } from "../../ui/State";
import { Door } from "./Door";
import { firstLogin } from "./first-login";
import { doorTexts } from "./texts-door";

export default function LoginPage() {
  const t = doorTexts.use();
  return (
    <Door>
      <LoginForm />
      <p className="foot">{t("forgot")}</p>
    </Door>
  );
}

/** Seconds that count down to nothing, for a login that is locked for a while. */
function useCountdown(start: number | null): number {
  const [left, setLeft] = useState(start ?? 0);
  useEffect(() => setLeft(start ?? 0), [start]);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return left;
}

function LoginForm() {
  const t = doorTexts.use();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { next } = useSearch({ from: "/login" });
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [touched, setTouched] = useState(false);

  const enter = useMutation({
    mutationFn: () => api.post<Partial<Me>>("/people/login", { login: login.trim(), password }),
    onSuccess: async (answer) => {
      setCsrf(answer?.csrf);
      client.clear();
      const me = await client.fetchQuery({ ...meQuery, staleTime: 0 });
      if (me?.must_change_password) firstLogin.remember(password);
      if (me) await navigate({ to: next ?? homeOf(me) });
    },
  });
  const wait = useCountdown(enter.error instanceof ApiError ? enter.error.retryAfter : null);

  function submit(event: FormEvent) {
    event.preventDefault();
    setTouched(true);
    if (login.trim() && password) enter.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <h1>{t("loginTitle")}</h1>
      <TextInput
        label={t("loginName")} value={login} onChange={(e) => setLogin(e.currentTarget.value)}
        autoComplete="username" autoFocus autoCapitalize="none" spellCheck={false}
        error={touched && !login.trim() ? t("needLogin") : null}
      />
      <PasswordInput
        label={t("password")} value={password} onChange={(e) => setPassword(e.currentTarget.value)}
        autoComplete="current-password" error={touched && !password ? t("needPassword") : null}
        visibilityToggleButtonProps={{ "aria-label": t("show") }}
      />
      {enter.error && <Notice tone="error">{wait > 0 ? t("locked", { count: wait }) : sentenceOf(enter.error)}</Notice>}
      <Button type="submit" size="md" loading={enter.isPending} disabled={wait > 0}>
        {t("login")}
      </Button>
    </form>
  );
}
