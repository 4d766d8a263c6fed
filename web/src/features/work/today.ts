import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import { inLanguage } from "../../api/errors";
import type { Project } from "../projects/projects";

/** What the person did since midnight (`GET /work/today`). */
export interface Today {
  items: number;
  active_ms: number;
  earned_fen: number | null;
  accepted: number;
  returned: number;
}

export const todayQuery = queryOptions({
  queryKey: ["work", "today"],
  queryFn: () => api.get<Today>("/work/today"),
  refetchInterval: 60_000,
});

export interface Finding {
  error_class: string;
  severity?: "minor" | "major";
  mark?: string | null;
  place?: [number, number] | null;
  rule?: string | null;
  text?: string | null;
}

export type AnswerState = "submitted" | "accepted" | "rejected" | "fixed" | "reopened" | "extra" | "aside" | "disputed" | "cleared" | "proposed" | "replaced";

/** One of her answers (`GET /work/mine`, what came back first). */
export interface Mine {
  id: string;
  task: string;
  project: string;
  name: string;
  state: AnswerState;
  mode: string;
  revision: number;
  marks: number;
  active_ms: number;
  at: string;
  to_redo: boolean;
  findings: Finding[];
}

export const mineQuery = queryOptions({
  queryKey: ["work", "mine", "recent"],
  queryFn: () => api.get<{ items: Mine[]; next: string | null }>("/work/mine", { limit: 20 }),
  refetchInterval: 60_000,
});

/** What was wrong, in words: the reviewer's own, else the name of the error. */
export function reasonOf(finding: Finding, project: Project | undefined): string {
  const named = project?.settings.error_classes.find((e) => e.id === finding.error_class);
  return finding.text || (named && inLanguage(named)) || finding.error_class;
}
