import type { Mark } from "../../api/generated/marks";
import type { AnswerRow } from "./board";

/** What a check said (`reviews` of an answer). */
export interface Check {
  id: string;
  verdict: "accept" | "fix" | "reject";
  at: string;
  findings: { error_class: string; severity?: string; mark?: string | null; place?: [number, number] | null; rule?: string | null; text?: string | null }[];
}

/** One answer with its marks. */
export interface Revision {
  id: string;
  slot: string;
  name: string;
  state: AnswerRow["state"];
  mode: string;
  revision: number;
  guideline_version: number;
  schema_version: number;
  late: boolean;
  active_ms: number;
  at: string;
  marks: Mark[];
  item_attrs: Record<string, unknown>;
  reviews: Check[];
}

/** One task with its history (`GET /work/tasks/{id}`). */
export interface TaskDetail {
  id: string;
  project: string;
  number: number;
  state: string;
  priority: number;
  item: { name: string; media: { kind: string; width?: number; height?: number } | null; urls: { preview: string | null } | null };
  answers: Revision[];
  comments: { id: string; name: string; place: [number, number] | null; text: string; at: string }[];
  holders: { name: string; kind: string; taken_at: string; until: string }[];
  skips: { name: string; reason: string; text: string; at: string }[];
}

/** The answer that a look begins with, and the one it is laid over: the newest revision over the one before it. */
export function firstLook(answers: readonly Revision[]): { shown: string | null; against: string | null } {
  const newest = answers.reduce<Revision | null>((best, one) => (best === null || one.at >= best.at ? one : best), null);
  const before = newest && answers.filter((one) => one.slot === newest.slot && one.id !== newest.id).reduce<Revision | null>((best, one) => (best === null || one.at > best.at ? one : best), null);
  return { shown: newest?.id ?? null, against: before?.id ?? null };
}

/** Which parts of a mark differ, in the words that people have for them. */
export function changedFields(before: Mark, after: Mark): ("geometry" | "label" | "attrs" | "other")[] {
  const found = new Set<"geometry" | "label" | "attrs" | "other">();
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Mark>;
  for (const field of fields) {
    if (JSON.stringify(before[field] ?? null) === JSON.stringify(after[field] ?? null)) continue;
    found.add(field === "geometry" || field === "label" || field === "attrs" ? field : "other");
  }
  return [...found];
}
