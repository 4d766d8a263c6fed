/** What changed between two answers: for reviewing a revision, and for choosing between candidates. */
import { bounds } from "../core/geometry";
import { sameJson } from "../core/deltas";
import type { Geometry, Mark } from "../core/model";
import type { Overlay } from "../render/surface";

export interface Difference { added: Mark[]; removed: Mark[]; changed: { before: Mark; after: Mark }[] }

/** Compare by id: marks keep theirs from revision to revision. */
export function difference(before: readonly Mark[], after: readonly Mark[]): Difference {
  const old = new Map(before.map((mark) => [mark.id, mark]));
  const now = new Set(after.map((mark) => mark.id));
  const out: Difference = { added: [], removed: before.filter((mark) => !now.has(mark.id)), changed: [] };
  for (const mark of after) {
    const was = old.get(mark.id);
    if (!was) out.added.push(mark);
    else if (!sameJson(was.geometry, mark.geometry) || was.label !== mark.label || !sameJson(was.attrs, mark.attrs)) out.changed.push({ before: was, after: mark });
  }
  return out;
}

/** Old outlines dashed white, taken-away ones dashed red, new ones ringed in gold. */
export function differenceOverlays(diff: Difference): Overlay[] {
  const shape = (mark: Mark, colour: string): Overlay[] =>
    mark.geometry && mark.geometry.kind !== "none" ? [{ kind: "shape", geometry: mark.geometry as Geometry, style: { colour, pattern: "solid" }, suggestion: true }] : [];
  return [
    ...diff.removed.flatMap((mark) => shape(mark, "#FF6A4D")),
    ...diff.changed.flatMap(({ before }) => shape(before, "#FFFFFF")),
    ...diff.added.flatMap((mark): Overlay[] => { const r = bounds(mark.geometry); return Number.isFinite(r.x0) ? [{ kind: "area", rect: r, colour: "#F6BE48" }] : []; }),
  ];
}
