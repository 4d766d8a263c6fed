import { Button, NativeSelect, PasswordInput, Switch } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api } from "../../api/client";
import { ApiError } from "../../api/errors";
import { meQuery, useMe } from "../../api/me";
import type { Schemas } from "../../api/types";
import { contrastIsHigh, setContrast } from "../../app/contrast";
import { LANGUAGES, asLanguage, i18next, speak } from "../../app/i18n";
import { LANGUAGE_NAMES } from "../../app/shell-texts";
import { moment } from "../../ui/format";
import "../../ui/management";
import { Failure, Notice, Tag, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { Identity } from "./Identity";
import { MyData } from "./MyData";
import { useNewPassword } from "./NewPassword";
import { Tokens } from "./Tokens";
import { baseTexts } from "./texts-base";
import { doorTexts } from "./texts-door";
import { meTexts } from "./texts-me";
import "./base.css";
import "./me.css";

/** One's own account: who I am here, language, password, where I am logged in. */
export default function MePage() {
  const t = meTexts.use();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="grow" />
        <Link to="/me/quality" className="text-button">
          {t("quality")}
        </Link>
      </div>
      <div className="me-columns">
        <div className="stack">
          <Account />
          <Password />
          <MyData />
        </div>
        <div className="stack">
          <MyIdentity />
          <Sessions />
          <Tokens />
        </div>
      </div>
    </div>
  );
}

function Account() {
  const t = meTexts.use();
  const roles = baseTexts.use();
  const me = useMe();
  const client = useQueryClient();
  const [high, setHigh] = useState(contrastIsHigh);
  const language = useMutation({
    mutationFn: async (wanted: string) => {
      const chosen = asLanguage(wanted);
      if (!chosen) return;
      await api.post("/people/language", { language: chosen });
      await speak(chosen);
      await client.invalidateQueries({ queryKey: meQuery.queryKey });
      toast(meTexts.say("languageDone"));
    },
  });
  return (
    <section className="card card-pad stack">
      <dl className="facts">
        <dt>{t("name")}</dt>
        <dd>{me.display_name}</dd>
        <dt>{t("pseudonym")}</dt>
        <dd>
          {me.pseudonym} <span className="muted small">{t("pseudonymHint")}</span>
        </dd>
        <dt>{t("roles")}</dt>
        <dd className="role-list">
          {me.roles.map((r) => (
            <Tag key={`${r.tenant?.id}:${r.role}`} tone="info">
              {roles(`role.${r.role}`)}
              {r.tenant && ` · ${r.tenant.name}`}
            </Tag>
          ))}
        </dd>
      </dl>
      <NativeSelect
        label={t("language")} value={i18next.language} w={200} onChange={(e) => language.mutate(e.currentTarget.value)}
        data={LANGUAGES.map((l) => ({ value: l, label: LANGUAGE_NAMES[l] }))}
        error={language.error ? sentenceOf(language.error) : null}
      />
      <Switch
        label={t("contrast")} description={t("contrastText")} checked={high}
        onChange={(e) => {
          setContrast(e.currentTarget.checked);
          setHigh(e.currentTarget.checked);
        }}
      />
    </section>
  );
}

function MyIdentity() {
  const t = baseTexts.use();
  const me = useMe();
  return (
    <section className="card card-pad stack">
      <h2>{t("identity")}</h2>
      <Identity person={me.id} own />
    </section>
  );
}

function Password() {
  const t = meTexts.use();
  const door = doorTexts.use();
  const [old, setOld] = useState("");
  const [round, setRound] = useState(0);
  const change = useMutation({
    mutationFn: (next: string) => api.post("/people/password", { old, new: next }),
    onSuccess: () => {
      toast(t("changed"));
      setOld("");
      setRound(round + 1);
    },
  });
  return (
    <section className="card card-pad stack">
      <h2>{t("password")}</h2>
      <p className="muted small">{t("passwordText")}</p>
      <PasswordForm key={round} old={old} setOld={setOld} busy={change.isPending} error={change.error} onSubmit={(next) => change.mutate(next)} label={door("oldPassword")} />
    </section>
  );
}

function PasswordForm({ old, setOld, busy, error, onSubmit, label }: {
  old: string;
  setOld: (text: string) => void;
  busy: boolean;
  error: unknown;
  onSubmit: (next: string) => void;
  label: string;
}) {
  const t = meTexts.use();
  const door = doorTexts.use();
  const password = useNewPassword(error instanceof ApiError ? error.forField("new") : null);
  function submit(event: FormEvent) {
    event.preventDefault();
    password.touch();
    if (old && password.ready) onSubmit(password.value);
  }
  return (
    <form onSubmit={submit} className="stack" noValidate>
      <PasswordInput label={label} value={old} onChange={(e) => setOld(e.currentTarget.value)} autoComplete="current-password" visibilityToggleButtonProps={{ "aria-label": door("show") }} />
      {password.fields}
      {error != null && <Notice tone="error">{sentenceOf(error)}</Notice>}
      <div>
        <Button type="submit" variant="default" loading={busy}>
          {t("change")}
        </Button>
      </div>
    </form>
  );
}

function Sessions() {
  const t = meTexts.use();
  const client = useQueryClient();
  const sessions = useQuery({ queryKey: ["people", "sessions"], queryFn: () => api.get<Schemas["SessionOut"][]>("/people/sessions") });
  const end = useMutation({
    mutationFn: (id: string) => api.delete(`/people/sessions/${id}`),
    onSuccess: async () => {
      toast(t("ended"));
      await client.invalidateQueries({ queryKey: ["people", "sessions"] });
    },
  });
  const others = sessions.data?.filter((s) => !s.current) ?? [];
  return (
    <section className="card">
      <div className="card-pad stack" style={{ gap: 4 }}>
        <div className="row">
          <h2>{t("sessions")}</h2>
          <span className="grow" />
          {others.length > 1 && (
            <Button variant="default" size="compact-sm" loading={end.isPending} onClick={() => end.mutate("others")}>
              {t("endOthers")}
            </Button>
          )}
        </div>
        <p className="muted small">{t("sessionsText")}</p>
        {(sessions.error ?? end.error) && <Failure error={sessions.error ?? end.error} again={() => void sessions.refetch()} />}
      </div>
      {sessions.data?.map((s) => (
        <div key={s.id} className="me-row">
          <div className="grow">
            <div>{browserName(s.browser)}</div>
            <div className="muted small">
              {s.address} · {t("since", { date: moment(s.created_at) })} · {t("last", { date: moment(s.last_seen_at) })}
            </div>
          </div>
          {s.current ? (
            <Tag tone="ok">{t("here")}</Tag>
          ) : (
            <Button variant="default" size="compact-sm" onClick={() => end.mutate(s.id)}>
              {t("end")}
            </Button>
          )}
        </div>
      ))}
      {sessions.data && others.length === 0 && <p className="muted small card-pad">{t("noOthers")}</p>}
    </section>
  );
}

/** The browser and system of a User-Agent line, as people call them. */
export function browserName(agent: string): string {
  const browser = /(Edg|OPR|QQBrowser|MetaSr|Firefox|Chrome|Safari)\/(\d+)?/.exec(agent.replace(/.*(Edg|OPR|QQBrowser|MetaSr)/, "$1"));
  const system = /(Windows NT 6\.1|Windows|Android|iPhone|Mac OS X|Linux)/.exec(agent)?.[1];
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera", QQBrowser: "QQ", MetaSr: "Sogou", "Windows NT 6.1": "Windows 7", "Mac OS X": "macOS" };
  const called = [browser?.[1], system].filter((n): n is string => Boolean(n)).map((n) => names[n] ?? n);
  if (browser?.[2]) called[0] = `${called[0]} ${browser[2]}`;
  return called.length ? called.join(" · ") : agent.slice(0, 60) || "?";
}
