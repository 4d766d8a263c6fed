import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";

export type Source = "gold" | "reviews" | "week";
export type Unit = "count" | "percent" | "sum";
export type Op = "gte" | "gt" | "lte" | "lt";
export type Do = "raise_review" | "add_overlap" | "assign_practice" | "notify_lead" | "propose_pause";

export interface Condition {
  key: string;
  op: Op;
  value: number;
}

/** One thing a rule does, with the values it needs. */
export interface Act {
  do: Do;
  share_percent?: number;
  days?: number;
  answers_count?: number;
  pool?: "retry" | "training";
  items_count?: number;
}

export interface RuleDoc {
  name_zh: string;
  name_en: string;
  collect: { source: Source; last_n: number; p_good_percent: number; p_bad_percent: number };
  when: Condition[];
  then: Act[];
  message_zh: string;
  message_en: string;
}

/** How often a rule acts for a person of a true accuracy. */
export interface Curve {
  unit: "gold" | "reviews" | "weeks";
  within: number;
  accuracy: number[];
  trigger: number[];
  exact: boolean;
  error: number;
}

export interface DryRun {
  days: number;
  people: number;
  acted_about: number;
  times: number;
  events: number;
}

export interface Rule {
  id: string;
  number: number;
  state: "draft" | "live" | "off";
  version: number;
  live_version: number | null;
  document: RuleDoc;
  curve: Curve | null;
  dry_run: DryRun | null;
  checked: boolean;
  fired: number;
  open: number;
}

export interface Outcome {
  do: Do;
  state: "done" | "open" | "failed" | "not_shown";
  zh: string;
  en: string;
}

/** A rule has acted about a person. */
export interface Firing {
  id: string;
  rule: string;
  rule_zh: string;
  rule_en: string;
  number: number;
  person: string;
  name: string;
  at: string;
  fired_at: string;
  values: Record<string, number>;
  error_class: string;
  window: number;
  outcomes: Outcome[];
  state: "open" | "done" | "withdrawn";
  pause: "" | "proposed" | "agreed" | "declined" | "ended";
  closed_by: string;
  note: string;
}

/** What a rule says to the person herself. */
export interface MyFiring {
  id: string;
  project: string;
  project_name: string;
  zh: string;
  en: string;
  at: string;
  values: Record<string, number>;
  error_class: string;
  window: number;
  outcomes: Outcome[];
  state: "open" | "done" | "withdrawn";
  paused: boolean;
}

export const KEYS: Record<Source, Record<string, Unit>> = {
  gold: { "gold.graded_count": "count", "gold.passed_percent": "percent", "gold.cusum_sum": "sum" },
  reviews: { "reviews.checked_count": "count", "reviews.right_percent": "percent", "reviews.upper_percent": "percent", "reviews.returned_count": "count", "reviews.same_error_count": "count" },
  week: { "week.checked_count": "count", "week.right_percent": "percent", "week.upper_percent": "percent", "week.below_in_row_count": "count" },
};
export const DOES: Do[] = ["raise_review", "assign_practice", "add_overlap", "notify_lead", "propose_pause"];

export const rulesQuery = (project: string) =>
  queryOptions({
    queryKey: ["quality", "rules", project],
    queryFn: () => api.get<{ rules: Rule[] }>(`/quality/projects/${project}/rules`),
    // A version that was just saved gets its curve within seconds.
    refetchInterval: (query) => (query.state.data?.rules.some((r) => !r.checked) ? 2_000 : false),
  });

export const firingsQuery = (project: string) =>
  queryOptions({ queryKey: ["quality", "firings", project], queryFn: () => api.get<Firing[]>(`/quality/projects/${project}/firings`) });

export const myFiringsQuery = queryOptions({
  queryKey: ["quality", "firings", "mine"],
  queryFn: () => api.get<MyFiring[]>("/quality/firings/mine"),
  refetchInterval: 120_000,
});

/** A project in which a rule has acted and asks somebody like the caller to look. */
export interface WaitingFirings {
  project: string;
  name: string;
  open: number;
  pauses: number;
}

/** A call that changes rules, firings or records; afterwards all of them are read again. */
export function useQualityCall<T>(call: (body: T) => Promise<unknown>, onDone?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSuccess: async () => {
      onDone?.();
      await client.invalidateQueries({ queryKey: ["quality"] });
    },
  });
}

/** A new rule to begin with: what to look at depends on nothing yet. */
export function blankRule(): RuleDoc {
  return {
    name_zh: "", name_en: "", collect: { source: "reviews", last_n: 30, p_good_percent: 92, p_bad_percent: 65 },
    when: [{ key: "reviews.returned_count", op: "gte", value: 3 }], then: [{ do: "notify_lead" }], message_zh: "", message_en: "",
  };
}

/** The chance to act at a true accuracy, null where the curve has no such point. */
export function chanceAt(curve: Curve, accuracy: number): number | null {
  const place = curve.accuracy.indexOf(accuracy);
  return curve.trigger[place] ?? null;
}
