import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";

/** A numbered, immutable dataset version. */
export interface Release {
  id: string;
  project: string;
  number: number;
  name: string;
  notes: string;
  state: "making" | "ready" | "failed";
  job: string;
  created_at: string;
  ready_at: string | null;
  items: number;
  marks: number;
  manifest: { files?: { name: string; size: number }[] } & Record<string, unknown>;
  manifest_sha256: string;
  card: Record<string, unknown>;
}

export interface Loss {
  code: string;
  count: number;
  source?: string | null;
  target?: string | null;
  examples?: string[] | null;
  zh: string;
  en: string;
}

/** A release in one format; `problem` says what to allow when it was refused. */
export interface Export {
  id: string;
  release: string;
  format: string;
  allow_loss: string[];
  state: "queued" | "ready" | "refused" | "failed";
  job: string;
  name: string;
  size: number;
  created_at: string;
  report: { losses?: Loss[] } | null;
  problem: { zh: string; en: string; codes: string[]; losses?: { code: string; zh: string; en: string }[] } | null;
}

export interface Comparison {
  before: string;
  after: string;
  added: number;
  removed: number;
  changed: number;
  same: number;
  added_examples: string[];
  removed_examples: string[];
  changed_examples: string[];
  classes: Record<string, Record<string, number>>;
}

export interface FormatInfo {
  name: string;
  zh: string;
  en: string;
  reads: boolean;
  writes: boolean;
}

export function useReleases(project: string) {
  return useQuery({
    queryKey: ["releases", "list", project],
    queryFn: () => api.get<Release[]>(`/releases/projects/${project}`),
    refetchInterval: (query) => (query.state.data?.some((r) => r.state === "making") ? 1500 : false),
  });
}

export function useExports(release: string) {
  return useQuery({
    queryKey: ["releases", "exports", release],
    queryFn: () => api.get<Export[]>(`/releases/${release}/exports`),
    refetchInterval: (query) => (query.state.data?.some((e) => e.state === "queued") ? 1000 : false),
  });
}

export function useFormats() {
  return useQuery({ queryKey: ["releases", "formats"], staleTime: Infinity, queryFn: () => api.get<FormatInfo[]>("/releases/formats") });
}

export function useReleaseAction<A, R>(action: (argument: A) => Promise<R>, onSuccess?: (result: R) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: action,
    onSuccess: async (result) => {
      onSuccess?.(result);
      await client.invalidateQueries({ queryKey: ["releases"] });
    },
  });
}
