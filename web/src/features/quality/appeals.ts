import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { Finding } from "../work/today";

export type AppealState = "open" | "upheld" | "overturned" | "partly" | "withdrawn" | "moot";

/** One's own appeal; `findings` of the first verdict, `second` of the one that decided. */
export interface MyAppeal {
  id: string;
  submission: string;
  project: string;
  project_name: string;
  task: string;
  state: AppealState;
  moved_on: boolean;
  text: string;
  filed_at: string;
  due_at: string;
  overdue: boolean;
  decided_at: string | null;
  findings: Finding[];
  second: Finding[];
}

/** A rejection that may still be appealed. */
export interface Appealable {
  submission: string;
  project: string;
  task: string;
  until: string;
  findings: Finding[];
}

export interface MyAppeals {
  appeals: MyAppeal[];
  open_to_appeal: Appealable[];
}

/** Where appeals wait for somebody like the caller. */
export interface WaitingAppeals {
  project: string;
  name: string;
  open: number;
  overdue: number;
  next_due: string;
}

/** An appeal that waits; whose and which is not told to those who may have to judge it. */
export interface OpenAppeal {
  filed_at: string;
  due_at: string;
  overdue: boolean;
  judges: number;
}

export interface DecidedAppeal {
  id: string;
  task: string;
  person: string;
  name: string;
  reviewer_name: string;
  decided_by_name: string;
  outcome: "upheld" | "overturned" | "partly";
  text: string;
  filed_at: string;
  due_at: string;
  decided_at: string;
}

export interface AppealPage {
  open: OpenAppeal[];
  decided: DecidedAppeal[];
}

/** A share with its 95 % interval. */
export interface Rate {
  value: number | null;
  low: number | null;
  high: number | null;
  of: number;
}

/** How often a reviewer's rejections did not stand. */
export interface Overturns {
  reviewer: string;
  name: string;
  rejections: number;
  appeals: number;
  overturned: number;
  partly: number;
  upheld: number;
  share: Rate;
}

export const myAppealsQuery = queryOptions({
  queryKey: ["quality", "appeals", "mine"],
  queryFn: () => api.get<MyAppeals>("/quality/appeals/mine"),
  refetchInterval: 60_000,
});

export const waitingAppealsQuery = queryOptions({
  queryKey: ["quality", "appeals", "waiting"],
  queryFn: () => api.get<WaitingAppeals[]>("/quality/appeals/waiting"),
  refetchInterval: 60_000,
});

export const appealsQuery = (project: string) =>
  queryOptions({
    queryKey: ["quality", "appeals", project],
    queryFn: () => api.get<AppealPage>(`/quality/projects/${project}/appeals`),
    enabled: project !== "",
  });

export const overturnsQuery = (project: string) =>
  queryOptions({
    queryKey: ["quality", "overturns", project],
    queryFn: () => api.get<Overturns[]>(`/quality/projects/${project}/overturns`),
    enabled: project !== "",
  });

function useRefresh(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await Promise.all([client.invalidateQueries({ queryKey: ["quality"] }), client.invalidateQueries({ queryKey: ["work"] })]);
  };
}

/** "I think it is right": ask for a second, blind check. */
export function useAppeal(onDone: () => void) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: { submission: string; text: string }) => api.post<{ id: string }>("/quality/appeals", body),
    onSuccess: async () => {
      onDone();
      await refresh();
    },
  });
}

/** Take an appeal back while nobody has begun to look. */
export function useWithdrawAppeal(onDone: () => void) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: string) => api.post<{ state: string }>(`/quality/appeals/${id}/withdraw`, {}),
    onSuccess: async () => {
      onDone();
      await refresh();
    },
  });
}
