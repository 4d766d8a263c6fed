import { useQuery } from "@tanstack/react-query";
import { ChartCard, IntervalLine } from "../../ui/charts";
import { count, percent } from "../../ui/format";
import { Failure } from "../../ui/State";
import { skillsQuery } from "./agreement";
import { agreementTexts } from "./texts-agreement";

/** How often each person is right, judged without her own answer, with its interval; the least sure of it last. */
export function SkillsCard({ project }: { project: string }) {
  const t = agreementTexts.use();
  const found = useQuery(skillsQuery(project));
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  const rows = (found.data ?? []).filter((s) => s.label === "").sort((a, b) => b.low - a.low);
  const from = Math.max(0, Math.min(0.8, Math.floor(Math.min(0.8, ...rows.map((s) => s.low)) * 10) / 10));
  return (
    <ChartCard
      title={t("skills")} empty={t("noSkills")} head={[t("who"), t("share"), t("low"), t("high"), t("fromKnown"), t("fromOthers")]}
      rows={rows.map((s) => [s.name, percent(s.mean, 1), percent(s.low, 1), percent(s.high, 1), t("ofMost", { n: count(s.gold_right), most: count(s.gold) }), count(s.others)])}
      chart={<ul className="plain">{rows.slice(0, 14).map((s) => <li key={s.person}><span>{s.name}</span><IntervalLine of={{ value: s.mean, low: s.low, high: s.high }} from={from} /><b>{percent(s.mean)}</b></li>)}</ul>}
    />
  );
}
