/** What passes between bench and platform: docs/developer/contract.md, word for word. */
import type { Delta } from "../core/deltas";
import type { AttributeValue, Mark, Relation, Schema } from "../core/model";
import type { Provenance } from "../core/provenance";
import type { TileSource } from "../render/tiles";

export type TaskMode = "work" | "rework" | "review" | "arbitrate" | "readonly";

/** Whether a task is about others' answers: it comes to whoever asks for checks, and to nobody who asks for work. */
export const isChecking = (mode: TaskMode): boolean => mode === "review" || mode === "arbitrate";

export interface ReviewFinding {
  id?: string;
  error_class: string;
  mark?: string | null;
  place?: [number, number] | null;
  rule?: string | null;
  text?: string | null;
  severity?: "minor" | "major";
}

export interface TaskComment { id?: string; place?: [number, number] | null; mark?: string | null; text: string; by?: string; at?: string }

export interface SubmissionRecord {
  id: string;
  revision: number;
  marks: Mark[];
  relations: Relation[];
  item_attrs: Record<string, AttributeValue>;
  guideline_version?: number;
}

export interface Candidate { key: string; marks: Mark[]; relations: Relation[]; item_attrs?: Record<string, AttributeValue> }

export interface Task {
  id: string;
  project: string;
  slot: string;
  lease: string;
  fence?: number;
  until: string;
  mode: TaskMode;
  item: {
    id: string;
    name: string;
    media: { kind: string; width?: number; height?: number } & Record<string, unknown>;
    attrs?: Record<string, AttributeValue>;
    urls: { preview?: string | null; full?: string | null; tiles?: TileSource | null };
  };
  schema_version: number;
  guideline_version: number;
  prelabels: Mark[];
  draft: { seq: number; marks: Mark[]; relations?: Relation[]; item_attrs?: Record<string, AttributeValue> } | null;
  previous: SubmissionRecord | null;
  before_previous?: SubmissionRecord | null;
  candidates?: Candidate[];
  fused?: { marks: Mark[]; item_attrs?: Record<string, AttributeValue> } | null;
  findings?: ReviewFinding[];
  comments?: TaskComment[];
  price_fen?: number | null;
}

export interface Today { items: number; active_ms: number; earned_fen: number | null; accepted: number; returned: number }

export interface ErrorClass { id: string; zh: string; en: string }

export interface Setup {
  id: string;
  name: string;
  names?: Record<string, string>;
  schema: Schema;
  schema_version: number;
  guideline: { version: number; markdown: string; changed?: string | null };
  settings: { sensitive?: boolean; lease_minutes?: number; min_size_px?: number; skip_reasons?: (string | ErrorClass)[]; error_classes?: ErrorClass[] } & Record<string, unknown>;
  colours?: string[];
}

export interface NextAnswer {
  tasks: Task[];
  setups: Record<string, { schema_version: number; guideline_version: number }>;
  /** Null where nothing is counted (practice). */
  today: Today | null;
  empty: { reason: string; zh: string; en: string } | null;
}

export interface SubmissionBody {
  id: string;
  task: string;
  lease: string;
  marks: Mark[];
  relations: Relation[];
  item_attrs: Record<string, AttributeValue>;
  empty: boolean;
  active_ms: number;
  guideline_version: number;
  schema_version: number;
  provenance: Provenance;
  deleted_prelabels: string[];
  client: { made_at: string; build: string; offline: boolean };
}

export interface ReviewBody {
  id: string;
  task: string;
  lease: string;
  submission: string;
  verdict: "accept" | "fix" | "reject";
  marks?: Mark[];
  relations?: Relation[];
  item_attrs?: Record<string, AttributeValue>;
  findings: ReviewFinding[];
  active_ms: number;
}

export interface DraftBody {
  lease: string;
  seq: number;
  base: number | null;
  deltas?: Delta[];
  marks?: Mark[];
  relations?: Relation[];
  item_attrs?: Record<string, AttributeValue>;
  active_ms: number;
}

/** A question of anybody in the project, and what the lead answered. */
export interface AskedBefore { id: string; text: string; answer: string | null }

/** A line of two versions of a guideline laid over each other. */
export interface GuidelineLine { kind: "same" | "added" | "removed"; text: string }

export interface Sent { id: string; state: string; today?: Today }

/** The server answered, and said no. */
export class Refused extends Error {
  constructor(readonly status: number, readonly code: string, readonly zh: string, readonly en: string, readonly retryAfter: number | null = null) { super(code); }
}

/** No answer came. */
export class NoAnswer extends Error {}

/** The calls the bench makes; the page gives it the real one, tests and lessons their own. */
export interface WorkServer {
  /** `store`: further tasks against a dead line, given only while plenty is left for others. */
  next(want: number, have: readonly string[], store?: boolean): Promise<NextAnswer>;
  setup(project: string): Promise<Setup>;
  /** `until` is null when the lease is over; the draft is kept all the same. */
  draft(task: string, body: DraftBody): Promise<{ seq: number; until: string | null }>;
  submit(body: SubmissionBody): Promise<Sent>;
  review(body: ReviewBody): Promise<Sent>;
  skip(task: string, body: { lease: string; reason: string; text?: string }): Promise<void>;
  giveBack(task: string, lease: string): Promise<void>;
  /** Take an answer back to change it; the next `next` brings its task. */
  reopen(submission: string): Promise<void>;
  /** "I think it is right": somebody else looks at the rejected answer. Lessons and exams have none. */
  appeal?(submission: string, text: string): Promise<void>;
  comment(task: string, body: { place?: [number, number]; mark?: string; text: string }): Promise<void>;
  question(project: string, text: string, task: string): Promise<void>;
  /** What was asked in the project before, newest first. */
  questions(project: string): Promise<AskedBefore[]>;
  /** Two versions of the guideline line by line. */
  guidelineChange(project: string, before: number, after: number): Promise<GuidelineLine[]>;
  media(url: string): Promise<Blob>;
  today(): Promise<Today>;
  /** Id of who is logged in, or null. */
  whoAmI(): Promise<string | null>;
}
