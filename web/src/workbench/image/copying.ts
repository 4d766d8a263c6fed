/** Copying: paste, duplicate, the last mark again, and everything from the picture before. */
import { bounds, isEmpty, translate } from "../core/geometry";
import { markId } from "../core/ids";
import { attributesFor, isSuggestion, type Geometry, type Mark } from "../core/model";
import { fromPatch, maskTranslate, toPatch } from "../core/rle";
import type { Op } from "../core/deltas";
import { isEmptyMask, yielded } from "../tools/overlap";
import { keepInside } from "../tools/select";
import type { ImageBench } from "./bench";
import { chosen } from "./commands";
import { copiedFrom, NOTHING, type Copied } from "./copied";

const moved = (g: Geometry, dx: number, dy: number): Geometry => (g.kind === "mask" ? maskTranslate(g, dx, dy) : translate(g, dx, dy));

/** New marks and relations from old ones: new ids, no score, no provenance, a little aside. */
export function copies({ marks, relations }: Copied, shift: number): Copied {
  const groups = new Map<string, string>();
  const ids = new Map<string, string>();
  const made = marks.map((mark) => {
    const { score: _score, origin: _origin, ...rest } = mark;
    const id = markId();
    ids.set(mark.id, id);
    const geometry = !mark.geometry || shift === 0 ? mark.geometry : moved(mark.geometry, shift, shift);
    const group = mark.group ? (groups.get(mark.group) ?? groups.set(mark.group, markId("g")).get(mark.group)) : undefined;
    return { ...rest, id, ...(geometry ? { geometry } : {}), ...(group ? { group } : {}) };
  });
  return {
    marks: made,
    relations: relations.flatMap((relation) => {
      const source = ids.get(relation.source), target = ids.get(relation.target);
      return source !== undefined && target !== undefined ? [{ ...relation, id: markId("r"), source, target }] : [];
    }),
  };
}

/**
 * Marks of another picture as this one can hold them: only classes and attributes that are asked for here, boxes and
 * masks cut at the border, nothing that lies outside altogether.
 */
export function fitting(bench: ImageBench, { marks, relations }: Copied): Copied {
  const schema = bench.schema();
  const { w, h } = bench.pictureSize();
  const classes = new Set((schema.classes ?? []).map((own) => own.id));
  const kept = marks.flatMap((mark): Mark[] => {
    if (mark.label != null && !classes.has(mark.label)) return [];
    const allowed = new Set(attributesFor(schema, mark.label, mark.attrs).map((a) => a.id));
    const attrs = Object.fromEntries(Object.entries(mark.attrs ?? {}).filter(([id]) => allowed.has(id)));
    const { attrs: _attrs, ...rest } = mark;
    const said = { ...rest, ...(Object.keys(attrs).length > 0 ? { attrs } : {}) };
    const g = mark.geometry;
    if (!g || g.kind === "none") return [said];
    if (g.kind === "mask") {
      const mask = g.size[0] === h && g.size[1] === w ? g : fromPatch(toPatch(g), [h, w]);
      return isEmptyMask(mask) ? [] : [{ ...said, geometry: mask }];
    }
    const r = bounds(g);
    if (isEmpty(r) || r.x0 >= w || r.y0 >= h || r.x1 <= 0 || r.y1 <= 0) return [];
    if (g.kind !== "box" || bench.options.outside) return [said];
    return [{ ...said, geometry: { kind: "box", x0: Math.max(0, r.x0), y0: Math.max(0, r.y0), x1: Math.min(w, r.x1), y1: Math.min(h, r.y1) } }];
  });
  return copiedFrom({ marks: [...kept], relations: [...relations], item_attrs: {} }, kept);
}

/** Put newcomers down; masks give way to what is there. Returns how many found a place. */
export function addAll(bench: ImageBench, { marks, relations }: Copied, action: string): number {
  const start = bench.store.document.marks.length;
  const here = new Set<string>();
  const placed = marks.flatMap((mark): Mark[] => {
    if (mark.geometry?.kind !== "mask") return [mark];
    const geometry = yielded(bench, mark.geometry, here);
    return geometry ? [{ ...mark, geometry }] : [];
  });
  const made = copiedFrom({ marks: placed, relations: [...relations], item_attrs: {} }, placed);
  bench.commit([...made.marks.map((mark, i): Op => ({ op: "add", index: start + i, mark })), ...made.relations.map((relation): Op => ({ op: "relate", relation }))], action);
  bench.choose(made.marks.map((mark) => mark.id));
  return made.marks.length;
}

const aside = (bench: ImageBench): number => Math.round(10 / bench.viewport().scale);

export function copy(bench: ImageBench): void {
  bench.clipboard = copiedFrom(bench.store.document, chosen(bench));
  bench.say("copied", { count: bench.clipboard.marks.length });
}

export function paste(bench: ImageBench): void {
  const fit = fitting(bench, copies(bench.clipboard, aside(bench)));
  if (addAll(bench, fit, "object.paste") < bench.clipboard.marks.length) bench.say("pasteMissed");
}

export function duplicate(bench: ImageBench): void {
  addAll(bench, fitting(bench, copies(copiedFrom(bench.store.document, chosen(bench)), aside(bench))), "object.duplicate");
}

/** Marks of the picture before this one, at the same places. */
export function copyFromPrevious(bench: ImageBench): void {
  const count = addAll(bench, fitting(bench, copies(bench.previous, 0)), "object.copy_previous");
  bench.say("copiedPrevious", { count });
}

const isDrawn = (mark: Mark): boolean => !isSuggestion(mark) && mark.geometry !== undefined && mark.geometry.kind !== "none";

/** The last drawn mark again, at the pointer, same class, size and attributes; on a fresh picture the last one of the picture before. */
export function repeatLast(bench: ImageBench): void {
  const last = bench.store.document.marks.filter(isDrawn).at(-1) ?? fitting(bench, bench.previous).marks.filter(isDrawn).at(-1);
  if (!last) { bench.say("nothingToRepeat"); return; }
  const made = copies({ ...NOTHING, marks: [last] }, 0).marks[0] as Mark;
  const r = bounds(last.geometry);
  const at = bench.pointer ?? { x: (r.x0 + r.x1) / 2 + 10 / bench.viewport().scale, y: (r.y0 + r.y1) / 2 + 10 / bench.viewport().scale };
  const [dx, dy] = keepInside(r, at.x - (r.x0 + r.x1) / 2, at.y - (r.y0 + r.y1) / 2, bench.pictureSize());
  addAll(bench, { ...NOTHING, marks: [{ ...made, geometry: moved(made.geometry as Geometry, dx, dy) }] }, "object.repeat");
}
