/**
 * Deltas: what one action changed, in a form that can be applied, undone, saved and audited.
 *
 * The same format and the same rules as `doujia.marks.deltas`; both sides pass `tests/golden/deltas.json`.
 */
import type { AttributeValue, Mark, Relation } from "./model";

export type Op =
  | { op: "add"; index: number; mark: Mark }
  | { op: "remove"; index: number; mark: Mark }
  | { op: "set"; id: string; field: string; from: unknown; to: unknown }
  | { op: "move"; id: string; from: number; to: number }
  | { op: "relate"; relation: Relation }
  | { op: "unrelate"; relation: Relation }
  | { op: "item"; field: string; from: AttributeValue; to: AttributeValue };

export interface Delta {
  /** 1, 2, 3 … within a task and a person. */
  seq: number;
  ops: Op[];
  action?: string;
  /** Milliseconds since the task was opened. */
  at_ms?: number;
}

export interface Document {
  marks: Mark[];
  relations: Relation[];
  item_attrs: Record<string, AttributeValue>;
}

export const emptyDocument = (): Document => ({ marks: [], relations: [], item_attrs: {} });

/** The delta does not fit the document. */
export class DeltaConflict extends Error {
  readonly code = "delta_conflict";
  constructor(readonly seq: number, what: string) {
    super(`Delta ${seq}: ${what}.`);
  }
}

/** Structural equality of JSON values; null, undefined and a missing field are the same. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b || (a == null && b == null)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => sameJson(x, b[i]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) if (!sameJson(left[key], right[key])) return false;
  return true;
}

/**
 * Return a new document with `delta` applied; untouched marks keep their identity.
 *
 * @throws DeltaConflict the delta does not fit; the document is unchanged.
 */
export function apply(document: Document, delta: Delta): Document {
  const marks = document.marks.slice();
  let relations = document.relations;
  let attrs = document.item_attrs;
  for (const op of delta.ops) {
    switch (op.op) {
      case "add":
        expect(op.index >= 0 && op.index <= marks.length, delta, `no place ${op.index} in ${marks.length} marks`);
        expect(!marks.some((m) => m.id === op.mark.id), delta, `mark ${op.mark.id} exists already`);
        marks.splice(op.index, 0, op.mark);
        break;
      case "remove":
        expect(marks[op.index]?.id === op.mark.id, delta, `no mark ${op.mark.id} at ${op.index}`);
        marks.splice(op.index, 1);
        break;
      case "set": {
        const at = find(marks, op.id, delta);
        const mark = marks[at] as Mark;
        const fields = mark as unknown as Record<string, unknown>;
        expect(sameJson(fields[op.field], op.from), delta, `${op.field} of ${op.id} is not what it was`);
        const changed: Record<string, unknown> = { ...fields };
        delete changed[op.field];
        if (op.to != null) changed[op.field] = op.to;
        marks[at] = changed as unknown as Mark;
        break;
      }
      case "move": {
        const at = find(marks, op.id, delta);
        expect(at === op.from && op.to >= 0 && op.to < marks.length, delta, `${op.id} cannot move from ${op.from} to ${op.to}`);
        const [mark] = marks.splice(at, 1);
        marks.splice(op.to, 0, mark as Mark);
        break;
      }
      case "relate":
        expect(!relations.some((r) => r.id === op.relation.id), delta, `relation ${op.relation.id} exists`);
        relations = [...relations, op.relation];
        break;
      case "unrelate":
        expect(relations.some((r) => r.id === op.relation.id), delta, `no relation ${op.relation.id}`);
        relations = relations.filter((r) => r.id !== op.relation.id);
        break;
      case "item": {
        expect(sameJson(attrs[op.field], op.from), delta, `${op.field} of the item is not what it was`);
        const changed = { ...attrs };
        delete changed[op.field];
        if (op.to != null) changed[op.field] = op.to;
        attrs = changed;
        break;
      }
    }
  }
  return { marks, relations, item_attrs: attrs };
}

/** The operation that takes `op` back. */
export function invertOp(op: Op): Op {
  switch (op.op) {
    case "add": return { ...op, op: "remove" };
    case "remove": return { ...op, op: "add" };
    case "set": return { ...op, from: op.to, to: op.from };
    case "move": return { ...op, from: op.to, to: op.from };
    case "relate": return { ...op, op: "unrelate" };
    case "unrelate": return { ...op, op: "relate" };
    case "item": return { ...op, from: op.to, to: op.from };
  }
}

/** The delta that undoes `delta` (same `seq`; the caller numbers it). */
export function invert(delta: Delta): Delta {
  return { seq: delta.seq, ops: delta.ops.slice().reverse().map(invertOp), action: "undo", at_ms: delta.at_ms ?? 0 };
}

function find(marks: Mark[], id: string, delta: Delta): number {
  const at = marks.findIndex((mark) => mark.id === id);
  expect(at >= 0, delta, `no mark ${id}`);
  return at;
}

function expect(condition: boolean, delta: Delta, what: string): asserts condition {
  if (!condition) throw new DeltaConflict(delta.seq, what);
}
