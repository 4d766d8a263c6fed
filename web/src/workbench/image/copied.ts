/** What is carried from place to place: marks with the relations between them. */
import type { Document } from "../core/deltas";
import type { Mark, Relation } from "../core/model";

export interface Copied { marks: readonly Mark[]; relations: readonly Relation[] }

export const NOTHING: Copied = { marks: [], relations: [] };

/** These marks, with the relations whose both ends are among them. */
export function copiedFrom(document: Document, marks: readonly Mark[]): Copied {
  const ids = new Set(marks.map((mark) => mark.id));
  return { marks, relations: document.relations.filter((relation) => ids.has(relation.source) && ids.has(relation.target)) };
}
