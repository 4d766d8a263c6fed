import { Button, NativeSelect, NumberInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { hasRole, useMe } from "../../api/me";
import { IntervalLine } from "../../ui/charts";
import { DataTable } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { count, day, percent } from "../../ui/format";
import { Failure, Notice, Tag, sentenceOf, type Tone } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { boardQuery } from "../work/board";
import { goldPath } from "./known";
import { isOpen, poolsQuery, practiceQuery, useAssign, useCancelRun, useSetPool, type Pool, type PoolKind, type Run, type RunState } from "./practice";
import { known } from "./reports";
import { poolTexts } from "./texts-pools";

const TONES: Record<RunState, Tone | undefined> = { assigned: "info", running: "info", done: "ok", passed: "ok", failed: "warn", cancelled: undefined };
const MOST = 60;
const DRAW = 20;

/** How the pools are used for practice, and who went through them. */
export function PracticeView({ project }: { project: string }) {
  return (
    <div className="known-columns">
      <Runs project={project} />
      <Pools project={project} />
    </div>
  );
}

function Pools({ project }: { project: string }) {
  const t = poolTexts.use();
  const me = useMe();
  const pools = useQuery(poolsQuery(project));
  const [changing, setChanging] = useState<Pool | null>(null);
  const [filling, setFilling] = useState<PoolKind | null>(null);
  const manages = hasRole(me, "lead", "manager", "trainer", "admin");
  return (
    <section className="card" aria-label={t("poolsTitle")}>
      <div className="card-head"><h2>{t("poolsTitle")}</h2></div>
      {pools.error && <Failure error={pools.error} again={() => void pools.refetch()} />}
      <DataTable
        label={t("poolsTitle")} rows={pools.data ?? []} keyOf={(p) => p.kind}
        columns={[
          { key: "kind", head: t("pool"), cell: (p) => t(`kind.${p.kind}`) },
          { key: "tasks", head: t("tasks"), className: "number", cell: (p) => count(p.tasks) },
          { key: "plan", head: t("plan"), cell: (p) => (p.kind === "exam" ? t("planExam", { size: p.size, share: percent(p.pass_share) }) : t("planTries", { size: p.size, tries: p.tries })) },
          ...(manages ? [{
            key: "do", head: "", className: "end" as const,
            cell: (p: Pool) => (
              <span className="row" style={{ gap: 10, justifyContent: "flex-end" }}>
                <button type="button" className="text-button" onClick={() => setFilling(p.kind)}>{t("fill")}</button>
                <button type="button" className="text-button" onClick={() => setChanging(p)}>{t("change")}</button>
              </span>
            ),
          }] : []),
        ]}
      />
      {changing && <ChangePool project={project} pool={changing} onClose={() => setChanging(null)} />}
      {filling && <FillPool project={project} kind={filling} onClose={() => setFilling(null)} />}
    </section>
  );
}

function ChangePool({ project, pool, onClose }: { project: string; pool: Pool; onClose: () => void }) {
  const t = poolTexts.use();
  const [draft, setDraft] = useState(pool);
  const save = useSetPool(project, () => {
    toast(t("saved"));
    onClose();
  });
  const exam = pool.kind === "exam";
  return (
    <Dialog open title={t(`kind.${pool.kind}`)} onClose={onClose} action={t("save")} busy={save.isPending} error={save.error} onAction={() => save.mutate(draft)}>
      <NumberInput label={t("size")} min={1} max={MOST} value={draft.size} onChange={(v) => setDraft({ ...draft, size: Number(v) || 1 })} data-autofocus />
      {exam ? (
        <NumberInput label={t("passShare")} min={0} max={100} suffix=" %" value={Math.round(draft.pass_share * 100)} onChange={(v) => setDraft({ ...draft, pass_share: (Number(v) || 0) / 100 })} />
      ) : (
        <NumberInput label={t("tries")} description={t("triesHint")} min={1} max={10} value={draft.tries} onChange={(v) => setDraft({ ...draft, tries: Number(v) || 1 })} />
      )}
    </Dialog>
  );
}

function FillPool({ project, kind, onClose }: { project: string; kind: PoolKind; onClose: () => void }) {
  const t = poolTexts.use();
  const client = useQueryClient();
  const [wanted, setWanted] = useState(DRAW);
  const draw = useMutation({
    mutationFn: () => api.post<{ made: string[] }>(`${goldPath(project)}/sample`, { count: wanted, pool: kind }),
    onSuccess: async ({ made }) => {
      toast(t("filled", { count: made.length }));
      onClose();
      await client.invalidateQueries({ queryKey: ["quality"] });
    },
  });
  return (
    <Dialog open title={t("fillTitle", { pool: t(`kind.${kind}`) })} onClose={onClose} action={t("fill")} busy={draw.isPending} error={draw.error} onAction={() => draw.mutate()}>
      <p className="muted small">{t("fillText")}</p>
      <NumberInput label={t("howMany")} min={1} max={500} value={wanted} onChange={(v) => setWanted(Number(v) || 1)} data-autofocus />
    </Dialog>
  );
}

function Runs({ project }: { project: string }) {
  const t = poolTexts.use();
  const me = useMe();
  const runs = useQuery(practiceQuery(project));
  const cancel = useCancelRun(() => toast(t("cancelled")));
  const manages = hasRole(me, "lead", "manager", "trainer", "admin");
  return (
    <section className="card" aria-label={t("runsTitle")}>
      <div className="card-head"><h2>{t("runsTitle")}</h2>{manages && <span className="end"><AssignPractice project={project} /></span>}</div>
      {(runs.error ?? cancel.error) && <Notice tone="error">{sentenceOf(runs.error ?? cancel.error)}</Notice>}
      {runs.data?.length === 0 && <p className="muted card-body">{t("noRuns")}</p>}
      {runs.data && runs.data.length > 0 && (
        <DataTable
          label={t("runsTitle")} rows={runs.data} keyOf={(r) => r.id}
          columns={[
            { key: "name", head: t("person"), cell: (r) => r.name },
            { key: "kind", head: t("pool"), cell: (r) => t(`kind.${r.kind}`) },
            { key: "state", head: t("state"), cell: (r) => <Tag tone={TONES[r.state]}>{t(`run.${r.state}`)}</Tag> },
            { key: "done", head: t("done"), className: "number", cell: (r) => `${r.done}/${r.size}` },
            { key: "right", head: t("firstRight"), cell: (r) => <FirstRight run={r} /> },
            { key: "when", head: t("when"), cell: (r) => day(r.created_at) },
            { key: "do", head: "", className: "end", cell: (r) => (manages && isOpen(r) ? <button type="button" className="text-button" disabled={cancel.isPending} onClick={() => cancel.mutate(r.id)}>{t("cancel")}</button> : null) },
          ]}
        />
      )}
    </section>
  );
}

function FirstRight({ run }: { run: Run }) {
  const of = run.first_right && known(run.first_right);
  if (!of) return <span className="muted">—</span>;
  return <span className="rate-cell"><IntervalLine of={of} from={0} width={84} /><span className="small">{percent(of.value)}</span></span>;
}

/** Give somebody tasks to practise on: this person, or one of those who work in the project. */
export function AssignPractice({ project, person = "", name = "" }: { project: string; person?: string; name?: string }) {
  const t = poolTexts.use();
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState("");
  const board = useQuery({ ...boardQuery(project), enabled: open && !person });
  const people = board.data?.people ?? [];
  const who = person || chosen;
  const called = name || (people.find((p) => p.person === chosen)?.name ?? "");
  const [kind, setKind] = useState<PoolKind>("retry");
  const pools = useQuery({ ...poolsQuery(project), enabled: open });
  const assign = useAssign(project, () => {
    toast(t("assigned", { name: called }));
    setOpen(false);
  });
  const pool = pools.data?.find((p) => p.kind === kind);
  return (
    <>
      <button type="button" className="text-button" onClick={() => setOpen(true)}>{t("assign")}</button>
      <Dialog open={open} title={name ? t("assignTitle", { name }) : t("assign")} onClose={() => setOpen(false)} action={t("assign")} busy={assign.isPending} disabled={!who} error={assign.error} onAction={() => assign.mutate({ person: who, kind })}>
        {!person && <NativeSelect label={t("assignWho")} value={chosen} onChange={(e) => setChosen(e.currentTarget.value)} data={[{ value: "", label: t("chooseOne") }, ...people.map((p) => ({ value: p.person, label: p.name || p.person }))]} />}
        <NativeSelect label={t("pool")} value={kind} onChange={(e) => setKind(e.currentTarget.value as PoolKind)} data={(["retry", "training", "exam"] as const).map((k) => ({ value: k, label: t(`kind.${k}`) }))} />
        {pool && <p className="muted small">{t("poolHas", { count: pool.tasks, size: pool.size })}</p>}
        <p className="muted small">{t(`about.${kind}`)}</p>
      </Dialog>
    </>
  );
}

/** Known tasks of done ones that were chosen in a list. */
export function MakeKnown({ project, tasks, onDone }: { project: string; tasks: readonly string[]; onDone: () => void }) {
  const t = poolTexts.use();
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: async () => {
      // One at a time: each is an act of its own in the audit trail, and the first that cannot be is named.
      for (const task of tasks) await api.post(goldPath(project), { task });
      return tasks.length;
    },
    onSuccess: async (n) => {
      toast(t("filled", { count: n }));
      onDone();
      await client.invalidateQueries({ queryKey: ["quality", "gold"] });
    },
  });
  return (
    <>
      <Button variant="default" size="compact-sm" loading={make.isPending} disabled={tasks.length === 0} title={t("makeKnownHint")} onClick={() => make.mutate()}>{t("makeKnown")}</Button>
      {make.error && <span className="small" role="alert">{sentenceOf(make.error)}</span>}
    </>
  );
}
