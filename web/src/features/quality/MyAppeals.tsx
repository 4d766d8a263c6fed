import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { day, moment } from "../../ui/format";
import { Failure, Tag, type Tone } from "../../ui/State";
import { toast } from "../../ui/toasts";
import type { Project } from "../projects/projects";
import { reasonOf } from "../work/today";
import { myAppealsQuery, useWithdrawAppeal, type AppealState, type MyAppeal } from "./appeals";
import { appealTexts } from "./texts-appeals";

const TONES: Record<AppealState, Tone | undefined> = { open: "info", upheld: "warn", overturned: "ok", partly: "ok", withdrawn: undefined, moot: undefined };
const RECENT_MS = 14 * 24 * 3_600_000;

/** What she contested: what waits, until when, and what was answered in the last two weeks. */
export function MyAppeals({ projects, all = false }: { projects: Project[]; all?: boolean }) {
  const t = appealTexts.use();
  const mine = useQuery(myAppealsQuery);
  const rows = (mine.data?.appeals ?? []).filter((a) => all || a.state === "open" || (a.decided_at !== null && Date.parse(a.decided_at) > Date.now() - RECENT_MS));
  if (mine.error) return <Failure error={mine.error} again={() => void mine.refetch()} />;
  if (rows.length === 0) return null;
  return (
    <section className="card list-card" aria-label={t("mineTitle", { count: rows.length })}>
      <h2>{t("mineTitle", { count: rows.length })}</h2>
      {rows.map((row) => (
        <Row key={row.id} row={row} project={projects.find((p) => p.id === row.project)} />
      ))}
    </section>
  );
}

function Row({ row, project }: { row: MyAppeal; project: Project | undefined }) {
  const t = appealTexts.use();
  const withdraw = useWithdrawAppeal(() => toast(t("withdrawn")));
  const [first] = row.findings;
  const [second] = row.second;
  const words = second ? reasonOf(second, project) : "";
  return (
    <div className="list-row">
      <div className="grow">
        <b>{first ? reasonOf(first, project) : row.project_name}</b>
        <div className="muted small">
          {row.project_name} · {row.state === "open" ? (row.overdue ? t("overdue") : t("due", { date: moment(row.due_at) })) : row.decided_at && t("decided", { date: day(row.decided_at) })}
          {row.text && ` · ${t("yourWords", { text: row.text })}`}
          {words && ` · ${t("secondSaid", { text: words })}`}
        </div>
        {row.moved_on && <div className="muted small">{t("movedOn")}</div>}
        {withdraw.error && <Failure error={withdraw.error} />}
      </div>
      <Tag tone={TONES[row.state]}>{t(`state.${row.state}`)}</Tag>
      {row.state === "open" && !row.moved_on && (
        <Button variant="default" size="compact-sm" loading={withdraw.isPending} onClick={() => withdraw.mutate(row.id)}>
          {t("withdraw")}
        </Button>
      )}
    </div>
  );
}
