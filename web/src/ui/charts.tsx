import { useState, type ReactNode } from "react";
import { count, percent } from "./format";
import { uiTexts } from "./ui-texts";
import "./charts.css";

const BAR = "#2C7D61";
const WIDEST_SLOT = 16;

/** Small bars in a table cell, one per slot of time; the last is now. */
export function SparkBars({ values, label, width = 86, height = 22 }: { values: readonly number[]; label: string; width?: number; height?: number }) {
  const top = Math.max(1, ...values);
  // Few values stay narrow and stand at the right, where "now" is.
  const slot = Math.min(WIDEST_SLOT, width / Math.max(1, values.length));
  const start = width - slot * values.length;
  const bar = Math.max(1, slot - 2);
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      {values.map((value, i) => {
        const tall = value <= 0 ? 0 : Math.max(1.5, ((height - 3) * value) / top);
        return <rect key={i} x={start + i * slot + 1} y={height - 1 - tall} width={bar} height={tall} rx={1} fill={BAR} />;
      })}
    </svg>
  );
}

const TALL = 84;
const LABELS = 8;

/** Columns over time with their numbers, as wide as the place; labels where there is room for them. */
export function Columns({ rows, label }: { rows: readonly { label: string; value: number }[]; label: string }) {
  const top = Math.max(1, ...rows.map((row) => row.value));
  const every = Math.ceil(rows.length / LABELS);
  return (
    <div className="columns" role="img" aria-label={label}>
      {rows.map((row, i) => (
        <span key={row.label} className="column" title={`${row.label}: ${count(row.value)}`}>
          {rows.length <= 2 * LABELS && <span className="column-value">{count(row.value)}</span>}
          <i style={{ height: Math.max(2, (TALL * row.value) / top) }} />
          <span className="column-label">{(rows.length - 1 - i) % every === 0 ? row.label : ""}</span>
        </span>
      ))}
    </div>
  );
}

export interface IntervalValue {
  /** Shares 0..1. */
  value: number;
  low: number;
  high: number;
}

/** A share with its interval as a line with a dot, the target as a dashed line, on the scale `from`..1. */
export function IntervalLine({ of, target, from = 0.8, width = 96 }: { of: IntervalValue; target?: number; from?: number; width?: number }) {
  const t = uiTexts.use();
  const at = (share: number) => 4 + ((Math.min(1, Math.max(from, share)) - from) / (1 - from)) * (width - 8);
  const label = t("interval.of", { value: percent(of.value), low: percent(of.low), high: percent(of.high) });
  return (
    <svg width={width} height={18} role="img" aria-label={label}>
      <title>{label}</title>
      {target !== undefined && <line x1={at(target)} x2={at(target)} y1={1} y2={17} stroke="#8A8377" strokeDasharray="2 2" />}
      <line x1={at(of.low)} x2={at(of.high)} y1={9} y2={9} stroke="#1F6A51" strokeWidth={3} strokeLinecap="round" />
      <circle cx={at(of.value)} cy={9} r={4} fill="#1F6A51" />
    </svg>
  );
}

export interface BarRow {
  label: string;
  value: number;
  /** Only when the colour means a class. */
  colour?: string;
}

/** Horizontal bars, longest first as given. */
export function Bars({ rows }: { rows: readonly BarRow[] }) {
  const top = Math.max(1, ...rows.map((row) => row.value));
  return (
    <div className="bars" role="list">
      {rows.map((row) => (
        <div key={row.label} className="bars-row" role="listitem">
          <span className="bars-label" title={row.label}>
            {row.label}
          </span>
          <span className="bars-track">
            <i style={{ width: `${(row.value / top) * 100}%`, background: row.colour ?? BAR }} className={row.colour ? "edged" : undefined} />
          </span>
          <span className="bars-value">{count(row.value)}</span>
        </div>
      ))}
    </div>
  );
}

/** A chart in a card, its table one click away. */
export function ChartCard({ title, chart, head, rows, empty }: {
  title: string;
  chart: ReactNode;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  empty?: string;
}) {
  const t = uiTexts.use();
  const [asTable, setAsTable] = useState(false);
  return (
    <section className="card chart-card">
      <div className="card-head">
        <h2>{title}</h2>
        {rows.length > 0 && (
          <button type="button" className="text-button end small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {asTable ? t("chart") : t("table")}
          </button>
        )}
      </div>
      <div className="card-body">
        {rows.length === 0 ? <p className="muted">{empty ?? t("none")}</p> : asTable ? <Table head={head} rows={rows} /> : chart}
      </div>
    </section>
  );
}

function Table({ head, rows }: { head: readonly string[]; rows: readonly (readonly string[])[] }) {
  return (
    <div className="table-wrap">
      <table className="table">
        <thead>
          <tr>
            {head.map((cell, i) => (
              <th key={cell} className={i > 0 ? "number" : undefined}>
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, i) => (
                <td key={i} className={i > 0 ? "number" : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
