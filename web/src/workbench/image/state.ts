/** What the desk shows and what it is given. */
import type { KeyMap } from "../core/actions";
import type { Finding } from "../core/checks";
import type { Document } from "../core/deltas";
import type { Store } from "../outbox/db";
import type { Tabs } from "../outbox/tabs";
import type { ReviewFinding, Setup, SubmissionBody, Task, TaskComment, WorkServer } from "../outbox/wire";
import type { Difference } from "./compare";
import type { Profile } from "./profiles";

export type Dialog = "rules" | "help" | "keys" | "search" | "skip" | "ask" | "adjust" | "finding" | "parked" | "login" | "returned" | "appeal";
export type { Profile } from "./profiles";

export interface DeskState {
  phase: "opening" | "ready" | "waiting";
  task: Task | null;
  setup: Setup | null;
  dialog: Dialog | null;
  /** Where the menu of what can be done stands, screen pixels. */
  menu: { x: number; y: number; about: "marks" | "picture" } | null;
  /** The picture may be upsetting and she has not asked to see it yet. */
  veiled: boolean;
  /** What the checks found; empty when nothing was asked yet. */
  findings: readonly Finding[];
  /** Where the newest change is: only in memory, on this PC, at the server. */
  saved: "none" | "saving" | "local" | "server" | "full";
  restored: number;
  reviewFindings: readonly ReviewFinding[];
  panel: boolean;
  compare: boolean;
  diff: Difference | null;
  comments: readonly TaskComment[];
  pictureFailed: boolean;
  rest: boolean;
  /** Name of the item whose answer came when somebody else had done it; until she has seen it. */
  extra: string | null;
  /** The person goes on without logging in for now. */
  loginLater: boolean;
  /** Marks handed in before this one on this page. */
  handedIn: number;
}

/** How lessons, practice, exams and appeals use the bench: through their own `WorkServer` and these hooks. */
export interface DeskHooks {
  /** After the checks, before the answer leaves. Findings stop it and are shown (practice: feedback in place). */
  beforeHandIn?: (body: SubmissionBody) => Promise<readonly Finding[]>;
  /** A word after the answer has left, shown with the next task. */
  afterHandIn?: () => { text: string; values: Record<string, string | number> } | null;
  /** No helps and no suggestions (exam). */
  plain?: boolean;
  /** Nothing can be refused: practice and exams are done to the end. */
  noSkip?: boolean;
}

export interface DeskOptions {
  store: Store;
  server: WorkServer;
  tabs: Tabs;
  account: string;
  kind: "work" | "review";
  language: () => string;
  yesNo: () => readonly [string, string];
  onLeave: () => void;
  build: string;
  hooks?: DeskHooks;
  /** Keys that the person has chosen. */
  keys?: { profile: Profile; map: KeyMap };
}

export const START: DeskState = {
  phase: "opening", task: null, setup: null, dialog: null, menu: null, veiled: false, findings: [], saved: "none", restored: 0, reviewFindings: [], panel: true, compare: false,
  diff: null, comments: [], pictureFailed: false, rest: false, extra: null, loginLater: false, handedIn: 0,
};

/** Where a task starts: the server's draft, her own or the checked answer, else the machine's suggestions. */
export function startOf(task: Task, plain = false): [Document, number] {
  const { draft, previous } = task;
  if (draft) return [{ marks: draft.marks, relations: draft.relations ?? [], item_attrs: draft.item_attrs ?? {} }, draft.seq];
  if (previous && task.mode !== "arbitrate") return [{ marks: previous.marks, relations: previous.relations ?? [], item_attrs: previous.item_attrs ?? {} }, 0];
  const marks = plain || task.mode === "arbitrate" || task.mode === "readonly" ? [] : task.prelabels.map((mark) => ({ ...mark, origin: { by: "model" as const, ...mark.origin } }));
  return [{ marks, relations: [], item_attrs: {} }, 0];
}

/** The item's `mm_per_pixel`, for the ruler: from a survey flight, a scanner or a microscope. */
export function pixelMmOf(task: Task): number | null {
  const value = Number(task.item.attrs?.["mm_per_pixel"]);
  return Number.isFinite(value) && value > 0 ? value : null;
}
