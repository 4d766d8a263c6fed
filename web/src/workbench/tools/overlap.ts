/** Masks that may not cover each other: who gives way when a new piece is put down. */
import type { Op } from "../core/deltas";
import type { Mark, Mask } from "../core/model";
import { combine } from "../core/raster";
import { fromPatch, maskBounds, toPatch, type Patch } from "../core/rle";
import { removeMarks, setField } from "../core/store";
import type { Bench } from "./tool";

export const NO_PIXELS: Patch = { x: 0, y: 0, w: 0, h: 0, data: new Uint8Array(0) };

export interface Claim {
  /** What the newcomer gets. */
  stamp: Patch;
  /** Pixels of locked masks, which keep theirs; null when none is in the way. */
  blocked: Patch | null;
  /** What the others lose. */
  ops: Op[];
}

const copyOf = (patch: Patch): Patch => ({ ...patch, data: patch.data.slice() });

/** `patch` without the pixels of `other`. */
export function without(patch: Patch, other: Patch): Patch { return combine(copyOf(patch), other, 0); }

export const isEmptyMask = (mask: Mask): boolean => !(maskBounds(mask).x1 > 0);

/** Masks, apart from `keep`, whose bounds meet those of `patch`. */
function* masksNear(bench: Bench, patch: Patch, keep: ReadonlySet<string>): Generator<Mark & { geometry: Mask }> {
  for (const id of bench.index.search({ x0: patch.x, y0: patch.y, x1: patch.x + patch.w, y1: patch.y + patch.h })) {
    const mark = bench.store.mark(id);
    if (mark?.geometry?.kind === "mask" && !keep.has(id)) yield mark as Mark & { geometry: Mask };
  }
}

/**
 * Put `stamp` down where no two masks may overlap: locked masks keep what they have, the others give way, and one that
 * loses its last pixel goes. Where the schema allows overlap nothing gives way.
 */
export function claim(bench: Bench, stamp: Patch, keep: ReadonlySet<string>): Claim {
  if (bench.schema().overlap) return { stamp, blocked: null, ops: [] };
  const near = [...masksNear(bench, stamp, keep)];
  let blocked: Patch | null = null;
  for (const mark of near) if (bench.selection.locked.has(mark.id)) blocked = combine(blocked ?? NO_PIXELS, toPatch(mark.geometry), 1);
  const own = blocked ? without(stamp, blocked) : stamp;
  const ops: Op[] = [];
  const gone = new Set<string>();
  for (const mark of near) {
    if (bench.selection.locked.has(mark.id)) continue;
    const before = toPatch(mark.geometry);
    const after = without(before, own);
    if (after.data.every((value, i) => value === before.data[i])) continue;
    const mask = fromPatch(after, mark.geometry.size);
    if (isEmptyMask(mask)) gone.add(mark.id); else ops.push(setField(mark, "geometry", mask));
  }
  // Removals by place come last to first, after the changes.
  return { stamp: own, blocked, ops: [...ops, ...removeMarks(bench.store.document, gone)] };
}

/** What is free for a newcomer that gives way to everything there (pasted, accepted, taken over); null when nothing is. */
export function yielded(bench: Bench, mask: Mask, keep: ReadonlySet<string>, usable: (mark: Mark) => boolean = () => true): Mask | null {
  if (bench.schema().overlap) return mask;
  let patch = toPatch(mask);
  for (const mark of masksNear(bench, patch, keep)) if (usable(mark)) patch = without(patch, toPatch(mark.geometry));
  const left = fromPatch(patch, mask.size);
  return isEmptyMask(left) ? null : left;
}
