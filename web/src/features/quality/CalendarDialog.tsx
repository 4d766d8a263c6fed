import { ActionIcon, Button, NativeSelect, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { i18next } from "../../app/i18n";
import { DataTable } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { day } from "../../ui/format";
import { Failure, Notice, Tag, Waiting } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { workdayTexts } from "./texts-workdays";
import { calendarQuery, daysBetween, spans, useSetCalendar, withDays, type Calendar, type Span } from "./workdays";

/** The days a base does not work, and the weekends it works instead: by them the answer to an appeal is due. */
export function CalendarDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
  const t = workdayTexts.use();
  const now = new Date().getFullYear();
  const [year, setYear] = useState(now);
  const calendar = useQuery(calendarQuery(tenant, year));
  return (
    <Dialog open title={t("title")} onClose={onClose} size={680}>
      <p className="muted small">{t("text")}</p>
      <NativeSelect label={t("year")} w={120} value={String(year)} onChange={(e) => setYear(Number(e.currentTarget.value))} data={[now - 1, now, now + 1].map(String)} />
      {calendar.error && <Failure error={calendar.error} again={() => void calendar.refetch()} />}
      {calendar.isPending && <Waiting />}
      {calendar.data && <Days key={`${tenant}${year}`} calendar={calendar.data} />}
    </Dialog>
  );
}

function Days({ calendar }: { calendar: Calendar }) {
  const t = workdayTexts.use();
  const { tenant, year, noticed } = calendar;
  const own = calendar.days.filter((d) => d.own).map((d) => ({ day: d.day, working: d.working, name: d.zh }));
  const save = useSetCalendar(tenant, year, () => toast(t("saved")));
  const named = (s: Span) => (i18next.language.startsWith("zh") ? s.zh : s.en);
  const local = (date: string) => day(`${date}T00:00:00`);
  const shown = (s: Span) => (s.first === s.last ? local(s.first) : t("until", { first: local(s.first), last: local(s.last) }));
  const drop = (s: Span) => save.mutate(own.filter((one) => one.day < s.first || one.day > s.last));
  return (
    <>
      {!noticed && <Notice tone="info">{t("notNoticed", { year })}</Notice>}
      <NewDays year={year} busy={save.isPending} onAdd={(days) => save.mutate(withDays(own, days))} />
      {save.error && <Failure error={save.error} />}
      {calendar.days.length === 0 ? <p className="muted">{t("empty")}</p> : (
        <DataTable
          label={t("title")} rows={spans(calendar.days)} keyOf={(s) => `${s.first}${s.own}`}
          columns={[
            { key: "day", head: t("day"), cell: shown },
            { key: "what", head: t("what"), cell: (s) => <Tag tone={s.working ? "info" : "ok"}>{s.working ? t("working") : t("off")}</Tag> },
            { key: "name", head: t("named"), cell: named },
            { key: "from", head: t("from"), cell: (s) => (s.own ? t("own") : noticed ? t("national") : t("law")) },
            {
              key: "do", head: "", className: "end",
              cell: (s) => s.own && <ActionIcon variant="subtle" color="gray" aria-label={t("remove", { date: shown(s) })} onClick={() => drop(s)}><IconTrash size={16} stroke={1.75} /></ActionIcon>,
            },
          ]}
        />
      )}
    </>
  );
}

function NewDays({ year, busy, onAdd }: { year: number; busy: boolean; onAdd: (days: { day: string; working: boolean; name: string }[]) => void }) {
  const t = workdayTexts.use();
  const [first, setFirst] = useState("");
  const [last, setLast] = useState("");
  const [working, setWorking] = useState(false);
  const [name, setName] = useState("");
  const [bad, setBad] = useState(false);
  function add() {
    const days = daysBetween(first, last || first);
    const fits = days.length > 0 && days.every((one) => one.startsWith(`${year}-`));
    setBad(!fits);
    if (!fits) return;
    onAdd(days.map((one) => ({ day: one, working, name: name.trim() })));
    setFirst("");
    setLast("");
    setName("");
  }
  return (
    <div className="stack" style={{ gap: 6 }}>
      <div className="row wrap" style={{ alignItems: "flex-end" }}>
        <TextInput type="date" label={t("first")} value={first} onChange={(e) => setFirst(e.currentTarget.value)} />
        <TextInput type="date" label={t("last")} value={last} onChange={(e) => setLast(e.currentTarget.value)} />
        <NativeSelect label={t("kind")} value={working ? "working" : "off"} data={[{ value: "off", label: t("off") }, { value: "working", label: t("working") }]} onChange={(e) => setWorking(e.currentTarget.value === "working")} />
        <TextInput className="grow" label={t("name")} maxLength={40} value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <Button variant="default" loading={busy} onClick={add}>{t("add")}</Button>
      </div>
      {bad && <Notice tone="error">{t("badRange", { year })}</Notice>}
    </div>
  );
}
