import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { Rate } from "./appeals";

export type PoolKind = "training" | "exam" | "retry";
export type RunState = "assigned" | "running" | "done" | "passed" | "failed" | "cancelled";

/** A run through a practice pool. */
export interface Run {
  id: string;
  project: string;
  project_name: string;
  person: string;
  name: string;
  kind: PoolKind;
  state: RunState;
  size: number;
  done: number;
  first_right: Rate | null;
  pass_share: number;
  reason: string;
  rule: string | null;
  created_at: string;
  ended_at: string | null;
}

/** One thing that differs from what is right. */
export interface Difference {
  code: string;
  zh: string;
  en: string;
  truth: string | null;
  guess: string | null;
  place: [number, number] | null;
}

/** What may be said after an answer. */
export interface Feedback {
  shown: boolean;
  passed: boolean | null;
  score: number | null;
  again: boolean;
  differences: Difference[];
  done: number;
  size: number;
  state: RunState;
}

/** How a pool is used, and how many tasks it has. */
export interface Pool {
  kind: PoolKind;
  size: number;
  pass_share: number;
  tries: number;
  tasks: number;
}

export const isOpen = (run: Run): boolean => run.state === "assigned" || run.state === "running";

export const myPracticeQuery = queryOptions({
  queryKey: ["quality", "practice", "mine"],
  queryFn: () => api.get<Run[]>("/quality/practice/mine"),
  refetchInterval: 60_000,
});

export const practiceQuery = (project: string) =>
  queryOptions({
    queryKey: ["quality", "practice", project],
    queryFn: () => api.get<Run[]>(`/quality/projects/${project}/practice`),
    enabled: project !== "",
  });

export const poolsQuery = (project: string) =>
  queryOptions({
    queryKey: ["quality", "pools", project],
    queryFn: () => api.get<Pool[]>(`/quality/projects/${project}/pools`),
    enabled: project !== "",
  });

/** Read again whatever the quality room shows. */
export function useRefreshQuality(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["quality"] });
}

/** Give a person some tasks to practise on. */
export function useAssign(project: string, onDone: () => void) {
  const refresh = useRefreshQuality();
  return useMutation({
    mutationFn: (body: { person: string; kind: PoolKind; size?: number | null; reason?: string }) => api.post<{ id: string }>(`/quality/projects/${project}/practice`, body),
    onSuccess: async () => {
      onDone();
      await refresh();
    },
  });
}

/** Take an open run back. */
export function useCancelRun(onDone: () => void) {
  const refresh = useRefreshQuality();
  return useMutation({
    mutationFn: (run: string) => api.post<{ state: string }>(`/quality/practice/${run}/cancel`),
    onSuccess: async () => {
      onDone();
      await refresh();
    },
  });
}

/** Say how a pool is used. */
export function useSetPool(project: string, onDone: () => void) {
  const refresh = useRefreshQuality();
  return useMutation({
    mutationFn: ({ kind, ...body }: Pick<Pool, "kind" | "size" | "pass_share" | "tries">) => api.put<{ state: string }>(`/quality/projects/${project}/pools/${kind}`, body),
    onSuccess: async () => {
      onDone();
      await refresh();
    },
  });
}
