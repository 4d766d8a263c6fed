import type { ReactNode } from "react";
import { IntervalLine } from "../../ui/charts";
import { count, day, percent } from "../../ui/format";
import { known, scaleFrom, type DayRate, type Pair, type Rate } from "./reports";
import { reportTexts } from "./texts-reports";

export interface RateRow {
  key: string;
  label: ReactNode;
  rate: Rate;
}

/** Shares one under the other, each a dot on its interval, on one scale; the line is dashed. */
export function RateRows({ rows, line }: { rows: readonly RateRow[]; line: number }) {
  const from = scaleFrom(rows.map((row) => row.rate));
  return (
    <div className="rates" role="list">
      {rows.map(({ key, label, rate }) => {
        const of = known(rate);
        return (
          <div key={key} className="rates-row" role="listitem">
            <span className="rates-label">{label}</span>
            {of ? <IntervalLine of={of} target={line} from={from} width={132} /> : <span />}
            <b>{of ? percent(of.value) : "—"}</b>
            <span className="muted">{count(rate.of)}</span>
          </div>
        );
      })}
    </div>
  );
}

const WIDE = 460;
const HIGH = 150;
const EDGE = { left: 38, right: 12, top: 8, bottom: 20 };

/** A share day by day: dots with their intervals, the line dashed. */
export function Trend({ series, line, label }: { series: readonly DayRate[]; line: number; label: string }) {
  const points = series.flatMap((one) => {
    const rate = known(one.passed);
    return rate ? [{ at: Date.parse(one.day), day: one.day, ...rate }] : [];
  });
  const first = points[0];
  const last = points[points.length - 1];
  if (!first || !last) return null;
  const span = Math.max(1, last.at - first.at);
  const x = (at: number) => (points.length === 1 ? (EDGE.left + WIDE - EDGE.right) / 2 : EDGE.left + ((at - first.at) / span) * (WIDE - EDGE.left - EDGE.right));
  const y = (share: number) => EDGE.top + (1 - share) * (HIGH - EDGE.top - EDGE.bottom);
  const said = points.map((p) => `${day(p.day)}: ${percent(p.value)}`).join(", ");
  return (
    <svg viewBox={`0 0 ${WIDE} ${HIGH}`} className="trend" role="img" aria-label={`${label}: ${said}`}>
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <line x1={EDGE.left} x2={WIDE - EDGE.right} y1={y(share)} y2={y(share)} stroke="#E6E1D8" />
          <text x={EDGE.left - 6} y={y(share) + 4} textAnchor="end">{percent(share)}</text>
        </g>
      ))}
      <line x1={EDGE.left} x2={WIDE - EDGE.right} y1={y(line)} y2={y(line)} stroke="#8A8377" strokeDasharray="4 3" />
      <polyline points={points.map((p) => `${x(p.at)},${y(p.value)}`).join(" ")} fill="none" stroke="#479678" strokeWidth={1.5} />
      {points.map((p) => (
        <g key={p.day}>
          <title>{`${day(p.day)}: ${percent(p.value)} (${percent(p.low)}–${percent(p.high)}), ${count(p.of)}`}</title>
          <line x1={x(p.at)} x2={x(p.at)} y1={y(p.low)} y2={y(p.high)} stroke="#B9DBCB" strokeWidth={3} strokeLinecap="round" />
          <circle cx={x(p.at)} cy={y(p.value)} r={4} fill="#1F6A51" />
        </g>
      ))}
      <text x={x(first.at)} y={HIGH - 5} textAnchor={points.length === 1 ? "middle" : "start"}>{day(first.day)}</text>
      {points.length > 1 && <text x={x(last.at)} y={HIGH - 5} textAnchor="end">{day(last.day)}</text>}
    </svg>
  );
}

const MOST_CLASSES = 14;

/** Marked as (rows) against what it was (columns); each cell's share of its row tints it. */
export function Confusion({ pairs, nameOf }: { pairs: readonly Pair[]; nameOf: (label: string) => string }) {
  const t = reportTexts.use();
  const weight = new Map<string, number>();
  for (const pair of pairs) {
    const wrong = pair.given !== pair.right;
    for (const label of [pair.given, pair.right]) weight.set(label, (weight.get(label) ?? 0) + pair.n * (wrong ? 1000 : 1));
  }
  const labels = [...weight.entries()].sort((a, b) => b[1] - a[1]).slice(0, MOST_CLASSES).map(([label]) => label).sort((a, b) => (a === "" ? 1 : b === "" ? -1 : (weight.get(b) ?? 0) - (weight.get(a) ?? 0)));
  const cell = new Map(pairs.map((pair) => [`${pair.given}\n${pair.right}`, pair.n]));
  const title = (label: string) => (label === "" ? t("nothing") : nameOf(label));
  return (
    <div className="confusion-wrap">
      <p className="muted small">{t("columns")}</p>
      <table className="confusion">
        <thead>
          <tr>
            <th>{t("given2")}</th>
            {labels.map((label) => <th key={label} scope="col"><span>{title(label)}</span></th>)}
          </tr>
        </thead>
        <tbody>
          {labels.map((given) => {
            const whole = labels.reduce((sum, right) => sum + (cell.get(`${given}\n${right}`) ?? 0), 0);
            return (
              <tr key={given}>
                <th scope="row">{title(given)}</th>
                {labels.map((right) => {
                  const n = cell.get(`${given}\n${right}`) ?? 0;
                  const strength = whole ? n / whole : 0;
                  const same = given === right;
                  const tint = same ? `rgba(44, 125, 97, ${0.08 + 0.3 * strength})` : `rgba(168, 50, 31, ${0.12 + 0.5 * strength})`;
                  return <td key={right} style={n ? { background: tint } : undefined} title={`${title(given)} → ${title(right)}: ${n}`}>{n || ""}</td>;
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
