import { Button, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/client";
import { hasRole, useMe } from "../../api/me";
import { usePages } from "../../api/pages";
import { count, percent, yuan } from "../../ui/format";
import { JobProgress } from "../../ui/JobProgress";
import { LinkButton } from "../../ui/LinkButton";
import { Failure, Notice, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import type { Dataset } from "../data/data";
import { boardQuery } from "../work/board";
import { Classes, Throughput } from "../work/PeopleView";
import { useProjectAction, type Added, type Project, type ProjectState } from "./projects";
import { projectTexts } from "./texts-projects";

const MOVES: Record<ProjectState, { to: ProjectState; text: "start" | "pause" | "resume" | "finish" | "reopen"; main?: boolean }[]> = {
  draft: [{ to: "running", text: "start", main: true }],
  running: [{ to: "paused", text: "pause" }, { to: "done", text: "finish" }],
  paused: [{ to: "running", text: "resume", main: true }, { to: "done", text: "finish" }],
  done: [{ to: "running", text: "reopen" }],
};

/** State of the project, how far it is, its data, and the ways onward. */
export function OverviewTab({ project, edits }: { project: Project; edits: boolean }) {
  const t = projectTexts.use();
  const me = useMe();
  const sees = edits || hasRole(me, "lead", "trainer");
  const move = useProjectAction((state: ProjectState) => api.post(`/projects/${project.id}/state`, { state }));
  return (
    <div className="overview">
      <section className="card card-pad stack">
        {project.state !== "running" && <p className="muted">{t(`stateHint_${project.state}`)}</p>}
        {move.error && <Notice tone="error">{sentenceOf(move.error)}</Notice>}
        <div className="row wrap">
          {edits &&
            MOVES[project.state].map(({ to, text, main }) => (
              <Button key={to} variant={main ? "filled" : "default"} loading={move.isPending && move.variables === to} onClick={() => move.mutate(to)}>
                {t(text)}
              </Button>
            ))}
          {hasRole(me, "lead", "manager") && (
            <LinkButton to="/team" search={{ project: project.id }} variant="default">
              {t("openTeam")}
            </LinkButton>
          )}
          {hasRole(me, "worker", "lead", "trainer") && (
            <LinkButton to="/work/$project" params={{ project: project.id }} variant="default">
              {sees ? t("label") : t("workOnIt")}
            </LinkButton>
          )}
        </div>
        {sees && <Progress project={project} />}
        <Facts project={project} />
      </section>
      {sees && <Data project={project} edits={edits} />}
      {sees && <Charts project={project} />}
    </div>
  );
}

function Progress({ project }: { project: Project }) {
  const t = projectTexts.use();
  const board = useQuery(boardQuery(project.id));
  if (board.error) return <Failure error={board.error} again={() => void board.refetch()} />;
  if (!board.data) return null;
  const { done, total, passed, checks_waiting } = board.data;
  const { value, low, high, of } = passed;
  if (total === 0) return <p className="muted">{t("noItems")}</p>;
  return (
    <div className="job">
      <div className="job-line">
        <b>{t("doneOf", { done: count(done), total: count(total) })}</b>
        {value !== null && low !== null && high !== null && <span>{t("passedAt", { rate: percent(value, 1), n: count(of), low: percent(low, 1), high: percent(high, 1) })}</span>}
        {checks_waiting > 0 && <span>{t("waitingCheck", { count: checks_waiting })}</span>}
      </div>
      <div className="progress" role="progressbar" aria-label={t("progress")} aria-valuemin={0} aria-valuemax={total} aria-valuenow={done}>
        <i style={{ width: `${(done / total) * 100}%` }} />
      </div>
    </div>
  );
}

/** What was marked, and how fast it comes in: the table is one click away. */
function Charts({ project }: { project: Project }) {
  const board = useQuery(boardQuery(project.id)).data;
  if (!board || board.total === 0 || board.people.length === 0) return null;
  return (
    <>
      <Classes board={board} />
      <Throughput board={board} />
    </>
  );
}

function Facts({ project }: { project: Project }) {
  const t = projectTexts.use();
  const { settings } = project;
  return (
    <dl className="facts">
      <dt>{t("schema")}</dt>
      <dd>{t("versionNow", { version: project.schema_version })}</dd>
      <dt>{t("guideline")}</dt>
      <dd>{t("versionNow", { version: project.guideline_version })}</dd>
      <dt>{t("factsTitle")}</dt>
      <dd>
        {[
          t("everyItem", { count: settings.overlap }),
          t("reviewedShare", { share: percent(settings.review_share) }),
          settings.price_fen === null ? t("unpriced") : t("priced", { amount: yuan(settings.price_fen) }),
        ].join(" · ")}
      </dd>
    </dl>
  );
}

function Data({ project, edits }: { project: Project; edits: boolean }) {
  const t = projectTexts.use();
  const datasets = usePages<Dataset>(["data", "datasets"], "/data/datasets", { medium: project.medium, limit: 200 });
  const inside = datasets.rows.filter((d) => project.datasets.includes(d.id));
  const [chosen, setChosen] = useState("");
  const [job, setJob] = useState<string | null>(null);
  const dataset = chosen || datasets.rows[0]?.id || "";
  const put = useProjectAction(
    () => api.post<Added>(`/projects/${project.id}/items`, { dataset }),
    ({ offered, job: started }) => (started ? setJob(started) : toast(t("offered", { count: offered ?? 0 }))),
  );
  return (
    <section className="card card-pad stack">
      <h2>{t("dataTitle")}</h2>
      {datasets.error && <Failure error={datasets.error} again={() => void datasets.refetch()} />}
      {inside.length === 0 && datasets.isSuccess && <p className="muted">{t("noItems")}</p>}
      {inside.map((d) => (
        <div key={d.id} className="row">
          <Link to="/datasets/$dataset" params={{ dataset: d.id }} className="grow">
            {d.name}
          </Link>
          <span className="muted">{t("itemsOf", { count: d.items })}</span>
        </div>
      ))}
      {edits && datasets.rows.length > 0 && (
        <div className="row" style={{ alignItems: "flex-end" }}>
          <NativeSelect className="grow" label={t("addData")} description={t("addDataText")} value={dataset} onChange={(e) => setChosen(e.currentTarget.value)} data={datasets.rows.map((d) => ({ value: d.id, label: `${d.name} (${count(d.items)})` }))} />
          <Button variant="default" loading={put.isPending} onClick={() => put.mutate(undefined)}>
            {t("addDataGo")}
          </Button>
        </div>
      )}
      {put.error && <Notice tone="error">{sentenceOf(put.error)}</Notice>}
      {job && <JobProgress id={job} title={t("addingData")} />}
    </section>
  );
}
