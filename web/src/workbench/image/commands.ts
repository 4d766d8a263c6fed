/** What the object actions do: on chosen marks of one bench. */
import { bounds, rotate, stretch, translate } from "../core/geometry";
import { markId } from "../core/ids";
import { isSuggestion, type Geometry, type Mark, type Polygon } from "../core/model";
import { touchOps } from "../core/provenance";
import { combine } from "../core/raster";
import { fromPatch, maskTranslate, toPatch } from "../core/rle";
import { removeMarks, setField } from "../core/store";
import type { Op } from "../core/deltas";
import { mirror, swapSides } from "../tools/points";
import { join } from "../tools/polygons";
import { boundsOfAll } from "../tools/handles";
import { isEmptyMask, NO_PIXELS, without, yielded } from "../tools/overlap";
import { keepInside, SelectTool } from "../tools/select";
import type { ImageBench } from "./bench";

export function chosen(bench: ImageBench): Mark[] {
  return [...bench.selection.ids].flatMap((id) => { const mark = bench.store.mark(id); return mark ? [mark] : []; });
}

const free = (bench: ImageBench): Mark[] => chosen(bench).filter((mark) => !bench.selection.locked.has(mark.id));

/** Take the chosen marks away: suggestions are rejected by it. */
export function deleteChosen(bench: ImageBench): void {
  if (bench.tool instanceof SelectTool && bench.tool.deleteVertex()) return;
  const ids = new Set(free(bench).map((mark) => mark.id));
  bench.commit(removeMarks(bench.store.document, ids), "object.delete");
}

export function nudge(bench: ImageBench, dx: number, dy: number): void {
  if (bench.tool.nudge(dx, dy)) return;
  const marks = free(bench).filter((mark) => mark.geometry);
  const [mx, my] = keepInside(boundsOfAll(marks.map((mark) => mark.geometry)), dx, dy, bench.options.outside ? null : bench.pictureSize());
  bench.reshape(marks.map((mark) => {
    const g = mark.geometry as Geometry;
    return { id: mark.id, geometry: g.kind === "mask" ? maskTranslate(g, mx, my) : translate(g, mx, my) };
  }), "object.nudge.step");
}

/** Move the right and the lower side. */
export function resizeBy(bench: ImageBench, dx: number, dy: number): void {
  bench.reshape(free(bench).flatMap((mark) => {
    const g = mark.geometry;
    if (!g || g.kind === "mask" || g.kind === "none") return [];
    const r = bounds(g);
    const to = { ...r, x1: Math.max(r.x0 + 1, r.x1 + dx), y1: Math.max(r.y0 + 1, r.y1 + dy) };
    return [{ id: mark.id, geometry: stretch(g, r, to) }];
  }), "object.resize.step");
}

export function turnBy(bench: ImageBench, degrees: number): void {
  const marks = free(bench).filter((mark) => mark.geometry && mark.geometry.kind !== "mask" && mark.geometry.kind !== "box");
  const r = boundsOfAll(marks.map((mark) => mark.geometry));
  bench.reshape(marks.map((mark) => ({ id: mark.id, geometry: rotate(mark.geometry as Geometry, (degrees * Math.PI) / 180, (r.x0 + r.x1) / 2, (r.y0 + r.y1) / 2) })), "object.turn.step");
}

export function group(bench: ImageBench): void {
  const id = markId("g");
  bench.commit(free(bench).map((mark) => setField(mark, "group", id)), "object.group");
}
export function ungroup(bench: ImageBench): void {
  bench.commit(free(bench).filter((mark) => mark.group).map((mark) => setField(mark, "group", null)), "object.ungroup");
}

/** Stacking order: one step or all the way. */
export function stack(bench: ImageBench, how: "up" | "down" | "top" | "bottom"): void {
  const all = bench.store.document.marks.map((mark) => mark.z ?? 0);
  const high = Math.max(0, ...all), low = Math.min(0, ...all);
  bench.commit(free(bench).map((mark) => {
    const z = mark.z ?? 0;
    return setField(mark, "z", (how === "up" ? z + 1 : how === "down" ? z - 1 : how === "top" ? high + 1 : low - 1) || null);
  }), "object.stack.step");
}

export function toggleFlag(bench: ImageBench, flag: string): void {
  const marks = free(bench);
  const on = !marks.every((mark) => mark.flags?.includes(flag));
  bench.commit(marks.flatMap((mark) => {
    const rest = (mark.flags ?? []).filter((f) => f !== flag);
    const flags = on ? [...rest, flag] : rest;
    return [setField(mark, "flags", flags.length > 0 ? flags : null), ...touchOps(mark, "relabelled")];
  }), "object.flag");
}

export const suggestions = (bench: ImageBench): Mark[] => bench.store.document.marks.filter(isSuggestion);

/** Suggestions in view of the filter, at or above the threshold. */
export function sureSuggestions(bench: ImageBench): Mark[] {
  return suggestions(bench).filter((mark) => (mark.score ?? 1) >= bench.acceptFrom && bench.selection.visible(mark));
}

/** Accept the chosen suggestions, or all at or above the threshold when none is chosen. */
export function accept(bench: ImageBench): void {
  const picked = chosen(bench).filter(isSuggestion);
  if (picked.length === 0) { acceptAll(bench); return; }
  take(bench, picked, "prelabel.accept");
  if (picked.length === 1) nextSuggestion(bench);
}

/** Accept all at or above the threshold, whatever is chosen. */
export function acceptAll(bench: ImageBench): void { take(bench, sureSuggestions(bench), "prelabel.accept_all"); }

/** Accepted masks get what is free: they give way to what people have painted, and to surer suggestions. */
function take(bench: ImageBench, marks: readonly Mark[], action: string): void {
  const ops: Op[] = [];
  let taken = NO_PIXELS;
  const gone = new Set<string>();
  for (const mark of [...marks].sort((a, b) => (b.score ?? 1) - (a.score ?? 1))) {
    if (mark.geometry?.kind === "mask" && !bench.schema().overlap) {
      const free = yielded(bench, mark.geometry, new Set([mark.id]), (other) => !isSuggestion(other));
      const left = free ? fromPatch(without(toPatch(free), taken), free.size) : null;
      if (!left || isEmptyMask(left)) { gone.add(mark.id); continue; }
      taken = combine(taken, toPatch(left), 1);
      if (left.counts !== mark.geometry.counts) ops.push(setField(mark, "geometry", left));
    }
    ops.push(...touchOps(mark, "accepted"));
  }
  bench.commit([...ops, ...removeMarks(bench.store.document, gone)], action);
}

/** Reject the chosen suggestions and go to the next. */
export function reject(bench: ImageBench): void {
  const picked = chosen(bench).filter(isSuggestion);
  bench.commit(removeMarks(bench.store.document, new Set(picked.map((mark) => mark.id))), "prelabel.reject");
  nextSuggestion(bench);
}

export function nextSuggestion(bench: ImageBench, by: 1 | -1 = 1): void {
  const id = bench.selection.step(bench.store.document.marks, by, isSuggestion);
  if (id === undefined) return;
  bench.choose([id]);
  bench.reveal(bounds(bench.store.mark(id)?.geometry));
}

export function step(bench: ImageBench, by: 1 | -1): void {
  const id = bench.selection.step(bench.store.document.marks, by, (mark) => (mark.geometry?.kind ?? "none") !== "none");
  if (id === undefined) return;
  bench.choose([id]);
  bench.reveal(bounds(bench.store.mark(id)?.geometry));
}

/** Chosen polygons become one; chosen masks become one. */
export async function joinChosen(bench: ImageBench): Promise<void> {
  const marks = free(bench);
  const first = marks[0];
  if (!first || marks.length < 2) { bench.say("chooseTwo"); return; }
  const rest = new Set(marks.slice(1).map((mark) => mark.id));
  if (marks.every((mark) => mark.geometry?.kind === "polygon")) {
    const geometry = await join(marks.map((mark) => mark.geometry as Polygon));
    if (geometry) finishJoin(bench, first, geometry, rest);
  } else if (marks.every((mark) => mark.geometry?.kind === "mask")) {
    let patch = { x: 0, y: 0, w: 0, h: 0, data: new Uint8Array(0) };
    for (const mark of marks) if (mark.geometry?.kind === "mask") patch = combine(patch, toPatch(mark.geometry), 1) as typeof patch;
    const { w, h } = bench.pictureSize();
    finishJoin(bench, first, fromPatch(patch, [h, w]), rest);
  } else bench.say("joinKinds");
}

function finishJoin(bench: ImageBench, first: Mark, geometry: Geometry, rest: ReadonlySet<string>): void {
  bench.commit([setField(first, "geometry", geometry), ...touchOps(first, "moved"), ...removeMarks(bench.store.document, rest)], "object.join");
  bench.choose([first.id]);
}

/** Left and right of chosen skeletons: mirrored figure, or only the names exchanged. */
export function mirrorChosen(bench: ImageBench, namesOnly: boolean): void {
  bench.reshape(chosen(bench).flatMap((mark) => {
    const skeleton = bench.skeletonFor(mark.label ?? null);
    if (mark.geometry?.kind !== "keypoints" || !skeleton) return [];
    return [{ id: mark.id, geometry: namesOnly ? swapSides(mark.geometry, skeleton) : mirror(mark.geometry, skeleton) }];
  }), namesOnly ? "keypoints.swap" : "keypoints.mirror");
}

export function selectAll(bench: ImageBench): void {
  bench.choose(bench.store.document.marks.filter((mark) => bench.selection.editable(mark) && (mark.geometry?.kind ?? "none") !== "none").map((mark) => mark.id));
}

/** Choose all marks of the groups of the chosen ones. */
export function chooseGroup(bench: ImageBench): void {
  const groups = new Set(chosen(bench).flatMap((mark) => (mark.group ? [mark.group] : [])));
  if (groups.size > 0) bench.choose(bench.store.document.marks.filter((mark) => mark.group && groups.has(mark.group)).map((mark) => mark.id));
}
