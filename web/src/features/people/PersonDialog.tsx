import { Button, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import type { Role, Tenant } from "../../api/me";
import type { Schemas } from "../../api/types";
import { Dialog } from "../../ui/Dialog";
import { day, moment } from "../../ui/format";
import { Failure, Notice, Waiting, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { Identity } from "./Identity";
import { OneTimeCode } from "./OneTimeCode";
import { ROLES_IN, usePeopleAction, type Person } from "./people";
import { baseTexts } from "./texts-base";

type Qualification = Schemas["QualificationOut"];

/** One person: facts, roles, skills, a new code, closing the account. */
export function PersonDialog({ id, places, onClose }: { id: string; places: Tenant[]; onClose: () => void }) {
  const t = baseTexts.use();
  const person = useQuery({ queryKey: ["people", "person", id], queryFn: () => api.get<Person>(`/people/persons/${id}`) });
  const [asking, setAsking] = useState<"reset" | "close" | null>(null);
  const p = person.data;
  const name = p?.display_name ?? "";

  const reset = usePeopleAction(() => api.post<Schemas["CodeOut"]>(`/people/persons/${id}/reset-password`));
  const close = usePeopleAction(() => api.post(`/people/persons/${id}/close`), () => {
    toast(t("closed", { name }));
    onClose();
  });
  const letIn = usePeopleAction(() => api.patch(`/people/persons/${id}`, { state: "active" }), () => toast(t("letInDone", { name })));

  if (reset.data) {
    return (
      <Dialog open title={t("resetDone", { name })} onClose={onClose}>
        <OneTimeCode code={reset.data.code} />
      </Dialog>
    );
  }
  if (asking === "reset") {
    return (
      <Dialog open title={t("resetTitle", { name })} onClose={() => setAsking(null)} action={t("reset")} onAction={() => reset.mutate(undefined)} busy={reset.isPending} error={reset.error}>
        <p>{t("resetText")}</p>
      </Dialog>
    );
  }
  if (asking === "close") {
    return (
      <Dialog open title={t("closeTitle", { name })} onClose={() => setAsking(null)} action={t("close")} danger onAction={() => close.mutate(undefined)} busy={close.isPending} error={close.error}>
        <p>{t("closeText")}</p>
      </Dialog>
    );
  }
  return (
    <Dialog
      open title={name} onClose={onClose} size={600}
      extra={
        p && p.state !== "closed" && (
          <>
            <Button variant="subtle" color="#A8321F" onClick={() => setAsking("close")}>
              {t("close")}
            </Button>
            <span className="grow" />
            <Button variant="default" onClick={() => setAsking("reset")}>
              {t("reset")}
            </Button>
            {p.state === "pending" && (
              <Button loading={letIn.isPending} onClick={() => letIn.mutate(undefined)}>
                {t("letIn")}
              </Button>
            )}
          </>
        )
      }
    >
      {person.isPending && <Waiting />}
      {person.error && <Failure error={person.error} again={() => void person.refetch()} />}
      {p && (
        <>
          <NameField person={p} />
          <dl className="facts">
            <dt>{t("pseudonym")}</dt>
            <dd>{p.pseudonym}</dd>
            <dt>{t("login")}</dt>
            <dd>{p.login_name ?? "—"}</dd>
            <dt>{t("phone")}</dt>
            <dd>{p.phone || "—"}</dd>
            <dt>{t("seen")}</dt>
            <dd>{p.last_seen_at ? moment(p.last_seen_at) : t("never")}</dd>
          </dl>
          <Roles person={p} places={places} />
          <Skills id={id} />
          <b>{t("identity")}</b>
          <Identity person={id} own={false} />
        </>
      )}
    </Dialog>
  );
}

function NameField({ person }: { person: Person }) {
  const t = baseTexts.use();
  const [name, setName] = useState(person.display_name);
  const rename = usePeopleAction(() => api.patch(`/people/persons/${person.id}`, { display_name: name.trim() }));
  const changed = name.trim() !== "" && name.trim() !== person.display_name;
  return (
    <div className="row" style={{ alignItems: "flex-end" }}>
      <TextInput className="grow" label={t("name")} value={name} onChange={(e) => setName(e.currentTarget.value)} error={rename.error ? sentenceOf(rename.error) : null} />
      <Button variant="default" disabled={!changed} loading={rename.isPending} onClick={() => rename.mutate(undefined)}>
        {t("save")}
      </Button>
    </div>
  );
}

function Roles({ person, places }: { person: Person; places: Tenant[] }) {
  const t = baseTexts.use();
  const [tenant, setTenant] = useState(places[0]?.id ?? "");
  const kind = places.find((p) => p.id === tenant)?.kind ?? "base";
  const held = new Set(person.roles.filter((r) => r.tenant.id === tenant).map((r) => r.role));
  const free = (ROLES_IN[kind] ?? []).filter((r) => !held.has(r));
  const [role, setRole] = useState("");
  const wanted = free.includes(role as Role) ? role : (free[0] ?? "");
  const grant = usePeopleAction(() => api.post(`/people/persons/${person.id}/roles`, { tenant, role: wanted }));
  const revoke = usePeopleAction((r: { tenant: string; role: string }) => api.delete(`/people/persons/${person.id}/roles/${r.tenant}/${r.role}`));
  return (
    <div className="stack" style={{ gap: 6 }}>
      <b>{t("roles")}</b>
      <div className="role-list">
        {person.roles.map((r) => (
          <span key={`${r.tenant.id}:${r.role}`} className="tag info">
            {t(`role.${r.role as Role}`)} · {r.tenant.name}
            {places.some((p) => p.id === r.tenant.id) && (
              <button type="button" aria-label={t("revoke")} title={t("revoke")} onClick={() => revoke.mutate({ tenant: r.tenant.id, role: r.role })}>
                <IconX size={12} />
              </button>
            )}
          </span>
        ))}
      </div>
      {free.length > 0 && (
        <div className="row">
          {places.length > 1 && <NativeSelect aria-label={t("tenant")} value={tenant} onChange={(e) => setTenant(e.currentTarget.value)} data={places.map((p) => ({ value: p.id, label: p.name }))} />}
          <NativeSelect aria-label={t("role")} value={wanted} onChange={(e) => setRole(e.currentTarget.value)} data={free.map((r) => ({ value: r, label: t(`role.${r}`) }))} />
          <Button variant="default" loading={grant.isPending} onClick={() => grant.mutate(undefined)}>
            {t("grant")}
          </Button>
        </div>
      )}
      {(grant.error ?? revoke.error) && <Notice tone="error">{sentenceOf(grant.error ?? revoke.error)}</Notice>}
    </div>
  );
}

function Skills({ id }: { id: string }) {
  const t = baseTexts.use();
  const skills = useQuery({ queryKey: ["people", "skills", id], queryFn: () => api.get<Qualification[]>(`/people/persons/${id}/qualifications`) });
  const [skill, setSkill] = useState("");
  const [level, setLevel] = useState<number>(1);
  const add = usePeopleAction(() => api.post(`/people/persons/${id}/qualifications`, { skill: skill.trim(), level }), () => setSkill(""));
  const drop = usePeopleAction((code: string) => api.delete(`/people/persons/${id}/qualifications/${encodeURIComponent(code)}`));
  return (
    <div className="stack" style={{ gap: 6 }}>
      <b>{t("skills")}</b>
      {skills.data?.length === 0 && <span className="muted small">{t("noSkills")}</span>}
      <div className="role-list">
        {skills.data?.map((q) => (
          <span key={q.skill} className="tag ok" title={t("from", { source: q.source })}>
            {q.skill} · {q.level} · {q.valid_until ? t("until", { date: day(q.valid_until) }) : t("forever")}
            <button type="button" aria-label={t("revoke")} title={t("revoke")} onClick={() => drop.mutate(q.skill)}>
              <IconX size={12} />
            </button>
          </span>
        ))}
      </div>
      <div className="row">
        <TextInput className="grow" aria-label={t("skill")} placeholder={t("skill")} value={skill} onChange={(e) => setSkill(e.currentTarget.value)} />
        <NumberInput aria-label={t("level")} value={level} min={1} max={5} w={80} onChange={(v) => setLevel(Number(v) || 1)} />
        <Button variant="default" disabled={!skill.trim()} loading={add.isPending} onClick={() => add.mutate(undefined)}>
          {t("addSkill")}
        </Button>
      </div>
      {(add.error ?? drop.error) && <Notice tone="error">{sentenceOf(add.error ?? drop.error)}</Notice>}
    </div>
  );
}
