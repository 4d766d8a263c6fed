import { IconBellRinging } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { LinkButton } from "../../ui/LinkButton";
import { Failure, Tag } from "../../ui/State";
import { ruleTexts } from "./texts-rules";
import { waitingFiringsQuery } from "./waiting";

/** Rules that have acted and ask the lead to look, project by project; nothing further happens before she does. */
export function WaitingFirings() {
  const t = ruleTexts.use();
  const waiting = useQuery(waitingFiringsQuery);
  if (waiting.error) return <Failure error={waiting.error} again={() => void waiting.refetch()} />;
  if (!waiting.data?.length) return null;
  return (
    <section className="card" aria-label={t("toLookAt")}>
      {waiting.data.map((row) => (
        <div key={row.project} className="list-line row" style={{ gap: 16 }}>
          <IconBellRinging size={20} stroke={1.75} aria-hidden />
          <div className="grow">
            <b>{t("lookAt", { count: row.open })}</b>
            <div className="muted small">{row.name}</div>
          </div>
          {row.pauses > 0 && <Tag tone="warn">{t("pausesAsked", { count: row.pauses })}</Tag>}
          <LinkButton to="/team/quality" search={{ project: row.project, view: "rules" }}>{t("goLook")}</LinkButton>
        </div>
      ))}
    </section>
  );
}
