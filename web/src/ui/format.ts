import { i18next } from "../app/i18n";

/** Fen (integer) as yuan: `¥73.40`. */
export function yuan(fen: number): string {
  return new Intl.NumberFormat(i18next.language, { style: "currency", currency: "CNY", currencyDisplay: "narrowSymbol" }).format(fen / 100);
}

/** A whole number with thousands separators. */
export function count(value: number): string {
  return new Intl.NumberFormat(i18next.language).format(value);
}

/** A share 0..1 as a percentage with `digits` decimals. */
export function percent(share: number, digits = 0): string {
  return new Intl.NumberFormat(i18next.language, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
}

/** A moment (ISO-8601) as short date and time of this computer's zone. */
export function moment(iso: string): string {
  return new Intl.DateTimeFormat(i18next.language, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(iso));
}

/** A day (ISO-8601). */
export function day(iso: string): string {
  return new Intl.DateTimeFormat(i18next.language, { year: "numeric", month: "numeric", day: "numeric" }).format(new Date(iso));
}

/** Bytes in the unit that reads best, powers of 1000. */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${new Intl.NumberFormat(i18next.language, { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value)} ${units[unit]}`;
}
