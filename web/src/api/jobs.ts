import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

/** Background work as people see it (`GET /jobs/{id}`). */
export interface Job {
  id: string;
  kind: string;
  state: JobState;
  owner: string;
  thing: string;
  done: number;
  total: number | null;
  message: { zh?: string; en?: string };
  result: Record<string, unknown>;
  error: { code: string; zh: string; en: string } | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  rate: number | null;
  seconds_left: number | null;
}

export const isOver = (state: JobState) => state === "done" || state === "failed" || state === "cancelled";

/** Follow a job while it runs; `known` is what a list already told of it. */
export function useJob(id: string | null, known?: Job) {
  return useQuery({
    queryKey: ["job", id],
    initialData: known,
    enabled: id !== null,
    staleTime: 0,
    queryFn: () => api.get<Job>(`/jobs/${id}`),
    refetchInterval: (query) => (query.state.data && isOver(query.state.data.state) ? false : 1000),
  });
}

/** Stop a job, or let it go on from where it stopped. */
export function useJobControl(id: string) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ["job", id] });
  const cancel = useMutation({ mutationFn: () => api.post(`/jobs/${id}/cancel`), onSuccess: refresh });
  const resume = useMutation({ mutationFn: () => api.post(`/jobs/${id}/resume`), onSuccess: refresh });
  return { cancel, resume };
}
