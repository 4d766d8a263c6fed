/**
 * The document of one task with undo and redo without limit.
 *
 * Three ways a change can be kept: `commit` (one undoable step), `commit` with `merge` (small steps such as nudges
 * that follow each other within `MERGE_MS` undo together), and a gesture, which shows a changed document while the
 * pointer is down and commits once at its end. Suggestions and drafts come in through `open` and cannot be undone.
 *
 * The log is linear: undo and redo append deltas too, so that the journal, the autosave and the audit read the same.
 */
import { apply, emptyDocument, invertOp, type Delta, type Document, type Op } from "./deltas";
import type { Mark } from "./model";

export const MERGE_MS = 700;

export interface Change {
  delta: Delta;
  before: Document;
  after: Document;
}

interface Step {
  ops: Op[];
  action: string;
  at: number;
}

export class MarkStore {
  private current: Document = emptyDocument();
  private base: Document = emptyDocument();
  private done: Step[] = [];
  private undone: Step[] = [];
  private index = new Map<string, Mark>();
  private listeners = new Set<(change: Change | null) => void>();
  private seq = 0;
  /** Milliseconds since the task was opened; replaced by the page's clock. */
  clock: () => number = () => 0;

  get document(): Document { return this.current; }
  get opened(): Document { return this.base; }
  get lastSeq(): number { return this.seq; }
  get canUndo(): boolean { return this.done.length > 0; }
  get canRedo(): boolean { return this.undone.length > 0; }
  get steps(): number { return this.done.length; }

  mark(id: string): Mark | undefined { return this.index.get(id); }

  subscribe(listener: (change: Change | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Start from `document`, then replay `deltas` (the journal of an earlier sitting).
   *
   * Replaying restores the undo history, because `undo` and `redo` are deltas like the others.
   */
  open(document: Document, deltas: readonly Delta[] = [], lastSeq = 0): void {
    this.current = document;
    this.base = document;
    this.done = [];
    this.undone = [];
    this.seq = lastSeq;
    for (const delta of deltas) {
      this.current = apply(this.current, delta);
      this.seq = delta.seq;
      this.remember(delta.ops, delta.action ?? "", delta.at_ms ?? 0);
    }
    this.reindex();
    for (const listener of this.listeners) listener(null);
  }

  /** Apply `ops` as one step. Returns the delta, or null when nothing changes. */
  commit(ops: Op[], action: string): Delta | null {
    if (ops.length === 0) return null;
    return this.append(ops, action);
  }

  undo(): Delta | null {
    const step = this.done.at(-1);
    if (!step) return null;
    return this.append(step.ops.slice().reverse().map(invertOp), "undo");
  }

  redo(): Delta | null {
    const step = this.undone.at(-1);
    if (!step) return null;
    return this.append(step.ops, "redo");
  }

  private append(ops: Op[], action: string): Delta {
    const delta: Delta = { seq: this.seq + 1, ops, action, at_ms: Math.round(this.clock()) };
    const before = this.current;
    this.current = apply(before, delta);
    this.seq = delta.seq;
    this.remember(ops, action, delta.at_ms ?? 0);
    this.update(ops);
    for (const listener of this.listeners) listener({ delta, before, after: this.current });
    return delta;
  }

  private remember(ops: Op[], action: string, at: number): void {
    if (action === "undo") {
      const step = this.done.pop();
      if (step) this.undone.push(step);
    } else if (action === "redo") {
      const step = this.undone.pop();
      if (step) this.done.push({ ...step, at: -MERGE_MS });
    } else {
      const last = this.done.at(-1);
      if (last && this.undone.length === 0 && merges(last, ops, action, at)) {
        last.ops = [...last.ops, ...ops];
        last.at = at;
      } else {
        this.done.push({ ops, action, at });
      }
      this.undone = [];
    }
  }

  private update(ops: Op[]): void {
    const only = ops.every((op) => op.op === "set" || op.op === "add" || op.op === "remove");
    if (!only || ops.length > 64) return this.reindex();
    const touched = new Set(ops.map((op) => (op.op === "set" ? op.id : op.op === "add" || op.op === "remove" ? op.mark.id : "")));
    for (const id of touched) this.index.delete(id);
    for (const mark of this.current.marks) if (touched.has(mark.id)) this.index.set(mark.id, mark);
  }

  private reindex(): void {
    this.index = new Map(this.current.marks.map((mark) => [mark.id, mark]));
  }
}

/** Steps of the same action on the same marks, close in time, undo together; only actions named `….step` do. */
function merges(last: Step, ops: Op[], action: string, at: number): boolean {
  if (last.action !== action || !action.endsWith(".step") || at - last.at > MERGE_MS) return false;
  return subjects(last.ops) === subjects(ops);
}

function subjects(ops: Op[]): string {
  const ids = new Set<string>();
  for (const op of ops) {
    if (op.op === "set") ids.add(`${op.id}.${op.field}`);
    else if (op.op === "item") ids.add(`item.${op.field}`);
    else ids.add(JSON.stringify(op));
  }
  return [...ids].sort().join(" ");
}

/** Operation that sets one field of a mark, or null when it would change nothing. */
export function setField<K extends keyof Mark>(mark: Mark, field: K, to: Mark[K] | null): Op {
  return { op: "set", id: mark.id, field, from: mark[field] ?? null, to: to ?? null };
}

/** Operations that take out marks and the relations that hang on them. */
export function removeMarks(document: Document, ids: ReadonlySet<string>): Op[] {
  const ops: Op[] = document.relations
    .filter((relation) => ids.has(relation.source) || ids.has(relation.target))
    .map((relation) => ({ op: "unrelate", relation }));
  for (let index = document.marks.length - 1; index >= 0; index--) {
    const mark = document.marks[index] as Mark;
    if (ids.has(mark.id)) ops.push({ op: "remove", index, mark });
  }
  return ops;
}
