import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMe } from "../../api/me";
import { LinkButton } from "../../ui/LinkButton";
import { Failure } from "../../ui/State";
import { count, yuan } from "../../ui/format";
import { todayTexts } from "./texts-today";
import { todayQuery, type Today } from "./today";
import "./today.css";

/** Her day: one big button, what she did, what came back. */
export default function TodayPage() {
  const t = todayTexts.use();
  const me = useMe();
  const today = useQuery(todayQuery);
  const hour = new Date().getHours();
  const greeting = hour < 11 ? "morning" : hour < 18 ? "afternoon" : "evening";
  return (
    <div className="today">
      <div className="today-column">
        <section className="card today-hero">
          <div>
            <h1>{t(greeting, { name: me.display_name })}</h1>
            <p>{t("ready")}</p>
          </div>
          <LinkButton
            to="/work" className="today-go" h={64} px={40} fz={22} radius={14}
            leftSection={<IconPlayerPlay size={24} stroke={1.75} />}
          >
            {today.data && today.data.items > 0 ? t("going") : t("start")}
          </LinkButton>
          {today.data && <Figures today={today.data} />}
          {today.error && <Failure error={today.error} again={() => void today.refetch()} />}
        </section>
      </div>
    </div>
  );
}

const HOUR_MS = 3_600_000;

function Figures({ today }: { today: Today }) {
  const t = todayTexts.use();
  const minutes = Math.round(today.active_ms / 60_000);
  const time =
    minutes < 60 ? t("minutes", { count: minutes }) : t("hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  const rate =
    today.earned_fen !== null && minutes >= 5
      ? t("perHour", { amount: yuan(Math.round((today.earned_fen * HOUR_MS) / today.active_ms)) })
      : null;
  return (
    <div className="figures">
      <div className="figure">
        <span>{t("done")}</span>
        <b>{t("items", { count: today.items })}</b>
        <span>{t("active", { time })}</span>
      </div>
      <div className="figure">
        <span>{t("earned")}</span>
        <b>{today.earned_fen === null ? "—" : yuan(today.earned_fen)}</b>
        <span>{today.earned_fen === null ? t("unpriced") : rate}</span>
      </div>
      <div className="figure">
        <span>{t("accepted")}</span>
        <b>{count(today.accepted)}</b>
        <span>{today.returned ? t("returnedSome", { count: today.returned }) : t("returnedNone")}</span>
      </div>
    </div>
  );
}
