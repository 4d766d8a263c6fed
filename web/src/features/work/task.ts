import type { Mark } from "../../api/generated/marks";
import type { AnswerRow } from "./board";

/** A rectangle in px of the picture. */
interface Extent {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

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

/** Whether an answer was made out of another: then its marks kept their ids. */
export const follows = (later: Revision, earlier: Revision): boolean => later.slot === earlier.slot && earlier.revision < later.revision;

const SAME_THING = 0.4;
const SAME_PLACE = 0.85;

/**
 * The marks of two people who did not see each other share no ids: those that lie on each other most are taken for the
 * same thing, and a thing is changed when its class or what is said of it differs, or when it lies clearly elsewhere.
 */
export function likeness(before: readonly Mark[], after: readonly Mark[], extent: (mark: Mark) => Extent): { added: Mark[]; removed: Mark[]; changed: { before: Mark; after: Mark }[] } {
  const pairs = after
    .flatMap((mine) => before.map((theirs) => ({ mine, theirs, overlap: overlap(extent(mine), extent(theirs)) })))
    .filter((pair) => pair.overlap >= SAME_THING)
    .sort((a, b) => b.overlap - a.overlap);
  const met = new Map<Mark, Mark>();
  const taken = new Set<Mark>();
  const changed: { before: Mark; after: Mark }[] = [];
  for (const { mine, theirs, overlap: share } of pairs) {
    if (met.has(mine) || taken.has(theirs)) continue;
    met.set(mine, theirs);
    taken.add(theirs);
    if (share < SAME_PLACE || changedFields(theirs, mine).some((field) => field === "label" || field === "attrs")) changed.push({ before: theirs, after: mine });
  }
  return { added: after.filter((mark) => !met.has(mark)), removed: before.filter((mark) => !taken.has(mark)), changed };
}

/** Intersection over union of two rectangles; two marks of the whole picture are the same place. */
function overlap(a: Extent, b: Extent): number {
  if (!Number.isFinite(a.x0) || !Number.isFinite(b.x0)) return Number.isFinite(a.x0) === Number.isFinite(b.x0) ? 1 : 0;
  const w = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0);
  const h = Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0);
  if (w <= 0 || h <= 0) return 0;
  const area = (r: Extent) => (r.x1 - r.x0) * (r.y1 - r.y0);
  return (w * h) / (area(a) + area(b) - w * h);
}

/** The answer that a look begins with, and the one it is laid over: the newest revision over the one before it. */
export function firstLook(answers: readonly Revision[]): { shown: string | null; against: string | null } {
  const newest = answers.reduce<Revision | null>((best, one) => (best === null || one.at >= best.at ? one : best), null);
  const before = newest && answers.filter((one) => follows(newest, one)).reduce<Revision | null>((best, one) => (best === null || one.at > best.at ? one : best), null);
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
