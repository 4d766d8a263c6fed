import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "../../api/types";

export type Dataset = Schemas["DatasetOut"];
export type Item = Schemas["ItemOut"];
export const MEDIA = ["image", "video", "points", "audio", "text", "conversation"] as const;
export type Medium = (typeof MEDIA)[number];

/** A writing call about data; lists are read again afterwards. */
export function useDataAction<A, R>(action: (argument: A) => Promise<R>, onSuccess?: (result: R, argument: A) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: action,
    onSuccess: async (result, argument) => {
      onSuccess?.(result, argument);
      await client.invalidateQueries({ queryKey: ["data"] });
    },
  });
}
