import { day, percent } from "../../ui/format";
import { recordTexts } from "./texts-records";
import type { Week } from "./records";

const WIDTH = 1240;
const HEIGHT = 190;
const LEFT = 40;
const BOTTOM = 24;

/** Shares of right answers by week, each with its interval, and the line that is asked for. */
export function WeeksChart({ weeks, line }: { weeks: readonly Week[]; line: number }) {
  const t = recordTexts.use();
  const shown = weeks.filter((w) => w.share.value !== null).slice(0, 12).reverse();
  const least = Math.min(line, ...shown.map((w) => w.share.low ?? 1));
  const from = Math.max(0, Math.floor(least * 10 - 0.5) / 10);
  const y = (share: number) => 8 + ((1 - share) / (1 - from)) * (HEIGHT - BOTTOM - 8);
  const step = (WIDTH - LEFT) / Math.max(1, shown.length);
  const ticks = [from, (1 + from) / 2, 1];
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" role="img" aria-label={t("chart")}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={LEFT} x2={WIDTH} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
          <text x={LEFT - 6} y={y(tick) + 4} fontSize={11} textAnchor="end" fill="var(--ink-2)">{percent(tick)}</text>
        </g>
      ))}
      <line x1={LEFT} x2={WIDTH} y1={y(line)} y2={y(line)} stroke="#8A8377" strokeDasharray="4 3" />
      <text x={WIDTH - 2} y={y(line) - 4} fontSize={11} textAnchor="end" fill="var(--ink-2)">{`${t("line")} ${percent(line)}`}</text>
      {shown.map((w, i) => {
        const x = LEFT + step * (i + 0.5);
        const { value, low, high } = w.share;
        const label = t("range", { value: percent(value ?? 0), low: percent(low ?? 0), high: percent(high ?? 0) });
        const colour = w.below ? "#A8321F" : "#1F6A51";
        return (
          <g key={w.week}>
            <title>{`${day(w.week)} ${label}`}</title>
            <line x1={x} x2={x} y1={y(high ?? 1)} y2={y(low ?? 0)} stroke={colour} strokeWidth={3} strokeLinecap="round" opacity={w.closed ? 1 : 0.45} />
            <circle cx={x} cy={y(value ?? 0)} r={4.5} fill={w.closed ? colour : "#fff"} stroke={colour} strokeWidth={2} />
            <text x={x} y={HEIGHT - 6} fontSize={11} textAnchor="middle" fill="var(--ink-2)">{w.week.slice(5).replace("-", "/")}</text>
          </g>
        );
      })}
    </svg>
  );
}
