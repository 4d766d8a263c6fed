import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { Mark } from "../../api/generated/marks";
import type { Rate } from "../work/board";

export const POOLS = ["hidden", "training", "exam", "retry"] as const;
export type Pool = (typeof POOLS)[number];
export type GoldState = "active" | "suspect" | "retired";

/** A known task (`GET /quality/projects/{id}/gold`). */
export interface GoldRow {
  id: string;
  task: string;
  item: string;
  name: string;
  pool: Pool;
  state: GoldState;
  reason: string;
  source: string;
  stratum: string;
  rule: string | null;
  version: number;
  shown: number;
  passed: Rate;
  state_at: string;
}

export interface GoldHealth {
  counts: Partial<Record<Pool, Partial<Record<GoldState, number>>>>;
  served: number;
  ready: number;
  strata: Record<string, number>;
  rate: number;
  exposure: number;
  passed: Rate;
  people: number;
  needed: number;
  per_person: number;
  half_width: number | null;
}

export interface GoldStanding {
  person: string;
  name: string;
  passed: Rate;
  level: number;
  drifted_at: string | null;
}

export interface GoldDetail {
  gold: GoldRow;
  media: { width?: number; height?: number } | null;
  urls: { full: string | null } | null;
  marks: Mark[];
  answers: { id: string; name: string; score: number; passed: boolean; counted: boolean; at: string; differences: { zh?: string; en?: string; code?: string }[]; marks: Mark[] }[];
}

const path = (project: string) => `/quality/projects/${project}/gold`;

export const goldPath = path;
export const healthQuery = (project: string) => queryOptions({ queryKey: ["quality", "gold", "health", project], queryFn: () => api.get<GoldHealth>(`${path(project)}/health`) });
export const standingsQuery = (project: string) => queryOptions({ queryKey: ["quality", "gold", "standings", project], queryFn: () => api.get<GoldStanding[]>(`${path(project)}/standings`) });
export const goldQuery = (gold: string) => queryOptions({ queryKey: ["quality", "gold", "one", gold], enabled: gold !== "", queryFn: () => api.get<GoldDetail>(`/quality/gold/${gold}`) });
