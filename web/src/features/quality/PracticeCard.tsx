import { useQuery } from "@tanstack/react-query";
import { i18next } from "../../app/i18n";
import { LinkButton } from "../../ui/LinkButton";
import type { Project } from "../projects/projects";
import { isOpen, myPracticeQuery, type Run } from "./practice";
import { practiceTexts } from "./texts-practice";

/** What she is to practise, with the way there. */
export function PracticeCard({ projects }: { projects: Project[] }) {
  const t = practiceTexts.use();
  const runs = (useQuery(myPracticeQuery).data ?? []).filter(isOpen);
  if (runs.length === 0) return null;
  return (
    <section className="card list-card" aria-label={t("cardTitle")}>
      <h2>{t("cardTitle")}</h2>
      {runs.map((run) => (
        <div key={run.id} className="list-row">
          <div className="grow">
            <b>{t(`assigned.${run.kind}`, { count: run.size })}</b>
            <div className="muted small">
              {run.project_name}
              <Why run={run} project={projects.find((p) => p.id === run.project)} />
              {run.done > 0 && ` · ${t("soFar", { done: run.done, size: run.size })}`}
            </div>
            <div className="muted small">{t(`about.${run.kind}`)}</div>
          </div>
          <LinkButton to="/practice/$run" params={{ run: run.id }} variant="default" size="compact-md">
            {run.state === "running" ? t("goOn") : t("begin")}
          </LinkButton>
        </div>
      ))}
    </section>
  );
}

function Why({ run, project }: { run: Run; project: Project | undefined }) {
  const t = practiceTexts.use();
  const found = project?.settings.error_classes.find((e) => e.id === run.reason);
  const name = found ? (i18next.language.startsWith("zh") ? found.zh : found.en) : "";
  return (
    <>
      {name && ` · ${t("forError", { name })}`}
      {run.rule && ` · ${t("rule", { rule: run.rule })}`}
    </>
  );
}
