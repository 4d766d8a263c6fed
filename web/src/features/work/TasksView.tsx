import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDeviceFloppy, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../../api/client";
import { usePages } from "../../api/pages";
import { i18next } from "../../app/i18n";
import { DataTable, type Column } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { moment } from "../../ui/format";
import { Empty, Failure, Tag, Waiting, type Tone } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { duration, uiTexts } from "../../ui/ui-texts";
import { classRows, nameOf } from "../projects/schema/model";
import { ANY_TASK, TASK_STATES, type AnswerRow, type Board, type SavedFilter, type TaskQuery, type TaskRow } from "./board";
import { useProjectSchema } from "./PeopleView";
import { BulkBar } from "./BulkBar";
import { TaskDialog } from "./TaskDialog";
import { taskTexts } from "./texts-task";
import { teamTexts } from "./texts-team";

const TONES: Record<string, Tone> = { accepted: "ok", submitted: "info", returned: "warn", rejected: "warn", fixed: "ok", extra: "warn" };
type TaskState = (typeof TASK_STATES)[number] | "open" | "known";
type AnswerState = "submitted" | "accepted" | "returned" | "rejected" | "fixed" | "extra" | "superseded" | "reopened" | "aside" | "disputed" | "cleared" | "proposed" | "replaced";

/** The tasks of a project: filtered, chosen, handed over, extended, reopened. */
export function TasksView({ board }: { board: Board }) {
  const t = teamTexts.use();
  const ui = uiTexts.use();
  const task = taskTexts.use();
  const [query, setQuery] = useState<TaskQuery>(ANY_TASK);
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const path = `/work/projects/${board.project}`;
  const tasks = usePages<TaskRow>(["work", "tasks", board.project], `${path}/tasks`, { ...query, limit: 100 });
  const change = (patch: Partial<TaskQuery>) => {
    setQuery({ ...query, ...patch });
    clear();
  };
  const clear = () => {
    setChosen(new Set());
    setAll(false);
  };
  const at = tasks.rows.findIndex((row) => row.id === open);
  const last = (row: TaskRow): AnswerRow | undefined => row.answers[row.answers.length - 1];

  const columns: Column<TaskRow>[] = [
    { key: "task", head: t("task"), cell: (row) => <button type="button" className="task-link" title={row.name} aria-label={`${task("open")}: ${row.name}`} onClick={() => setOpen(row.id)}>{row.number}. <b>{row.name.split("/").pop()}</b></button> },
    { key: "state", head: t("state"), cell: (row) => t(`state.${row.state as TaskState}`) },
    { key: "holder", head: t("holder"), cell: (row) => row.holders.join(", ") },
    {
      key: "by", head: t("by"),
      cell: (row) => row.answers.map((a) => (
        <span key={a.submission} className="row" style={{ display: "inline-flex", marginRight: 8 }}>
          {a.name} <Tag tone={TONES[a.state]}>{t(`answer.${a.state as AnswerState}`)}</Tag>
        </span>
      )),
    },
    { key: "marks", head: t("marks"), className: "number", cell: (row) => last(row)?.marks ?? "" },
    { key: "time", head: t("active"), className: "number", cell: (row) => { const a = last(row); return a ? duration(a.active_ms / 1000) : ""; } },
    { key: "when", head: t("when"), cell: (row) => (row.answered_at ? moment(row.answered_at) : "") },
    { key: "priority", head: t("priority"), className: "number", cell: (row) => row.priority || "" },
  ];
  return (
    <>
      <Filters board={board} query={query} onChange={change} />
      {chosen.size > 0 && (
        <BulkBar
          project={board.project} rows={tasks.rows.filter((r) => chosen.has(r.id))} query={query} all={all} onDone={clear}
          onAll={tasks.hasNextPage && chosen.size === tasks.rows.length ? () => setAll(true) : undefined}
        />
      )}
      {tasks.error && <Failure error={tasks.error} again={() => void tasks.refetch()} />}
      <section className="card fill-card">
        {tasks.isPending ? (
          <Waiting />
        ) : tasks.rows.length ? (
          <DataTable columns={columns} rows={tasks.rows} keyOf={(row) => row.id} selection={{ ids: chosen, onChange: (ids) => { setChosen(ids); setAll(false); }, label: t("task") }} label={t("tasks")} />
        ) : (
          !tasks.error && <Empty>{t("emptyTasks")}</Empty>
        )}
      </section>
      {tasks.hasNextPage && (
        <Button variant="default" loading={tasks.isFetchingNextPage} onClick={() => void tasks.fetchNextPage()}>
          {ui("more")}
        </Button>
      )}
      {open !== null && (
        <TaskDialog
          task={open} onClose={() => setOpen(null)} onMove={(step) => setOpen(tasks.rows[at + step]?.id ?? open)}
          ways={{ before: at > 0, after: at >= 0 && at < tasks.rows.length - 1 }}
        />
      )}
    </>
  );
}

function Filters({ board, query, onChange }: { board: Board; query: TaskQuery; onChange: (patch: Partial<TaskQuery>) => void }) {
  const t = teamTexts.use();
  const client = useQueryClient();
  const schema = useProjectSchema(board.project).data?.schema;
  const key = ["work", "filters", board.project];
  const saved = useQuery({ queryKey: key, queryFn: () => api.get<SavedFilter[]>(`/work/projects/${board.project}/filters`) });
  const refresh = () => client.invalidateQueries({ queryKey: key });
  const [naming, setNaming] = useState<string | null>(null);
  const [used, setUsed] = useState("");
  const save = useMutation({
    mutationFn: (name: string) => api.post(`/work/projects/${board.project}/filters`, { name, query }),
    onSuccess: async () => {
      setNaming(null);
      toast(t("filterSaved"));
      await refresh();
    },
  });
  const forget = useMutation({
    mutationFn: (id: string) => api.delete(`/work/filters/${id}`),
    onSuccess: async () => {
      setUsed("");
      await refresh();
    },
  });
  const narrowed = query.state || query.person || query.content.length || query.name;
  const [typed, setTyped] = useState(query.name);
  const [name] = useDebouncedValue(typed.trim(), 300);
  useEffect(() => {
    if (name !== query.name && name === typed.trim()) set({ name });
    // Only what was typed changes the list; a filter that is chosen sets the field itself.
  }, [name]);
  const set = (patch: Partial<TaskQuery>) => {
    setUsed("");
    onChange(patch);
  };
  return (
    <div className="toolbar">
      <TextInput label={t("itemName")} w={160} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} />
      <NativeSelect label={t("state")} value={query.state} onChange={(e) => set({ state: e.currentTarget.value })} data={[{ value: "", label: t("state.") }, ...TASK_STATES.map((s) => ({ value: s, label: t(`state.${s}`) }))]} />
      <NativeSelect label={t("person")} value={query.person} onChange={(e) => set({ person: e.currentTarget.value })} data={[{ value: "", label: t("all") }, ...board.people.map((p) => ({ value: p.person, label: p.name || p.person }))]} />
      <NativeSelect
        label={t("content")} value={query.content[0] ?? ""} onChange={(e) => set({ content: e.currentTarget.value ? [e.currentTarget.value] : [] })}
        data={[{ value: "", label: t("contentAny") }, ...(schema ? classRows(schema) : []).filter(({ cls }) => !cls.abstract).map(({ cls }) => ({ value: `class:${cls.id}`, label: nameOf(cls, i18next.language) }))]}
      />
      {saved.data && saved.data.length > 0 && (
        <NativeSelect
          label={t("saved")} value={used} data={[{ value: "", label: "—" }, ...saved.data.map((f) => ({ value: f.id, label: f.name }))]}
          onChange={(e) => {
            const filter = saved.data.find((f) => f.id === e.currentTarget.value);
            const wanted = { ...ANY_TASK, ...filter?.query };
            setTyped(wanted.name);
            onChange(wanted);
            setUsed(e.currentTarget.value);
          }}
        />
      )}
      {used && (
        <Button variant="default" onClick={() => forget.mutate(used)} leftSection={<IconTrash size={16} stroke={1.75} />}>
          {t("deleteFilter")}
        </Button>
      )}
      {narrowed && !used ? (
        <Button variant="default" onClick={() => setNaming("")} leftSection={<IconDeviceFloppy size={16} stroke={1.75} />}>
          {t("saveFilter")}
        </Button>
      ) : null}
      <Dialog open={naming !== null} title={t("saveFilter")} onClose={() => setNaming(null)} action={t("saveFilter")} disabled={!naming?.trim()} busy={save.isPending} error={save.error} onAction={() => naming && save.mutate(naming.trim())}>
        <TextInput label={t("filterName")} value={naming ?? ""} maxLength={80} onChange={(e) => setNaming(e.currentTarget.value)} data-autofocus />
      </Dialog>
    </div>
  );
}
