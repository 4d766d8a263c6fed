import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";

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
