import { Button, NativeSelect, NumberInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { count } from "../../ui/format";
import { Notice, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { MakeKnown } from "../quality/PracticeView";
import type { Taker, TaskQuery, TaskRow } from "./board";
import { taskIds } from "./task-ids";
import { taskTexts } from "./texts-task";
import { teamTexts } from "./texts-team";

const RAISED = 100;

interface Props {
  project: string;
  rows: TaskRow[];
  query: TaskQuery;
  /** Not the chosen rows but all that the filter admits. */
  all: boolean;
  onAll?: () => void;
  onDone: () => void;
}

type Doing = "assign" | "extend" | "raise" | "reopen" | "park" | "back";
interface Act {
  what: Doing;
  body: object;
}
interface Outcome extends Act {
  changed: number;
  refused: number;
}
const PATHS: Record<Doing, string> = { assign: "reassign", extend: "extend", raise: "priority", reopen: "reopen", park: "park", back: "return-parked" };
const SAYS = { assign: "assigned", extend: "extended", raise: "raised", reopen: "reopened", back: "backDone" } as const;

/** What a lead does to the chosen tasks, or to all that the filter admits: five hundred at a time, with a way to stop. */
export function BulkBar({ project, rows, query, all, onAll, onDone }: Props) {
  const t = teamTexts.use();
  const task = taskTexts.use();
  const client = useQueryClient();
  const [asking, setAsking] = useState<Doing | null>(null);
  const [done, setDone] = useState(0);
  const stopped = useRef(false);
  const path = `/work/projects/${project}`;

  const act = useMutation({
    mutationFn: async (wanted: Act): Promise<Outcome> => {
      stopped.current = false;
      setDone(0);
      const sum: Outcome = { ...wanted, changed: 0, refused: 0 };
      for await (const tasks of all ? taskIds(path, query) : [rows.map((r) => r.id)]) {
        if (stopped.current) break;
        const answer = await api.post<{ changed: number; refused?: number }>(`${path}/${PATHS[wanted.what]}`, { tasks, ...wanted.body });
        sum.changed += answer.changed;
        sum.refused += answer.refused ?? 0;
        setDone(sum.changed);
      }
      return sum;
    },
    onSuccess: async (sum) => {
      setAsking(null);
      toast(said(sum));
      onDone();
      await client.invalidateQueries({ queryKey: ["work"] });
    },
  });

  function said({ what, changed, refused }: Outcome): string {
    if (stopped.current) return task("stopped", { done: count(changed) });
    if (what === "park") return task("parked", { count: changed });
    if (what === "reopen" && refused > 0) return changed > 0 ? task("reopenSome", { changed, refused }) : t("nothingToReopen");
    return t(SAYS[what], { count: changed });
  }
  /** Those that ask nothing happen at once for a few, and after a question for all. */
  const go = (what: "raise" | "reopen" | "park" | "back") => {
    if (all) setAsking(what);
    else act.mutate({ what, body: what === "raise" ? { priority: RAISED } : {} });
  };
  const button = (what: Doing, text: string) => (
    <Button
      variant="default" size="compact-sm" loading={act.isPending && act.variables.what === what && asking === null}
      onClick={() => (what === "assign" || what === "extend" ? setAsking(what) : go(what))}
    >
      {text}
    </Button>
  );
  const whom = all ? task("allChosen") : t("chosen", { count: rows.length });
  return (
    <>
      <div className="bulk" role="toolbar" aria-label={whom}>
        <b>{whom}</b>
        {onAll && !all && <button type="button" className="text-button" onClick={onAll}>{task("all")}</button>}
        {button("assign", t("assign"))}
        {button("extend", t("extend"))}
        {button("raise", t("raise"))}
        {button("reopen", t("reopen"))}
        {button("park", task("park"))}
        {button("back", t("back"))}
        {!all && <MakeKnown project={project} tasks={rows.filter((r) => r.state === "done").map((r) => r.id)} onDone={onDone} />}
        <span className="grow" />
        {all && act.isPending && (
          <span className="row small" role="status">
            {task("doingMany", { done: count(done) })}
            <button type="button" className="text-button" onClick={() => { stopped.current = true; }}>{task("stop")}</button>
          </span>
        )}
        <button type="button" className="text-button" onClick={onDone}>{t("clear")}</button>
      </div>
      {act.error && asking === null && <Notice tone="error">{sentenceOf(act.error)}</Notice>}
      {asking === "assign" && <Assign project={project} whom={whom} busy={act.isPending} error={act.error} onClose={() => setAsking(null)} onGo={(body) => act.mutate({ what: "assign", body })} />}
      {asking === "extend" && <Extend whom={whom} busy={act.isPending} error={act.error} onClose={() => setAsking(null)} onGo={(body) => act.mutate({ what: "extend", body })} />}
      {asking !== null && asking !== "assign" && asking !== "extend" && (
        <Dialog
          open title={task("reallyTitle")} onClose={() => setAsking(null)} action={task("really")} busy={act.isPending} error={act.error}
          onAction={() => act.mutate({ what: asking, body: asking === "raise" ? { priority: RAISED } : {} })}
        >
          <p>{task("undoQuestion", { what: whom })}</p>
        </Dialog>
      )}
    </>
  );
}

interface Asked {
  whom: string;
  busy: boolean;
  error: unknown;
  onClose: () => void;
  onGo: (body: object) => void;
}

function Assign({ project, whom, busy, error, onClose, onGo }: Asked & { project: string }) {
  const t = teamTexts.use();
  const task = taskTexts.use();
  const takers = useQuery({ queryKey: ["work", "takers", project], queryFn: () => api.get<Taker[]>(`/work/projects/${project}/takers`) });
  const [person, setPerson] = useState("");
  const [hours, setHours] = useState(24);
  const named = (one: Taker) => `${one.name || one.person}${one.qualified ? "" : ` ${task("notQualified")}`}`;
  return (
    <Dialog open title={`${t("assign")}: ${whom}`} onClose={onClose} action={t("doAssign")} busy={busy} error={error ?? takers.error} onAction={() => onGo({ person: person || null, hours })}>
      <NativeSelect label={t("assignTo")} value={person} onChange={(e) => setPerson(e.currentTarget.value)} data={[{ value: "", label: t("anyone") }, ...(takers.data ?? []).map((one) => ({ value: one.person, label: named(one) }))]} />
      {person && <NumberInput label={t("assignHours")} min={1} max={240} value={hours} onChange={(v) => setHours(Number(v) || 1)} />}
    </Dialog>
  );
}

function Extend({ whom, busy, error, onClose, onGo }: Asked) {
  const t = teamTexts.use();
  const [minutes, setMinutes] = useState(60);
  return (
    <Dialog open title={`${t("extend")}: ${whom}`} onClose={onClose} action={t("extend")} busy={busy} error={error} onAction={() => onGo({ minutes })}>
      <NumberInput label={t("extendBy")} min={1} max={10080} value={minutes} onChange={(v) => setMinutes(Number(v) || 1)} />
    </Dialog>
  );
}
