import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { Finding } from "../work/today";
import type { Rate } from "./appeals";

export type ShareReason = "newcomer" | "proven" | "likely" | "doubtful" | "below" | "same";

/** How much of a person's work is checked, and what that rests on. */
export interface CheckedShare {
  share: number;
  reason: ShareReason;
  right: number;
  total: number;
  raised_until: string | null;
}

/** What was counted of a person in one week; `closed` is null while it runs. */
export interface Week {
  week: string;
  passed: number;
  fixed: number;
  minor: number;
  returned: number;
  overturned: number;
  pending: number;
  gold: number;
  gold_right: number;
  share: Rate;
  line: number;
  below: boolean;
  closed: string | null;
  corrected: string | null;
}

export interface MyRecord {
  project: string;
  name: string;
  line: number;
  checked: CheckedShare;
  weeks: Week[];
}

export interface PersonRecord {
  person: string;
  name: string;
  checked: CheckedShare;
  weeks: Week[];
}

export interface CountedVerdict {
  submission: string;
  task: string;
  at: string;
  counts: "passed" | "minor" | "fixed" | "returned" | "overturned" | "pending";
  findings: Finding[];
}

/** How a project checks. */
export interface Policy {
  by_record: boolean;
  newcomer: number;
  floor: number;
  line: number;
  usual: number;
}

export const myRecordsQuery = queryOptions({ queryKey: ["quality", "mine"], queryFn: () => api.get<MyRecord[]>("/quality/mine") });

export const countedQuery = (project: string, week: string) =>
  queryOptions({
    queryKey: ["quality", "counted", project, week],
    queryFn: () => api.get<{ week: string; verdicts: CountedVerdict[] }>(`/quality/projects/${project}/mine`, { week }),
  });

export const policyQuery = (project: string) =>
  queryOptions({ queryKey: ["quality", "policy", project], queryFn: () => api.get<Policy>(`/quality/projects/${project}/policy`), enabled: project !== "" });

export const recordsQuery = (project: string) =>
  queryOptions({ queryKey: ["quality", "records", project], queryFn: () => api.get<PersonRecord[]>(`/quality/projects/${project}/records`), enabled: project !== "" });

/** How many of the week's checked answers and known tasks were right. */
export function rightOf(week: Week): number {
  return Math.round((week.share.value ?? 0) * week.share.of);
}
