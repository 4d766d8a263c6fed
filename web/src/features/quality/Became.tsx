import { Button } from "@mantine/core";
import { usePages } from "../../api/pages";
import { DataTable } from "../../ui/DataTable";
import { count, moment, percent } from "../../ui/format";
import { Failure, Tag, type Tone } from "../../ui/State";
import { uiTexts } from "../../ui/ui-texts";
import { consensusTasksPath, type ConsensusState, type ConsensusTask } from "./agreement";
import { agreementTexts } from "./texts-agreement";

const TONES: Record<ConsensusState, Tone> = { accepted: "ok", asking: "info", proposed: "warn", decided: "ok", withdrawn: "info" };

/** Item by item: what the several answers became, why, and who is in the result with what share. */
export function Became({ project }: { project: string }) {
  const t = agreementTexts.use();
  const ui = uiTexts.use();
  const found = usePages<ConsensusTask>(["quality", "became", project], consensusTasksPath(project), { limit: 20 });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  if (!found.rows.length) return null;
  return (
    <section className="card" aria-label={t("became")}>
      <div className="card-head"><h2>{t("became")}</h2></div>
      <p className="muted small card-body">{t("becameText")}</p>
      <DataTable
        label={t("became")} rows={found.rows} keyOf={(r) => r.task}
        columns={[
          { key: "item", head: t("item"), cell: (r) => r.name || r.task },
          { key: "state", head: t("outcome"), cell: (r) => <Tag tone={TONES[r.state]}>{t(`state.${r.state}`)}</Tag> },
          { key: "answers", head: t("answers"), className: "number", cell: (r) => t("ofMost", { n: count(r.answers), most: count(r.most) }) },
          { key: "agreement", head: t("alike"), className: "number", cell: (r) => (r.agreement === null ? "—" : percent(r.agreement)) },
          { key: "why", head: t("why"), cell: (r) => r.reasons.map((d) => t("doubtOf", { what: t(`doubt.${d.code}`), n: count(d.n) })).join(t("comma")) || "—" },
          { key: "who", head: t("shares"), cell: (r) => r.people.map((p) => t("shareOf", { name: p.name, share: percent(p.weight) })).join(t("comma")) || "—" },
          { key: "at", head: t("when"), cell: (r) => moment(r.at) },
        ]}
      />
      {found.hasNextPage && <Button variant="subtle" size="compact-sm" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{ui("more")}</Button>}
    </section>
  );
}
