import { TextInput } from "@mantine/core";
import { IconAlertTriangle, IconClockX, IconMessage2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { api } from "../../api/client";
import { i18next } from "../../app/i18n";
import { Avatar } from "../../ui/Avatar";
import { Bars, ChartCard, Columns, IntervalLine, SparkBars } from "../../ui/charts";
import { DataTable, type Column } from "../../ui/DataTable";
import { count, moment, percent } from "../../ui/format";
import { Tag, type Tone } from "../../ui/State";
import { duration } from "../../ui/ui-texts";
import type { SchemaAnswer } from "../projects/projects";
import { colourOf, nameOf } from "../projects/schema/model";
import { doing, recentHours, type Board, type Doing, type PersonRow } from "./board";
import { teamTexts } from "./texts-team";

const TARGET = 0.95;
/** From so many people on a name is looked for, not read. */
const MANY = 15;
/** A class with fewer marks than this share of the largest is pointed out. */
const FEW = 0.02;
const TONES: Record<Doing, Tone | undefined> = { working: "ok", stuck: "warn", idle: "info", away: undefined };

/** People as a table, with what was marked and what needs a look beside it. */
export function PeopleView({ board, onTasks, onExtras }: { board: Board; onTasks: () => void; onExtras: () => void }) {
  const t = teamTexts.use();
  const hours = board.people.some((p) => p.hours?.length);
  const [name, setName] = useState("");
  const wanted = name.trim().toLowerCase();
  const rows = wanted ? board.people.filter((p) => p.name.toLowerCase().includes(wanted)) : board.people;
  const columns: Column<PersonRow>[] = [
    { key: "name", head: t("name"), cell: (p) => <span className="name-cell"><Avatar name={p.name || "?"} small />{p.name}</span> },
    ...(hours ? [{ key: "hours", head: t("hourly"), width: 100, cell: (p: PersonRow) => <SparkBars values={p.hours ?? []} label={`${t("hourly")}: ${(p.hours ?? []).join(", ")}`} /> }] : []),
    { key: "today", head: t("today"), className: "number", cell: (p) => count(p.items_today) },
    { key: "each", head: t("perItem"), className: "number", cell: (p) => (p.seconds_per_item === null ? "—" : t("seconds", { n: Math.round(p.seconds_per_item) })) },
    { key: "rate", head: t("rate"), cell: (p) => <RateCell row={p} /> },
    { key: "returned", head: t("returnedShort"), className: "number", cell: (p) => count(p.returned) },
    { key: "now", head: t("now"), cell: (p) => <Now row={p} at={board.at} /> },
  ];
  return (
    <div className="team-columns">
      <section className="card">
        {board.people.length > MANY && (
          <TextInput size="xs" m={8} w={220} aria-label={t("findPerson")} placeholder={t("findPerson")} value={name} onChange={(e) => setName(e.currentTarget.value)} />
        )}
        {board.people.length ? (
          <DataTable columns={columns} rows={rows} keyOf={(p) => p.person} label={t("people")} />
        ) : (
          <p className="muted card-pad">{t("noWork")}</p>
        )}
      </section>
      <div className="team-side">
        <Classes board={board} />
        <Attention board={board} onTasks={onTasks} onExtras={onExtras} />
        <Throughput board={board} />
      </div>
    </div>
  );
}

function RateCell({ row }: { row: PersonRow }) {
  const { value, low, high } = row.passed;
  if (value === null || low === null || high === null) return <span className="muted">—</span>;
  return (
    <span className="rate-cell">
      <IntervalLine of={{ value, low, high }} target={TARGET} />
      <span className="muted small">{percent(value)}</span>
    </span>
  );
}

function Now({ row, at }: { row: PersonRow; at: string }) {
  const t = teamTexts.use();
  const state = doing(row, at);
  const note =
    state === "stuck" && row.stuck
      ? t("stuckFor", { time: duration((Date.parse(at) - Date.parse(row.stuck)) / 1000) })
      : state === "working"
        ? t("holds", { count: row.holds })
        : row.last_at
          ? t("lastSeen", { date: moment(row.last_at) })
          : "";
  return (
    <span className="row">
      <Tag tone={TONES[state]}>{t(`doing.${state}`)}</Tag>
      <span className="muted small">{note}</span>
    </span>
  );
}

export function useProjectSchema(project: string) {
  return useQuery({
    queryKey: ["projects", "schema", project], enabled: project !== "", staleTime: 60_000,
    queryFn: () => api.get<SchemaAnswer>(`/projects/${project}/schema`),
  });
}

function useClassRows(board: Board) {
  const schema = useProjectSchema(board.project).data?.schema;
  const language = i18next.language;
  return Object.entries(board.classes)
    .map(([id, n]) => {
      const cls = schema?.classes?.find((c) => c.id === id);
      return { id, label: cls ? nameOf(cls, language) : id, value: n, colour: schema && cls ? colourOf(schema, id) : undefined };
    })
    .sort((a, b) => b.value - a.value);
}

export function Classes({ board }: { board: Board }) {
  const t = teamTexts.use();
  const rows = useClassRows(board);
  return <ChartCard title={t("classes")} chart={<Bars rows={rows} />} head={[t("class"), t("marks")]} rows={rows.map((r) => [r.label, count(r.value)])} empty={t("noClasses")} />;
}

export function Throughput({ board }: { board: Board }) {
  const t = teamTexts.use();
  const recent = recentHours(board);
  return (
    <ChartCard
      title={t("throughput")} head={[t("hourly"), t("answers")]} rows={recent.map((h) => [`${h.day.slice(5)} ${t("hour", { hour: h.hour })}`, count(h.answers)])}
      chart={<Columns rows={recent.map((h) => ({ label: t("hour", { hour: h.hour }), value: h.answers }))} label={t("throughput")} />} empty={t("noWork")}
    />
  );
}

function Attention({ board, onTasks, onExtras }: { board: Board; onTasks: () => void; onExtras: () => void }) {
  const t = teamTexts.use();
  const rows = useClassRows(board);
  const most = rows[0]?.value ?? 0;
  const few = rows[rows.length - 1];
  const look = (
    <button type="button" className="text-button small" onClick={onTasks}>
      {t("lookTasks")}
    </button>
  );
  const notes: { key: string; icon: ReactNode; title: string; text: string; end?: ReactNode }[] = [];
  if (board.questions_open) {
    notes.push({
      key: "questions", icon: <IconMessage2 size={18} stroke={1.75} />, title: `${t("questions")}: ${count(board.questions_open)}`, text: "",
      end: <Link to="/team/questions" search={{ project: board.project }} className="text-button small">{t("goAnswer")}</Link>,
    });
  }
  if (board.parked) notes.push({ key: "parked", icon: <IconAlertTriangle size={18} stroke={1.75} />, title: t("parkedNote", { count: board.parked }), text: t("parkedHint"), end: look });
  if (board.extras) notes.push({ key: "extras", icon: <IconClockX size={18} stroke={1.75} />, title: t("extrasNote", { count: board.extras }), text: t("extrasHint"), end: <button type="button" className="text-button small" onClick={onExtras}>{t("lookExtras")}</button> });
  if (few && rows.length > 1 && few.value < most * FEW) {
    notes.push({ key: "few", icon: <IconAlertTriangle size={18} stroke={1.75} />, title: t("fewNote", { name: few.label }), text: t("fewHint", { count: few.value }) });
  }
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t("attention")}</h2>
      </div>
      {notes.length === 0 && <p className="muted small card-body">{t("nothing")}</p>}
      {notes.map((note) => (
        <div key={note.key} className="note-row">
          {note.icon}
          <div>
            <b>{note.title}</b>
            {note.text && <div className="muted">{note.text}</div>}
          </div>
          <span className="end">{note.end}</span>
        </div>
      ))}
    </section>
  );
}
