import { Button } from "@mantine/core";
import { api } from "../../api/client";
import { hasRole, useMe } from "../../api/me";
import { LinkButton } from "../../ui/LinkButton";
import { Notice, sentenceOf } from "../../ui/State";
import { useProjectAction, type Project, type ProjectState } from "./projects";
import { projectTexts } from "./texts-projects";

const MOVES: Record<ProjectState, { to: ProjectState; text: "start" | "pause" | "resume" | "finish" | "reopen"; main?: boolean }[]> = {
  draft: [{ to: "running", text: "start", main: true }],
  running: [{ to: "paused", text: "pause" }, { to: "done", text: "finish" }],
  paused: [{ to: "running", text: "resume", main: true }, { to: "done", text: "finish" }],
  done: [{ to: "running", text: "reopen" }],
};

/** State of the project and the ways onward. */
export function OverviewTab({ project, edits }: { project: Project; edits: boolean }) {
  const t = projectTexts.use();
  const me = useMe();
  const move = useProjectAction((state: ProjectState) => api.post(`/projects/${project.id}/state`, { state }));
  return (
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
        <LinkButton to="/team" search={{ project: project.id }} variant="default">
          {t("openTeam")}
        </LinkButton>
        {hasRole(me, "worker", "lead", "trainer") && (
          <LinkButton to="/work/$project" params={{ project: project.id }} variant="default">
            {t("label")}
          </LinkButton>
        )}
      </div>
    </section>
  );
}
