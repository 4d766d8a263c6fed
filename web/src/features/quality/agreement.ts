import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { Rate } from "../work/board";

export interface Alpha {
  measure: "class" | "shape";
  arm: "all" | "blind" | "assisted";
  day: string;
  value: number | null;
  low: number | null;
  high: number | null;
  observed: number | null;
  objects: number;
  tasks: number;
  people: number;
}

export interface AgreementReport {
  at: string | null;
  now: Alpha[];
  series: Alpha[];
  confusion: { first: string; second: string; n: number; share: number }[];
  pairs: { first: string; first_name: string; second: string; second_name: string; shared: number; equal: number; kappa: number | null }[];
}

export interface Arm {
  arm: "blind" | "assisted";
  answers: number;
  people: number;
  marks_per_answer: number | null;
  median_ms: number | null;
  kept: Rate;
  moved: Rate;
  relabelled: Rate;
  removed: Rate;
  added: number | null;
  passed: Rate;
  right: Rate;
  known: Rate;
  alpha: Alpha | null;
}

export interface Assistance {
  at: string | null;
  arms: Arm[];
  differs: ("passed" | "right" | "known")[];
}

export interface ConsensusSummary {
  due: number;
  accepted: number;
  asking: number;
  proposed: number;
  decided: number;
  withdrawn: number;
  agreement: number | null;
  answers: number;
  answers_saved: number;
}

export type ConsensusState = "accepted" | "asking" | "proposed" | "decided" | "withdrawn";
export type Doubt = "existence" | "label" | "place" | "value" | "relation" | "newcomer" | "confidence" | "schema";

/** What the answers to one task became, and who is in it with what share. */
export interface ConsensusTask {
  task: string;
  name: string;
  state: ConsensusState;
  answers: number;
  most: number;
  objects: number;
  agreement: number | null;
  confidence: number | null;
  reasons: { code: Doubt; n: number }[];
  people: { person: string; name: string; weight: number; objects: number }[];
  at: string;
}

/** Everybody's accuracy, over all objects (label empty) or in a class, with its interval. */
export interface Skill {
  person: string;
  name: string;
  label: string;
  mean: number;
  low: number;
  high: number;
  gold: number;
  gold_right: number;
  others: number;
}

export interface Case {
  id: string;
  kind: string;
  first_name: string;
  second_name: string;
  zh: string;
  en: string;
  state: string;
  at: string;
}

const path = (project: string) => `/quality/projects/${project}`;

export const figuresPath = (project: string) => `${path(project)}/figures`;
export const agreementQuery = (project: string) => queryOptions({ queryKey: ["quality", "agreement", project], queryFn: () => api.get<AgreementReport>(`${path(project)}/agreement`) });
export const assistanceQuery = (project: string) => queryOptions({ queryKey: ["quality", "assistance", project], queryFn: () => api.get<Assistance>(`${path(project)}/assistance`) });
export const consensusQuery = (project: string) => queryOptions({ queryKey: ["quality", "consensus", project], queryFn: () => api.get<ConsensusSummary>(`${path(project)}/consensus`) });
export const casesQuery = (project: string, enabled: boolean) => queryOptions({ queryKey: ["quality", "cases", project], enabled, queryFn: () => api.get<Case[]>(`${path(project)}/cases`) });
export const consensusTasksPath = (project: string) => `${path(project)}/consensus/tasks`;
export const skillsQuery = (project: string) => queryOptions({ queryKey: ["quality", "skills", project], queryFn: () => api.get<Skill[]>(`${path(project)}/skills`) });
