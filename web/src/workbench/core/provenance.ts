/** What became of the machine's suggestions: kept per mark in `origin`, counted for the hand-in. */
import type { Document, Op } from "./deltas";
import { isSuggestion, type Edit, type Mark, type Origin } from "./model";
import { setField } from "./store";

export interface Provenance { accepted: number; moved: number; relabelled: number; deleted: number; added: number }

/** Origin of a mark after a person did `edit` to it; a relabelled one that is moved too counts as moved. */
export function touched(mark: Mark, edit: "accepted" | "moved" | "relabelled"): Origin | null {
  const origin = mark.origin;
  if (!origin?.prelabel_of && origin?.by !== "model") return null;
  const rank = { accepted: 0, relabelled: 1, moved: 2 };
  const was = origin.edit;
  const now: Edit = was && was in rank && rank[was as keyof typeof rank] >= rank[edit] ? was : edit;
  if (origin.edit === now && origin.by === "human") return null;
  return { ...origin, by: "human", model: origin.model ?? origin.actor ?? null, prelabel_of: origin.prelabel_of ?? mark.id, edit: now };
}

/** Operation that writes the new origin, or none when nothing changes. */
export function touchOps(mark: Mark, edit: "accepted" | "moved" | "relabelled"): Op[] {
  const origin = touched(mark, edit);
  if (!origin) return [];
  return [setField(mark, "origin", origin)];
}

/** Counts for the hand-in, and the ids of the suggestions that were rejected. */
export function provenance(prelabels: readonly Mark[], document: Document): { counts: Provenance; deleted: string[] } {
  const counts: Provenance = { accepted: 0, moved: 0, relabelled: 0, deleted: 0, added: 0 };
  const kept = new Set<string>();
  for (const mark of document.marks) {
    if (isSuggestion(mark)) { kept.add(mark.id); continue; }
    const of = mark.origin?.prelabel_of;
    const edit = mark.origin?.edit;
    if (of && (edit === "accepted" || edit === "moved" || edit === "relabelled")) { counts[edit]++; kept.add(of); }
    else counts.added++;
  }
  const deleted = prelabels.map((mark) => mark.origin?.prelabel_of ?? mark.id).filter((id) => !kept.has(id));
  counts.deleted = deleted.length;
  return { counts, deleted };
}
