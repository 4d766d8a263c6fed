import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api } from "../../api/client";
import { ApiError } from "../../api/errors";
import { meQuery } from "../../api/me";
import type { Schemas } from "../../api/types";
import { i18next } from "../../app/i18n";
import { homeOf } from "../../app/Shell";
import { LinkButton } from "../../ui/LinkButton";
import { Failure, Notice, Waiting, sentenceOf } from "../../ui/State";
import { Door } from "./Door";
import { useNewPassword } from "./NewPassword";
import { doorTexts } from "./texts-door";

/** Enrolment by a base's link: a newcomer makes her account, somebody with an account joins with it. */
export default function EnrolPage() {
  const t = doorTexts.use();
  const { code } = useParams({ from: "/enrol/$code" });
  const path = `/people/enrol/${encodeURIComponent(code)}`;
  const door = useQuery({ queryKey: ["door", code], queryFn: () => api.get<Schemas["DoorOut"]>(path), retry: false });
  const { data: me } = useQuery(meQuery);
  const gone = door.error instanceof ApiError && (door.error.status === 404 || door.error.status === 410);
  return (
    <Door>
      {door.isPending && <Waiting />}
      {gone && (
        <>
          <Notice tone="error">{t("enrolDead")}</Notice>
          <p className="foot">
            <LinkButton to="/" variant="default">{t("back")}</LinkButton>
          </p>
        </>
      )}
      {door.error && !gone && <Failure error={door.error} again={() => void door.refetch()} />}
      {door.data && (
        <>
          <h1>{t("enrolTitle", { base: door.data.base })}</h1>
          <p className="muted" style={{ margin: "4px 0 14px" }}>
            {t("enrolFree")} {door.data.waits_for_manager && t("waits")}
          </p>
          {me ? <Join path={path} name={me.display_name} /> : <Enrol path={path} />}
        </>
      )}
    </Door>
  );
}

function Join({ path, name }: { path: string; name: string }) {
  const t = doorTexts.use();
  const client = useQueryClient();
  const navigate = useNavigate();
  const join = useMutation({
    mutationFn: () => api.post(`${path}/join`),
    onSuccess: async () => {
      const me = await client.fetchQuery({ ...meQuery, staleTime: 0 });
      if (me) await navigate({ to: homeOf(me) });
    },
  });
  return (
    <div className="stack">
      {join.error && <Notice tone="error">{sentenceOf(join.error)}</Notice>}
      <Button size="md" loading={join.isPending} onClick={() => join.mutate()}>
        {t("joinWith", { name })}
      </Button>
    </div>
  );
}

function Enrol({ path }: { path: string }) {
  const t = doorTexts.use();
  const [name, setName] = useState("");
  const [phone, setPhone] = useState("");
  const [login, setLogin] = useState("");
  const [touched, setTouched] = useState(false);
  const enrol = useMutation({
    mutationFn: () =>
      api.post<Schemas["EnrolOut"]>(path, { display_name: name.trim(), phone: phone.trim(), login_name: login.trim(), password: password.value, language: i18next.language }),
  });
  const says = (field: string) => (enrol.error instanceof ApiError ? enrol.error.forField(field) : null);
  const password = useNewPassword(says("password") ?? says("new"));

  function submit(event: FormEvent) {
    event.preventDefault();
    setTouched(true);
    password.touch();
    if (name.trim() && (phone.trim() || login.trim()) && password.ready) enrol.mutate();
  }

  if (enrol.data) {
    return (
      <div className="stack">
        <Notice tone="ok">{enrol.data.state === "pending" ? t("enrolPending", { login: enrol.data.login }) : t("enrolActive", { login: enrol.data.login })}</Notice>
        <LinkButton to="/login" size="md">{t("toLogin")}</LinkButton>
      </div>
    );
  }
  return (
    <form onSubmit={submit} noValidate>
      <TextInput label={t("yourName")} value={name} onChange={(e) => setName(e.currentTarget.value)} autoFocus autoComplete="name" error={touched && !name.trim() ? t("needName") : says("display_name")} />
      <TextInput label={t("yourPhone")} value={phone} onChange={(e) => setPhone(e.currentTarget.value)} inputMode="tel" autoComplete="tel" error={touched && !phone.trim() && !login.trim() ? t("phoneOrName") : says("phone")} />
      <TextInput label={t("yourLogin")} value={login} onChange={(e) => setLogin(e.currentTarget.value)} autoComplete="username" error={says("login_name")} />
      {password.fields}
      {enrol.error && <Notice tone="error">{sentenceOf(enrol.error)}</Notice>}
      <Button type="submit" size="md" loading={enrol.isPending}>
        {t("enrol")}
      </Button>
    </form>
  );
}
