import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconUserPlus, IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { useMe, tenantsWith } from "../../api/me";
import { usePages } from "../../api/pages";
import { Avatar } from "../../ui/Avatar";
import { DataTable, type Column } from "../../ui/DataTable";
import { moment } from "../../ui/format";
import "../../ui/management";
import { Empty, Failure, Tag, Waiting, type Tone } from "../../ui/State";
import { uiTexts } from "../../ui/ui-texts";
import { CalendarDialog } from "../quality/CalendarDialog";
import { workdayTexts } from "../quality/texts-workdays";
import { LinksDialog } from "./LinksDialog";
import { NewPersonDialog } from "./NewPersonDialog";
import { PersonDialog } from "./PersonDialog";
import type { Person } from "./people";
import { RosterDialog } from "./RosterDialog";
import { baseTexts } from "./texts-base";
import "./base.css";

const STATE_TONE: Record<string, Tone> = { active: "ok", pending: "warn", closed: "error" };
const STATES = ["active", "pending", "closed"] as const;
const ROLES = ["worker", "lead", "manager", "teacher", "trainer", "client", "viewer"] as const;

/** People of a base (or a client's own): accounts, roles, codes, skills. */
export default function BasePage() {
  const t = baseTexts.use();
  const ui = uiTexts.use();
  const days = workdayTexts.use();
  const me = useMe();
  const places = tenantsWith(me, "manager", "client", "admin");
  const [tenant, setTenant] = useState(places[0]?.id ?? "");
  const [typed, setTyped] = useState("");
  const [role, setRole] = useState("");
  const [state, setState] = useState("");
  const [search] = useDebouncedValue(typed, 250);
  const place = places.find((p) => p.id === tenant) ?? null;
  const [roster, setRoster] = useState(false);
  const [links, setLinks] = useState(false);
  const [calendar, setCalendar] = useState(false);
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<Person | null>(null);
  const people = usePages<Person>(["people", "persons"], "/people/persons", { tenant, search, role, state, limit: 200 });
  const filtered = Boolean(search || role || state);

  const columns: Column<Person>[] = [
    { key: "name", head: t("name"), cell: (p) => <span className="name-cell"><Avatar name={p.display_name} small />{p.display_name}</span> },
    { key: "login", head: t("login"), cell: (p) => p.login_name ?? p.phone },
    { key: "roles", head: t("roles"), cell: (p) => p.roles.filter((r) => !tenant || r.tenant.id === tenant).map((r) => t(`role.${r.role as (typeof ROLES)[number]}`)).join(", ") },
    {
      key: "state", head: t("state"),
      cell: (p) => (
        <span className="row">
          <Tag tone={STATE_TONE[p.state]}>{t(`state.${p.state as (typeof STATES)[number]}`)}</Tag>
          {p.state === "active" && p.must_change_password && <span className="muted small">{t("mustChange")}</span>}
        </span>
      ),
    },
    { key: "seen", head: t("seen"), cell: (p) => (p.last_seen_at ? moment(p.last_seen_at) : t("never")) },
    { key: "do", head: "", className: "end", cell: (p) => <button type="button" className="text-button" onClick={() => setOpen(p)}>{t("edit")}</button> },
  ];

  return (
    <div className="page fill">
      <div className="page-head">
        <h1>{t("title")}</h1>
        {places.length > 1 && (
          <NativeSelect aria-label={t("base")} value={tenant} onChange={(e) => setTenant(e.currentTarget.value)} data={places.map((p) => ({ value: p.id, label: p.name }))} />
        )}
        <TextInput placeholder={t("search")} aria-label={ui("search")} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} w={200} />
        <NativeSelect aria-label={t("roles")} value={role} onChange={(e) => setRole(e.currentTarget.value)} data={[{ value: "", label: t("all") }, ...ROLES.map((r) => ({ value: r, label: t(`role.${r}`) }))]} />
        <NativeSelect aria-label={t("state")} value={state} onChange={(e) => setState(e.currentTarget.value)} data={[{ value: "", label: t("state") }, ...STATES.map((s) => ({ value: s, label: t(`state.${s}`) }))]} />
        <div className="end">
          {place?.kind === "base" && <Button variant="default" onClick={() => setLinks(true)}>{t("link")}</Button>}
          <Button variant="default" onClick={() => setCalendar(true)} disabled={!place}>{days("open")}</Button>
          <Button variant="default" onClick={() => setRoster(true)} disabled={!place}>{t("roster")}</Button>
          <Button leftSection={<IconUserPlus size={18} stroke={1.75} />} onClick={() => setAdding(true)}>
            {t("add")}
          </Button>
        </div>
      </div>
      {people.error && <Failure error={people.error} again={() => void people.refetch()} />}
      <section className="card fill-card">
        {people.isPending ? (
          <Waiting />
        ) : people.rows.length === 0 && !people.error ? (
          <Empty icon={<IconUsersGroup size={40} stroke={1.25} />} action={filtered ? undefined : <Button onClick={() => setAdding(true)}>{t("add")}</Button>}>
            {filtered ? t("nothing") : t("empty")}
          </Empty>
        ) : (
          <DataTable columns={columns} rows={people.rows} keyOf={(p) => p.id} onOpen={setOpen} label={t("title")} />
        )}
      </section>
      {people.hasNextPage && (
        <Button variant="default" loading={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
          {ui("more")}
        </Button>
      )}
      {roster && place && <RosterDialog tenant={place.id} onClose={() => setRoster(false)} />}
      {links && place && <LinksDialog tenant={place.id} onClose={() => setLinks(false)} />}
      {calendar && place && <CalendarDialog tenant={place.id} onClose={() => setCalendar(false)} />}
      {adding && <NewPersonDialog tenant={place} onClose={() => setAdding(false)} />}
      {open && <PersonDialog id={open.id} places={places} onClose={() => setOpen(null)} />}
    </div>
  );
}
