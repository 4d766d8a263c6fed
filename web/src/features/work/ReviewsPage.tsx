import { IconListCheck } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { count, percent } from "../../ui/format";
import { LinkButton } from "../../ui/LinkButton";
import "../../ui/management";
import { Empty, Failure, Waiting } from "../../ui/State";
import { useProjects, type Project } from "../projects/projects";
import { WaitingAppeals } from "../quality/WaitingAppeals";
import { boardQuery, type Board } from "./board";
import { teamTexts } from "./texts-team";
import "./team.css";

/** What waits for a check, project by project; one button opens the bench in review mode. */
export default function ReviewsPage() {
  const t = teamTexts.use();
  const projects = useProjects();
  const open = projects.rows.filter((p) => p.state !== "draft");
  const boards = useQueries({ queries: open.map((p) => boardQuery(p.id)) });
  if (projects.isPending) return <Waiting />;
  if (projects.error) return <div className="page"><Failure error={projects.error} again={() => void projects.refetch()} /></div>;
  const rows = open
    .map((project, i) => ({ project, board: boards[i]?.data }))
    .filter((row): row is { project: Project; board: Board } => row.board !== undefined && row.board.checks_waiting > 0)
    .sort((a, b) => b.board.checks_waiting - a.board.checks_waiting);
  const waiting = boards.some((b) => b.isPending);
  const failed = boards.find((b) => b.error);
  return (
    <div className="page" style={{ maxWidth: 980 }}>
      <div className="page-head">
        <h1>{t("reviewsTitle")}</h1>
      </div>
      <WaitingAppeals />
      {failed && <Failure error={failed.error} again={() => void failed.refetch()} />}
      {waiting && <Waiting />}
      {!waiting && !failed && rows.length === 0 && <Empty icon={<IconListCheck size={40} stroke={1.25} />}>{t("reviewsEmpty")}</Empty>}
      {rows.length > 0 && (
        <section className="card">
          {rows.map(({ project, board }, i) => (
            <div key={project.id} className="list-line row" style={{ gap: 16 }}>
              <div className="grow">
                <b>{project.name}</b>
                <div className="muted small">
                  {t("done")} {count(board.done)} / {count(board.total)} · {t("passed")} {board.passed.value === null ? "—" : percent(board.passed.value, 1)}
                </div>
              </div>
              <span className="muted">{t("reviewsWaiting", { count: board.checks_waiting })}</span>
              <LinkButton to="/review/$project" params={{ project: project.id }} variant={i === 0 ? "filled" : "default"}>
                {i === 0 ? t("reviewStart") : t("openNow")}
              </LinkButton>
            </div>
          ))}
        </section>
      )}
    </div>
  );
}
