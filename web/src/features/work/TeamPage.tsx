import { Button, NativeSelect, SegmentedControl } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconUsers } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/client";
import { hasRole, useMe } from "../../api/me";
import { count, moment, percent } from "../../ui/format";
import { LinkButton } from "../../ui/LinkButton";
import "../../ui/management";
import { Empty, Failure, Notice, Tag, Waiting, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { useProjects } from "../projects/projects";
import { WaitingFirings } from "../quality/WaitingFirings";
import { boardQuery, doing, type Board } from "./board";
import { ExtrasView } from "./ExtrasView";
import { PeopleView } from "./PeopleView";
import { TasksView } from "./TasksView";
import { teamTexts } from "./texts-team";
import "./team.css";

const HOUR_MS = 3_600_000;
type View = "people" | "tasks" | "extras";

/** The lead's board of one project: how far, who is stuck, what was marked; and its tasks. */
export default function TeamPage() {
  const t = teamTexts.use();
  const navigate = useNavigate();
  const search = useSearch({ from: "/inside/shell/team" });
  const [view, setView] = useState<View>("people");
  const projects = useProjects();
  const project = search.project ?? (projects.rows.find((p) => p.state === "running") ?? projects.rows[0])?.id ?? "";
  const board = useQuery(boardQuery(project));

  if (projects.isPending) return <Waiting />;
  if (projects.error) return <div className="page"><Failure error={projects.error} again={() => void projects.refetch()} /></div>;
  if (!projects.rows.length) return <div className="page"><Empty icon={<IconUsers size={40} stroke={1.25} />}>{t("noProjects")}</Empty></div>;
  return (
    <div className="page fill">
      <div className="page-head">
        <NativeSelect
          aria-label={t("project")} value={project} className="title-select" data={projects.rows.map((p) => ({ value: p.id, label: p.name }))}
          onChange={(e) => void navigate({ to: "/team", search: { project: e.currentTarget.value }, replace: true })}
        />
        <SegmentedControl
          size="xs" value={view} onChange={(v) => setView(v as View)} aria-label={t("title")}
          data={[
            { value: "people", label: t("people") }, { value: "tasks", label: t("tasks") },
            { value: "extras", label: board.data?.extras ? `${t("extras")} ${count(board.data.extras)}` : t("extras") },
          ]}
        />
        {board.data && <Pace board={board.data} />}
        <div className="end">{board.data && <Controls board={board.data} />}</div>
      </div>
      <WaitingFirings />
      {board.error && <Failure error={board.error} again={() => void board.refetch()} />}
      {board.isPending && <Waiting />}
      {board.data && view === "people" && (
        <>
          <Cards board={board.data} />
          <PeopleView board={board.data} onTasks={() => setView("tasks")} onExtras={() => setView("extras")} />
        </>
      )}
      {board.data && view === "tasks" && <TasksView key={project} board={board.data} />}
      {board.data && view === "extras" && <ExtrasView key={project} board={board.data} />}
    </div>
  );
}

function Pace({ board }: { board: Board }) {
  const t = teamTexts.use();
  if (board.paused) return <Tag tone="warn">{t("paused")}</Tag>;
  if (board.total === 0) return null;
  if (board.done >= board.total) return <span className="muted small">{t("allDone")}</span>;
  if (board.hours_left === null) return <span className="muted small">{t("noPace")}</span>;
  const end = new Date(Date.parse(board.at) + board.hours_left * HOUR_MS).toISOString();
  return <span className="muted small">{t("pace", { rate: count(Math.round(board.per_hour)), time: moment(end) })}</span>;
}

function Controls({ board }: { board: Board }) {
  const t = teamTexts.use();
  const me = useMe();
  const client = useQueryClient();
  const pause = useMutation({
    mutationFn: (paused: boolean) => api.post(`/work/projects/${board.project}/pause`, { paused }),
    onSuccess: async (_, paused) => {
      toast(paused ? t("pausedText") : t("resumedText"), () => pause.mutate(!paused));
      await client.invalidateQueries({ queryKey: ["work", "board"] });
    },
  });
  return (
    <>
      {pause.error && <Notice tone="error">{sentenceOf(pause.error)}</Notice>}
      {hasRole(me, "lead", "manager", "trainer", "admin") && (
        <Button
          variant="default" loading={pause.isPending} onClick={() => pause.mutate(!board.paused)}
          leftSection={board.paused ? <IconPlayerPlay size={18} stroke={1.75} /> : <IconPlayerPause size={18} stroke={1.75} />}
        >
          {board.paused ? t("resume") : t("pause")}
        </Button>
      )}
      {board.checks_waiting > 0 ? (
        <LinkButton to="/review/$project" params={{ project: board.project }}>
          {t("review", { n: count(board.checks_waiting) })}
        </LinkButton>
      ) : (
        <Button disabled>{t("noReview")}</Button>
      )}
    </>
  );
}

function Cards({ board }: { board: Board }) {
  const t = teamTexts.use();
  const today = board.people.reduce((sum, p) => sum + p.items_today, 0);
  const now = board.people.map((p) => doing(p, board.at));
  const stuck = now.filter((d) => d === "stuck").length;
  const busy = now.filter((d) => d !== "away").length;
  const { value, low, high, of } = board.passed;
  return (
    <div className="kpis">
      <div className="card kpi">
        {t("done")}
        <b>{count(board.done)} / {count(board.total)}</b>
        {t("todayPlus", { count: today })}
      </div>
      <div className="card kpi">
        {t("passed")}
        <b>{value === null ? "—" : percent(value, 1)}</b>
        {value === null || low === null || high === null ? t("passedNone") : t("passedOf", { n: count(of), low: percent(low, 1), high: percent(high, 1) })}
      </div>
      <div className="card kpi">
        {t("working")}
        <b>{busy} / {board.people.length}</b>
        {stuck ? t("stuckCount", { count: stuck }) : t("noStuck")}
      </div>
      <div className="card kpi">
        {t("questions")}
        <b>{count(board.questions_open)}</b>
        {board.questions_open ? t("goAnswer") : t("noQuestions")}
      </div>
      <div className="card kpi">
        {t("waitingCheck")}
        <b>{count(board.checks_waiting)}</b>
        {t("leased", { count: board.leased })}
      </div>
    </div>
  );
}
