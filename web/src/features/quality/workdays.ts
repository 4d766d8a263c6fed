import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";

/** A day that is not what its weekday says; `own` when the base entered it. */
export interface CalendarDay {
  day: string;
  working: boolean;
  zh: string;
  en: string;
  own: boolean;
}

export interface Calendar {
  tenant: string;
  year: number;
  noticed: boolean;
  days: CalendarDay[];
}

/** A day as a base enters it. */
export interface OwnDay {
  day: string;
  working: boolean;
  name: string;
}

const path = (tenant: string) => `/quality/tenants/${tenant}/calendar`;

export const calendarQuery = (tenant: string, year: number) =>
  queryOptions({ queryKey: ["quality", "calendar", tenant, year], queryFn: () => api.get<Calendar>(path(tenant), { year }) });

/** Put the base's own days of a year; the answer is the whole year. */
export function useSetCalendar(tenant: string, year: number, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (days: OwnDay[]) => api.put<Calendar>(path(tenant), { year, days }),
    onSuccess: (whole) => {
      client.setQueryData(calendarQuery(tenant, year).queryKey, whole);
      onDone();
    },
  });
}

const DAY_MS = 86_400_000;

/** Every day from `first` to `last`, both in it, as `YYYY-MM-DD`; none when `last` comes before or one is no date. */
export function daysBetween(first: string, last: string): string[] {
  const [from, to] = [Date.parse(`${first}T00:00:00Z`), Date.parse(`${last}T00:00:00Z`)];
  const out: string[] = [];
  for (let at = from; at <= to; at += DAY_MS) out.push(new Date(at).toISOString().slice(0, 10));
  return out;
}

/** The base's own days with some more: the later word about a day counts. */
export function withDays(own: readonly OwnDay[], more: readonly OwnDay[]): OwnDay[] {
  const byDay = new Map([...own, ...more].map((one) => [one.day, one]));
  return [...byDay.values()].sort((a, b) => a.day.localeCompare(b.day));
}

/** A run of days alike, as one line of the list. */
export interface Span {
  first: string;
  last: string;
  working: boolean;
  zh: string;
  en: string;
  own: boolean;
}

/** Join days that follow each other and say the same. */
export function spans(days: readonly CalendarDay[]): Span[] {
  const out: Span[] = [];
  for (const one of days) {
    const before = out[out.length - 1];
    const alike = before && before.working === one.working && before.zh === one.zh && before.own === one.own;
    if (alike && daysBetween(before.last, one.day).length === 2) before.last = one.day;
    else out.push({ first: one.day, last: one.day, working: one.working, zh: one.zh, en: one.en, own: one.own });
  }
  return out;
}
