import { IconBulb } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { day } from "../../ui/format";
import { Failure } from "../../ui/State";
import { myFiringsQuery } from "./rules";
import { ruleTexts } from "./texts-rules";
import { spoken, valueInWords } from "./words";

const RECENT_MS = 7 * 24 * 3_600_000;

/** What rules say to the person herself, with the grounds and what follows; she reads it before anybody decides anything. */
export function MyFirings({ all = false }: { all?: boolean }) {
  const t = ruleTexts.use();
  const mine = useQuery(myFiringsQuery);
  if (mine.error) return <Failure error={mine.error} again={() => void mine.refetch()} />;
  const rows = (mine.data ?? []).filter((f) => f.state !== "withdrawn" && (all || f.paused || Date.parse(f.at) > Date.now() - RECENT_MS));
  if (rows.length === 0) return null;
  return (
    <section className="card list-card" aria-label={t("mineTitle")}>
      <h2>{t("mineTitle")}</h2>
      {rows.map((f) => (
        <div key={f.id} className="list-row">
          <IconBulb size={20} stroke={1.75} aria-hidden />
          <div className="grow">
            <b>{spoken(f.zh, f.en)}</b>
            <div className="muted small">
              {f.project_name} · {day(f.at)} · {t("because", { what: Object.entries(f.values).map(([key, value]) => valueInWords(key, value)).join(" · ") })}
            </div>
            <div className="small">{t("follows")}: {f.outcomes.filter((o) => o.state === "done").map((o) => spoken(o.zh, o.en)).join(" ") || "—"}</div>
            {f.paused && <div className="small">{t("pausedNow")}</div>}
          </div>
        </div>
      ))}
    </section>
  );
}
