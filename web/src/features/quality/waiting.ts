import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { WaitingFirings } from "./rules";

/** Where rules ask somebody like the caller to look; the shell shows how many, so that nobody has to go and see. */
export const waitingFiringsQuery = queryOptions({
  queryKey: ["quality", "firings", "waiting"],
  queryFn: () => api.get<WaitingFirings[]>("/quality/firings/waiting"),
  refetchInterval: 60_000,
});

export const howMany = (rows: readonly WaitingFirings[]): number => rows.reduce((sum, row) => sum + row.open, 0);
