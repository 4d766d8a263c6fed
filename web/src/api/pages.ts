import { useInfiniteQuery } from "@tanstack/react-query";
import { api, type Query } from "./client";
import type { Page } from "./types";

/** A list read page by page; `rows` is everything loaded so far. `every`: milliseconds after which it is read again. */
export function usePages<T>(key: readonly unknown[], path: string, query: Query = {}, enabled = true, every?: number) {
  const result = useInfiniteQuery({
    queryKey: [...key, query],
    enabled,
    refetchInterval: every,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => api.get<Page<T>>(path, { ...query, cursor: pageParam }),
    getNextPageParam: (page) => page.next,
  });
  return { ...result, rows: result.data?.pages.flatMap((page) => page.items) ?? [] };
}
