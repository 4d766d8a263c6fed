import { IconScale } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { moment } from "../../ui/format";
import { LinkButton } from "../../ui/LinkButton";
import { Failure, Tag } from "../../ui/State";
import { waitingAppealsQuery } from "./appeals";
import { appealTexts } from "./texts-appeals";

/** Appeals that wait for a second verdict, project by project, with the date that was promised. */
export function WaitingAppeals() {
  const t = appealTexts.use();
  const waiting = useQuery(waitingAppealsQuery);
  if (waiting.error) return <Failure error={waiting.error} again={() => void waiting.refetch()} />;
  if (!waiting.data?.length) return null;
  return (
    <section className="card" aria-label={t("waitingTitle")}>
      {waiting.data.map((row) => (
        <div key={row.project} className="list-line row" style={{ gap: 16 }}>
          <IconScale size={20} stroke={1.75} aria-hidden />
          <div className="grow">
            <b>{t("waiting", { count: row.open })}</b>
            <div className="muted small">
              {row.name} · {t("nextDue", { date: moment(row.next_due) })}
            </div>
          </div>
          {row.overdue > 0 && <Tag tone="warn">{t("waitingOverdue", { count: row.overdue })}</Tag>}
          <LinkButton to="/team/appeals" search={{ project: row.project }} variant="default">
            {t("allAppeals")}
          </LinkButton>
          <LinkButton to="/review/$project" params={{ project: row.project }}>
            {t("judgeNow")}
          </LinkButton>
        </div>
      ))}
    </section>
  );
}
