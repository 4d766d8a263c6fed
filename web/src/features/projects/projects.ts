import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { Schema } from "../../api/generated/marks";

export type ProjectState = "draft" | "running" | "paused" | "done";

export interface ProjectSettings {
  overlap: number;
  /** Whether the answers of several people become one; false keeps each for itself. */
  consensus: boolean;
  /** Stop asking once the least certain object is this probable; null always asks `overlap` people. */
  confidence: number | null;
  overlap_min: number;
  review_share: number;
  lease_minutes: number;
  skills: { skill: string; level: number }[];
  prelabel_share: number;
  price_fen: number | null;
  min_size_px: number;
  rework_hours: number;
  gold_rate: number;
  gold_exposure: number;
  /** Items may be upsetting: only for people who have agreed, and blurred first. */
  sensitive: boolean;
  skip_reasons: string[];
  error_classes: { id: string; zh: string; en: string }[];
}

/** A project as lists and its page show it (`GET /projects/{id}`). */
export interface Project {
  id: string;
  name: string;
  client: string;
  bases: string[];
  datasets: string[];
  medium: string;
  state: ProjectState;
  priority: number;
  settings: ProjectSettings;
  schema_version: number;
  guideline_version: number;
  revision: number;
  template: string;
  created_at: string;
  changed_at: string;
}

export interface Template {
  id: string;
  names: { zh: string; en: string };
  purpose: { zh: string; en: string };
  schema: Schema;
  guideline: { zh: string; en: string };
}

export interface GuidelineVersion {
  version: number;
  changed: string;
  made_at: string;
}

export interface GuidelineAnswer {
  guideline: GuidelineVersion & { markdown: string };
  versions: GuidelineVersion[];
}

export interface SchemaAnswer {
  version: number;
  schema: Schema;
  versions: { version: number; made_by: string; made_at: string }[];
}

const LIST = "/projects/";

/** Projects of one's tenants, newest first, read page by page. */
export function useProjects(filter: { state?: string; text?: string } = {}) {
  const result = useInfiniteQuery({
    queryKey: ["projects", "list", filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => api.get<{ projects: Project[]; next: string | null }>(LIST, { ...filter, cursor: pageParam, limit: 100 }),
    getNextPageParam: (page) => page.next,
  });
  return { ...result, rows: result.data?.pages.flatMap((page) => page.projects) ?? [] };
}

export const projectQuery = (id: string) =>
  queryOptions({ queryKey: ["projects", "one", id], queryFn: () => api.get<Project>(`/projects/${id}`) });

export function useProject(id: string) {
  return useQuery(projectQuery(id));
}

export const templatesQuery = queryOptions({
  queryKey: ["projects", "templates"],
  staleTime: Infinity,
  queryFn: () => api.get<Template[]>("/projects/templates"),
});

export interface NewProject {
  name: string;
  client: string;
  bases: string[];
  template?: string;
  schema_document?: Schema;
  guideline?: string;
  settings: Partial<ProjectSettings>;
  datasets: string[];
  language: string;
}

export const createProject = (body: NewProject) => api.post<{ id: string }>(LIST, body);

/** A writing call about a project; `version` (an ETag that was read) keeps two editors from overwriting each other. */
export function useProjectAction<A, R>(action: (argument: A) => Promise<R>, onSuccess?: (result: R, argument: A) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: action,
    onSuccess: async (result, argument) => {
      onSuccess?.(result, argument);
      await client.invalidateQueries({ queryKey: ["projects"] });
    },
  });
}

/** What came of putting a dataset into a project: how many, or the job that does it. */
export interface Added {
  offered: number | null;
  job: string | null;
}

export const ifMatch = (version: number) => ({ headers: { "If-Match": `"${version}"` } });
