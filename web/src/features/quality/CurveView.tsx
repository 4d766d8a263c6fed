import { percent } from "../../ui/format";
import type { Curve, DryRun } from "./rules";
import { ruleTexts } from "./texts-rules";

const WIDTH = 300;
const HEIGHT = 110;

/** How often a rule acts by true accuracy, with its table, and what it would have done. */
export function CurveView({ curve, dry }: { curve: Curve; dry: DryRun | null }) {
  const t = ruleTexts.use();
  const points = curve.accuracy.map((a, i) => ({ a, p: curve.trigger[i] ?? 0 })).sort((x, y) => x.a - y.a);
  const least = points[0]?.a ?? 0.6;
  const x = (a: number) => 34 + ((a - least) / (1 - least)) * (WIDTH - 44);
  const y = (p: number) => 6 + (1 - p) * (HEIGHT - 28);
  return (
    <div className="rule-curve">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} role="img" aria-label={t("curve")}>
        {[0, 0.5, 1].map((tick) => (
          <g key={tick}>
            <line x1={34} x2={WIDTH - 6} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
            <text x={30} y={y(tick) + 4} fontSize={10} textAnchor="end" fill="var(--ink-2)">{percent(tick)}</text>
          </g>
        ))}
        <polyline points={points.map((one) => `${x(one.a)},${y(one.p)}`).join(" ")} fill="none" stroke="#1F6A51" strokeWidth={2} />
        {points.map((one) => (
          <g key={one.a}>
            <circle cx={x(one.a)} cy={y(one.p)} r={3} fill="#1F6A51"><title>{`${percent(one.a)}: ${percent(one.p, 1)}`}</title></circle>
            <text x={x(one.a)} y={HEIGHT - 4} fontSize={10} textAnchor="middle" fill="var(--ink-2)">{percent(one.a)}</text>
          </g>
        ))}
      </svg>
      <table className="table small">
        <thead><tr><th>{t("accuracy")}</th>{points.map((one) => <th key={one.a} className="number">{percent(one.a)}</th>)}</tr></thead>
        <tbody><tr><td>{t("trigger")}</td>{points.map((one) => <td key={one.a} className="number">{percent(one.p, 1)}</td>)}</tr></tbody>
      </table>
      <p className="muted small">{t(`within_${curve.unit}`, { n: curve.within })} · {curve.exact ? t("exact") : t("simulated", { error: percent(curve.error, 1) })}</p>
      {dry && <p className="small">{t("dry", { days: dry.days, people: dry.people, events: dry.events, times: dry.times, about: dry.acted_about })}</p>}
    </div>
  );
}
