import { queryOptions } from "@tanstack/react-query";
import { address, api } from "../../api/client";
import type { Rate } from "../work/board";
import type { Days } from "./search";

export type { Rate };

export type ReasonCode =
  | "class_below" | "class_low" | "class_fell" | "person_below" | "person_low" | "person_fell" | "rule_unclear" | "rule_broken" | "error_main"
  | "too_few" | "questions_open" | "appeals_open" | "appeals_overdue" | "gold_suspect" | "arbitrate" | "person_drift" | "reviewer_overturned" | "firing_open";

/** One thing to look at today, and why (`reasons` of the report). */
export interface Reason {
  code: ReasonCode;
  subject: string;
  name: string;
  sure: boolean;
  rate: Rate | null;
  n: number;
  people: number;
  more: string;
  weight: number;
}

export interface ClassRate {
  label: string;
  right: Rate;
  before: Rate;
  wrong: number;
  answers: number;
}

export interface SliceRate {
  key: string;
  right: Rate;
  name: string;
}

/** What known tasks say: answers that passed their line, objects right by class. */
export interface KnownFigures {
  passed: Rate;
  classes: { label: string; right: Rate }[];
}

export interface PersonRate {
  person: string;
  name: string;
  base: string;
  passed: Rate;
  right: Rate;
  before: Rate;
  error_class: string;
  errors: number;
}

export interface DayRate {
  day: string;
  passed: Rate;
}

export interface ErrorCount {
  error_class: string;
  n: number;
  people: number;
  label: string;
}

export interface RuleCount {
  rule: string;
  n: number;
  people: number;
  error_class: string;
}

export interface Pair {
  given: string;
  right: string;
  n: number;
}

/** `GET /quality/projects/{id}/report`. */
export interface Report {
  at: string;
  project: string;
  days: number;
  /** Whether every verdict given so far is in the figures. */
  fresh: boolean;
  line: number;
  passed: Rate;
  before: Rate;
  right: Rate;
  reasons: Reason[];
  classes: ClassRate[];
  bases: { base: string; name: string; passed: Rate; right: Rate; people: number }[];
  people: PersonRate[];
  series: DayRate[];
  errors: ErrorCount[];
  rules: RuleCount[];
  pairs: Pair[];
  slices: SliceRate[];
  known: KnownFigures;
}

/** One error, with its place in the picture (px of the picture). */
export interface Finding {
  id: string;
  at: string;
  task: string;
  submission: string;
  item: string;
  item_name: string;
  person: string;
  name: string;
  error_class: string;
  severity: string;
  label: string;
  rule: string;
  text: string;
  mark: string;
  fixed: boolean;
  verdict: string;
  region: [number, number, number, number] | null;
  width: number;
  height: number;
  preview: string | null;
  full: string | null;
}

export interface PersonReport {
  at: string;
  project: string;
  person: string;
  name: string;
  days: number;
  line: number;
  passed: Rate;
  before: Rate;
  team: Rate;
  right: Rate;
  classes: ClassRate[];
  strengths: string[];
  errors: ErrorCount[];
  rules: RuleCount[];
  pairs: Pair[];
  series: DayRate[];
  lesson: { error_class: string; label: string; rule: string; n: number } | null;
  recent: Finding[];
  known: KnownFigures | null;
  drifted: boolean;
  checked: number | null;
}

export interface ReviewerRate {
  reviewer: string;
  name: string;
  passed: Rate;
  fixed: number;
  returned: number;
  shared: Rate;
  others: Rate;
  apart: boolean;
  overturned: Rate;
  seconds: number | null;
}

const path = (project: string) => `/quality/projects/${project}`;

export const overviewQuery = (days: Days) =>
  queryOptions({ queryKey: ["quality", "projects", days], queryFn: () => api.get<{ project: string; name: string; state: string; passed: Rate }[]>("/quality/projects", { days }) });

export const reportQuery = (project: string, days: Days) =>
  queryOptions({
    queryKey: ["quality", "report", project, days], enabled: project !== "", queryFn: () => api.get<Report>(`${path(project)}/report`, { days }),
    // Verdicts are taken into the figures by the worker's clock, within seconds of being given.
    refetchInterval: (query) => (query.state.data?.fresh === false ? 3_000 : false),
  });

export const reviewersQuery = (project: string, days: Days) =>
  queryOptions({ queryKey: ["quality", "reviewers", project, days], queryFn: () => api.get<{ line: number; rows: ReviewerRate[] }>(`${path(project)}/reviewers`, { days }) });

export const personQuery = (project: string, person: string, days: Days) =>
  queryOptions({ queryKey: ["quality", "person", project, person, days], enabled: project !== "", queryFn: () => api.get<PersonReport>(`${path(project)}/people/${person}`, { days }) });

export const errorsPath = (project: string) => `${path(project)}/errors`;

/** Where a spreadsheet of the figures is fetched. */
export const tablesAddress = (project: string, days: Days) => address(`${path(project)}/tables`, { days, format: "xlsx" });

/** A share with its bounds, or null while nothing was counted. */
export function known(rate: Rate | null): { value: number; low: number; high: number; of: number } | null {
  if (!rate || rate.value === null || rate.low === null || rate.high === null) return null;
  return { value: rate.value, low: rate.low, high: rate.high, of: rate.of };
}

/** Where a scale of shares begins so that every interval is seen: a tenth at or below the lowest bound, at most 0.9. */
export function scaleFrom(rates: readonly (Rate | null)[]): number {
  const lows = rates.map(known).flatMap((rate) => (rate ? [rate.low] : []));
  return Math.max(0, Math.min(0.9, Math.floor(Math.min(0.9, ...lows) * 10) / 10));
}

export interface Crop {
  /** Scale from picture to frame, and where the picture's corner lies in the frame (px of the frame). */
  scale: number;
  left: number;
  top: number;
  /** The region in the frame. */
  pin: { left: number; top: number; width: number; height: number };
}

/** Show `region` in a frame with its surroundings, enlarged at most `most` times, never beyond the picture's edges. */
export function cropOf(region: readonly [number, number, number, number], picture: { width: number; height: number }, frame: { width: number; height: number }, most = 2): Crop {
  const [x0, y0, x1, y1] = region;
  const smallest = Math.max(frame.width / picture.width, frame.height / picture.height);
  const around = Math.min(frame.width / (2.4 * Math.max(1, x1 - x0)), frame.height / (2.4 * Math.max(1, y1 - y0)));
  const scale = Math.max(smallest, Math.min(most, around));
  const keep = (offset: number, size: number, whole: number) => Math.min(0, Math.max(size - whole, offset));
  const left = keep(frame.width / 2 - scale * ((x0 + x1) / 2), frame.width, scale * picture.width);
  const top = keep(frame.height / 2 - scale * ((y0 + y1) / 2), frame.height, scale * picture.height);
  return { scale, left, top, pin: { left: left + scale * x0, top: top + scale * y0, width: scale * (x1 - x0), height: scale * (y1 - y0) } };
}

/** What was taken for what, most frequent first; right ones left out. */
export function mistaken(pairs: readonly Pair[]): Pair[] {
  return pairs.filter((pair) => pair.given !== pair.right).sort((a, b) => b.n - a.n);
}

/** Parts of the data that can be told apart: of each attribute or fact at least two values, the weakest first. */
export function comparable(slices: readonly SliceRate[]): SliceRate[] {
  const group = (key: string) => key.replace(/^((?:attr|item):[^=]*)=.*$/s, "$1").replace(/^(dataset|suggested):.*$/s, "$1");
  const seen = slices.filter((one) => one.right.of > 0);
  const counts = new Map<string, number>();
  for (const one of seen) counts.set(group(one.key), (counts.get(group(one.key)) ?? 0) + 1);
  return seen.filter((one) => (counts.get(group(one.key)) ?? 0) > 1).sort((a, b) => (a.right.value ?? 1) - (b.right.value ?? 1));
}
