/**
 * Checks before submit: each says what, where and how to put it right. Codes are texts (`workbench:check.<code>`).
 */
import type { Document } from "./deltas";
import { area, bounds, isEmpty, rectIou } from "./geometry";
import { attributesFor, isSuggestion, itemAttributes, nameOf, type Attribute, type AttributeValue, type Mark, type Schema } from "./model";
import { toPatch, type Patch } from "./rle";
import { SpatialIndex } from "./spatial";
import type { Rect } from "./viewport";

export interface Finding {
  code:
    | "no_class" | "unknown_class" | "wrong_kind" | "attribute_missing" | "attribute_invalid" | "item_attribute_missing" | "tiny" | "outside"
    | "doubled" | "overlapping" | "too_few" | "too_many" | "empty" | "undecided" | "broken_relation" | "relation_missing_end" | "few_points" | "text_missing"
    /** What a practice task has to say; the sentence itself is the value `text`. */
    | "practice";
  /** `error` stops the hand-in, `ask` can be confirmed. */
  level: "error" | "ask";
  mark?: string;
  other?: string;
  /** Where to look, picture pixels. */
  place?: Rect;
  /** Values for the text. */
  values?: Record<string, string | number>;
  /** Attribute to put right. */
  attribute?: string;
}

export interface CheckOptions {
  width: number;
  height: number;
  /** Smallest side that counts, picture pixels. */
  minSize?: number;
  language?: string;
  /** The person has said that there is nothing in the picture. */
  emptyOnPurpose?: boolean;
}

/** Everything that is wrong with the answer, worst first. */
export function check(document: Document, schema: Schema, options: CheckOptions): Finding[] {
  const language = options.language ?? "zh-CN";
  const found: Finding[] = [];
  const suggestions = document.marks.filter(isSuggestion);
  const marks = document.marks.filter((mark) => !isSuggestion(mark));
  for (const mark of marks) checkMark(mark, schema, options, language, found);
  checkDoubled(marks, options, found);
  if (!schema.overlap) checkOverlap(marks, options, found);
  checkCounts(marks, schema, language, found);
  checkRelations(document, found);
  for (const attribute of itemAttributes(schema, document.item_attrs)) {
    const value = document.item_attrs[attribute.id];
    if (attribute.required && isBlank(value)) {
      found.push({ code: "item_attribute_missing", level: "error", attribute: attribute.id, values: { name: nameOf(attribute, language) } });
    } else if (!isBlank(value) && !validValue(attribute, value as AttributeValue)) {
      found.push({ code: "attribute_invalid", level: "error", attribute: attribute.id, values: { name: nameOf(attribute, language) } });
    }
  }
  if (suggestions.length > 0) {
    found.push({
      code: "undecided", level: "error", mark: (suggestions[0] as Mark).id, values: { count: suggestions.length },
      place: bounds((suggestions[0] as Mark).geometry),
    });
  }
  const saysNothing = marks.length === 0 && suggestions.length === 0 && Object.keys(document.item_attrs).length === 0;
  if (saysNothing && !options.emptyOnPurpose) {
    found.push({ code: "empty", level: (schema.empty_allowed ?? true) ? "ask" : "error" });
  }
  return found.sort((a, b) => Number(a.level === "ask") - Number(b.level === "ask"));
}

function checkMark(mark: Mark, schema: Schema, options: CheckOptions, language: string, found: Finding[]): void {
  const at = bounds(mark.geometry);
  const place = isEmpty(at) ? undefined : at;
  const add = (code: Finding["code"], level: Finding["level"], values?: Finding["values"], attribute?: string): void => {
    found.push({ code, level, mark: mark.id, ...(place ? { place } : {}), ...(values ? { values } : {}), ...(attribute ? { attribute } : {}) });
  };
  const kind = mark.geometry?.kind ?? "none";
  const classes = schema.classes ?? [];
  const own = classes.find((c) => c.id === mark.label);
  const isComment = mark.label == null && mark.text != null;
  if (mark.label == null) {
    if (classes.length > 0 && !isComment) add("no_class", "error");
  } else if (!own) {
    add("unknown_class", "error", { name: mark.label });
  } else if ((own.kinds ?? []).length > 0 && !own.kinds?.includes(kind)) {
    add("wrong_kind", "error", { name: nameOf(own, language), kind });
  }
  if (!isComment) {
    for (const attribute of attributesFor(schema, mark.label, mark.attrs)) {
      const value = mark.attrs?.[attribute.id];
      if (isBlank(value)) {
        if (attribute.required) add("attribute_missing", "error", { name: nameOf(attribute, language) }, attribute.id);
      } else if (!validValue(attribute, value as AttributeValue)) {
        add("attribute_invalid", "error", { name: nameOf(attribute, language) }, attribute.id);
      }
    }
  }
  checkPlace(mark, options, add);
}

function checkPlace(
  mark: Mark, options: CheckOptions, add: (code: Finding["code"], level: Finding["level"], values?: Finding["values"]) => void,
): void {
  const g = mark.geometry;
  if (!g || g.kind === "none") return;
  const r = bounds(g);
  const minSize = options.minSize ?? 3;
  if (g.kind === "polygon" && g.parts.some((part) => part.outer.length < 6)) return add("few_points", "error", { count: 3 });
  if (g.kind === "polyline" && g.xy.length < 4) return add("few_points", "error", { count: 2 });
  if (isEmpty(r)) return add("tiny", "error", { size: minSize });
  const w = r.x1 - r.x0, h = r.y1 - r.y0;
  const flat = g.kind === "points" || g.kind === "keypoints" || g.kind === "polyline";
  const small = g.kind === "polyline" ? Math.max(w, h) < minSize : flat ? false : Math.min(w, h) < minSize || area(g) < minSize;
  if (small) add("tiny", "error", { size: minSize });
  const over = Math.max(-r.x0, -r.y0, r.x1 - options.width, r.y1 - options.height);
  if (r.x1 <= 0 || r.y1 <= 0 || r.x0 >= options.width || r.y0 >= options.height) add("outside", "error", { px: Math.ceil(over) });
  else if (over > 1) add("outside", "ask", { px: Math.ceil(over) });
}

/** Two marks of one class and kind on the same place (IoU above 0.95, points within a pixel). */
function checkDoubled(marks: readonly Mark[], options: CheckOptions, found: Finding[]): void {
  const placed = marks.filter((mark) => !isEmpty(bounds(mark.geometry)));
  const index = new SpatialIndex();
  const order = new Map(placed.map((mark, i) => [mark.id, i]));
  index.load(placed, options.width, options.height);
  for (const mark of placed) {
    const r = bounds(mark.geometry);
    for (const id of index.search(r)) {
      const other = placed[order.get(id) as number] as Mark;
      if ((order.get(id) as number) <= (order.get(mark.id) as number)) continue;
      if (other.label !== mark.label || other.geometry?.kind !== mark.geometry?.kind) continue;
      if (!alike(mark, other)) continue;
      found.push({ code: "doubled", level: "ask", mark: other.id, other: mark.id, place: r });
    }
  }
}

/** Masks that cover each other where none may: brought in by an earlier answer or a file, since the bench itself keeps them apart. */
function checkOverlap(marks: readonly Mark[], options: CheckOptions, found: Finding[]): void {
  const masks = marks.flatMap((mark) => (mark.geometry?.kind === "mask" ? [{ mark, patch: toPatch(mark.geometry) }] : []));
  if (masks.length < 2) return;
  const order = new Map(masks.map(({ mark }, i) => [mark.id, i]));
  const index = new SpatialIndex();
  index.load(masks.map(({ mark }) => mark), options.width, options.height);
  masks.forEach(({ mark, patch }, i) => {
    for (const id of index.search(bounds(mark.geometry))) {
      const k = order.get(id) ?? -1;
      const place = k > i ? sharedPart(patch, (masks[k] as (typeof masks)[number]).patch) : null;
      if (place) found.push({ code: "overlapping", level: "ask", mark: id, other: mark.id, place });
    }
  });
}

/** Bounds of the pixels that both have; null when there are none. */
function sharedPart(a: Patch, b: Patch): Rect | null {
  let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
  for (let y = Math.max(a.y, b.y); y < Math.min(a.y + a.h, b.y + b.h); y++) {
    for (let x = Math.max(a.x, b.x); x < Math.min(a.x + a.w, b.x + b.w); x++) {
      if (!a.data[(y - a.y) * a.w + x - a.x] || !b.data[(y - b.y) * b.w + x - b.x]) continue;
      x0 = Math.min(x0, x); y0 = Math.min(y0, y); x1 = Math.max(x1, x + 1); y1 = Math.max(y1, y + 1);
    }
  }
  return x1 > x0 ? { x0, y0, x1, y1 } : null;
}

function alike(a: Mark, b: Mark): boolean {
  const ra = bounds(a.geometry), rb = bounds(b.geometry);
  const near = Math.max(Math.abs(ra.x0 - rb.x0), Math.abs(ra.y0 - rb.y0), Math.abs(ra.x1 - rb.x1), Math.abs(ra.y1 - rb.y1)) <= 1;
  return near || rectIou(ra, rb) > 0.95;
}

function checkCounts(marks: readonly Mark[], schema: Schema, language: string, found: Finding[]): void {
  const counts = countByClass(marks);
  for (const own of schema.classes ?? []) {
    const count = counts.get(own.id) ?? 0;
    const values = { name: nameOf(own, language), count };
    if (own.min != null && count < own.min) found.push({ code: "too_few", level: "error", values: { ...values, min: own.min } });
    if (own.max != null && count > own.max) {
      const last = marks.filter((mark) => mark.label === own.id).at(-1);
      found.push({ code: "too_many", level: "error", values: { ...values, max: own.max }, ...(last ? { mark: last.id, place: bounds(last.geometry) } : {}) });
    }
  }
}

function checkRelations(document: Document, found: Finding[]): void {
  const ids = new Set(document.marks.map((mark) => mark.id));
  for (const relation of document.relations) {
    if (!ids.has(relation.source) || !ids.has(relation.target)) found.push({ code: "relation_missing_end", level: "error" });
    else if (relation.source === relation.target) found.push({ code: "broken_relation", level: "error", mark: relation.source });
  }
}

/** Number of marks by class id; marks without class under the empty string. */
export function countByClass(marks: readonly Mark[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const mark of marks) counts.set(mark.label ?? "", (counts.get(mark.label ?? "") ?? 0) + 1);
  return counts;
}

function isBlank(value: AttributeValue | undefined): boolean {
  return value == null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** Whether a value is of the attribute's type and within its bounds. */
export function validValue(attribute: Attribute, value: AttributeValue): boolean {
  switch (attribute.type) {
    case "bool": return typeof value === "boolean";
    case "choice": return typeof value === "string" && (attribute.values ?? []).includes(value);
    case "choices": return Array.isArray(value) && value.every((v) => (attribute.values ?? []).includes(v));
    case "text": {
      if (typeof value !== "string") return false;
      if (attribute.pattern == null) return true;
      try {
        return new RegExp(`^(?:${attribute.pattern})$`, "u").test(value);
      } catch (error) {
        if (error instanceof SyntaxError) return true; // the server, whose dialect it is, decides
        throw error;
      }
    }
    default:
      return (
        typeof value === "number" && Number.isFinite(value) && (attribute.type === "float" || Number.isInteger(value)) &&
        (attribute.min == null || value >= attribute.min) && (attribute.max == null || value <= attribute.max)
      );
  }
}
