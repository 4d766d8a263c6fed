/** Handles of a shape: where they are and what dragging one does. Shared by all tools. */
import { bounds, boundsOfXy, cuboidCorners, normalBox } from "../core/geometry";
import type { Geometry } from "../core/model";
import type { Rect } from "../core/viewport";

export type HandleKind = "edge" | "rotate" | "vertex";

export interface Handle {
  kind: HandleKind;
  /** Edge handles: -1, 0, 1 for left/top, middle, right/bottom. */
  u?: number;
  v?: number;
  /** Vertices: which ring (`part`, `hole`; -1 the outer one) and which point. */
  part?: number;
  hole?: number;
  index?: number;
  x: number;
  y: number;
}

const EIGHT: readonly [number, number][] = [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]];

/** Handles of `g`; `reach` is the distance of the turning handle above the shape, picture pixels. */
export function handlesOf(g: Geometry | undefined, reach: number): Handle[] {
  switch (g?.kind) {
    case "box": {
      const cx = (g.x0 + g.x1) / 2, cy = (g.y0 + g.y1) / 2;
      return EIGHT.map(([u, v]) => ({ kind: "edge", u, v, x: u < 0 ? g.x0 : u > 0 ? g.x1 : cx, y: v < 0 ? g.y0 : v > 0 ? g.y1 : cy }));
    }
    case "obox": return turnedHandles(g.cx, g.cy, g.w / 2, g.h / 2, g.angle, reach);
    case "ellipse": return turnedHandles(g.cx, g.cy, g.rx, g.ry, g.angle, reach);
    case "polygon":
      return g.parts.flatMap((part, p) => [
        ...vertices(part.outer, p, -1), ...(part.holes ?? []).flatMap((hole, h) => vertices(hole, p, h)),
      ]);
    case "polyline":
    case "points":
    case "keypoints": return vertices(g.xy, 0, -1);
    case "cuboid2": return vertices(cuboidCorners(g), 0, -1);
    default: return [];
  }
}

function vertices(xy: readonly number[], part: number, hole: number): Handle[] {
  const out: Handle[] = [];
  for (let i = 0; i + 1 < xy.length; i += 2) out.push({ kind: "vertex", part, hole, index: i >> 1, x: xy[i] as number, y: xy[i + 1] as number });
  return out;
}

function turnedHandles(cx: number, cy: number, hw: number, hh: number, angle: number, reach: number): Handle[] {
  const c = Math.cos(angle), s = Math.sin(angle);
  const at = (x: number, y: number): { x: number; y: number } => ({ x: cx + x * c - y * s, y: cy + x * s + y * c });
  return [
    ...EIGHT.map(([u, v]): Handle => ({ kind: "edge", u, v, ...at(u * hw, v * hh) })),
    { kind: "rotate", ...at(0, -hh - reach) },
  ];
}

/** Nearest handle within `reach`, or null. Corners win over edges at the same distance. */
export function handleAt(g: Geometry | undefined, x: number, y: number, reach: number, rotateReach: number): Handle | null {
  let best: Handle | null = null, least = reach * reach;
  for (const handle of handlesOf(g, rotateReach)) {
    const d2 = (handle.x - x) ** 2 + (handle.y - y) ** 2;
    if (d2 <= least) { least = d2; best = handle; }
  }
  return best;
}

/** A side of a box or rotated box within `reach`, as the handle in its middle; null on boxes too small to tell sides from inside. */
export function sideAt(g: Geometry | undefined, x: number, y: number, reach: number): Handle | null {
  if (g?.kind !== "box" && g?.kind !== "obox") return null;
  const b = g.kind === "box" ? { cx: (g.x0 + g.x1) / 2, cy: (g.y0 + g.y1) / 2, w: g.x1 - g.x0, h: g.y1 - g.y0, angle: 0 } : g;
  const c = Math.cos(b.angle), s = Math.sin(b.angle);
  const lx = (x - b.cx) * c + (y - b.cy) * s, ly = -(x - b.cx) * s + (y - b.cy) * c;
  if (Math.min(b.w, b.h) < 6 * reach || Math.abs(lx) > b.w / 2 + reach || Math.abs(ly) > b.h / 2 + reach) return null;
  const fromSide = Math.abs(Math.abs(lx) - b.w / 2), fromTop = Math.abs(Math.abs(ly) - b.h / 2);
  if (Math.min(fromSide, fromTop) > reach) return null;
  const [u, v] = fromSide <= fromTop ? [Math.sign(lx), 0] : [0, Math.sign(ly)];
  return handlesOf(g, 0).find((handle) => handle.kind === "edge" && handle.u === u && handle.v === v) ?? null;
}

export interface DragKeys { shift?: boolean; alt?: boolean }

/**
 * The shape with `handle` at (x, y). Shift keeps the proportions (turning: steps of 15°), Alt moves both sides.
 */
export function dragHandle(g: Geometry, handle: Handle, x: number, y: number, keys: DragKeys = {}): Geometry {
  if (handle.kind === "rotate" && (g.kind === "obox" || g.kind === "ellipse")) {
    let angle = Math.atan2(y - g.cy, x - g.cx) + Math.PI / 2;
    // The turn stays the nearest one to what it was: tracks need to know which way it went.
    angle += Math.round((g.angle - angle) / (2 * Math.PI)) * 2 * Math.PI;
    if (keys.shift) angle = Math.round(angle / (Math.PI / 12)) * (Math.PI / 12);
    return { ...g, angle };
  }
  if (handle.kind === "vertex") return moveVertex(g, handle, x, y);
  const u = handle.u ?? 0, v = handle.v ?? 0;
  if (g.kind === "box") return dragBox(g, u, v, x, y, keys);
  if (g.kind === "obox" || g.kind === "ellipse") return dragTurned(g, u, v, x, y, keys);
  return g;
}

function dragBox(g: Extract<Geometry, { kind: "box" }>, u: number, v: number, x: number, y: number, keys: DragKeys): Geometry {
  const cx = (g.x0 + g.x1) / 2, cy = (g.y0 + g.y1) / 2;
  let { x0, y0, x1, y1 } = g;
  if (u < 0) x0 = x;
  if (u > 0) x1 = x;
  if (v < 0) y0 = y;
  if (v > 0) y1 = y;
  if (keys.alt) {
    if (u < 0) x1 = 2 * cx - x0; else if (u > 0) x0 = 2 * cx - x1;
    if (v < 0) y1 = 2 * cy - y0; else if (v > 0) y0 = 2 * cy - y1;
  }
  if (keys.shift && u !== 0 && v !== 0) {
    const ratio = (g.y1 - g.y0) / Math.max(1e-9, g.x1 - g.x0);
    const h = Math.abs(x1 - x0) * ratio;
    if (v < 0) y0 = y1 - h; else y1 = y0 + h;
  }
  return normalBox({ kind: "box", x0, y0, x1, y1 });
}

function dragTurned(g: Extract<Geometry, { kind: "obox" | "ellipse" }>, u: number, v: number, x: number, y: number, keys: DragKeys): Geometry {
  const hw = g.kind === "obox" ? g.w / 2 : g.rx, hh = g.kind === "obox" ? g.h / 2 : g.ry;
  const c = Math.cos(g.angle), s = Math.sin(g.angle);
  const lx = (x - g.cx) * c + (y - g.cy) * s, ly = -(x - g.cx) * s + (y - g.cy) * c;
  const symmetric = keys.alt || g.kind === "ellipse";
  let nw = hw, nh = hh, ox = 0, oy = 0;
  if (u !== 0) {
    nw = symmetric ? Math.abs(lx) : Math.abs(lx * u + hw) / 2;
    ox = symmetric ? 0 : (u * (lx * u - hw)) / 2;
  }
  if (v !== 0) {
    nh = symmetric ? Math.abs(ly) : Math.abs(ly * v + hh) / 2;
    oy = symmetric ? 0 : (v * (ly * v - hh)) / 2;
  }
  if (keys.shift && u !== 0 && v !== 0) nh = (nw * hh) / Math.max(1e-9, hw);
  const cx = g.cx + ox * c - oy * s, cy = g.cy + ox * s + oy * c;
  return g.kind === "obox" ? { ...g, cx, cy, w: 2 * nw, h: 2 * nh } : { ...g, cx, cy, rx: nw, ry: nh };
}

/** The shape with one vertex moved. */
export function moveVertex(g: Geometry, at: Pick<Handle, "part" | "hole" | "index">, x: number, y: number): Geometry {
  const i = 2 * (at.index ?? 0);
  const put = (xy: readonly number[], k: number): number[] => { const out = xy.slice(); out[k] = x; out[k + 1] = y; return out; };
  switch (g.kind) {
    case "polyline":
    case "points": return { ...g, xy: put(g.xy, i) };
    case "keypoints": {
      const v = g.v.slice();
      if (!v[i >> 1]) v[i >> 1] = 2;
      return { ...g, xy: put(g.xy, i), v };
    }
    case "cuboid2": return i < 8 ? { ...g, front: put(g.front, i) } : { ...g, back: put(g.back, i - 8) };
    case "polygon": return mapRing(g, at, (xy) => put(xy, i));
    default: return g;
  }
}

/** Put a new vertex after `index`; returns the shape and the handle of the new vertex. */
export function insertVertex(g: Geometry, at: { part: number; hole: number; index: number }, x: number, y: number): Geometry {
  const add = (xy: readonly number[]): number[] => [...xy.slice(0, 2 * at.index + 2), x, y, ...xy.slice(2 * at.index + 2)];
  if (g.kind === "polyline") return { ...g, xy: add(g.xy) };
  return g.kind === "polygon" ? mapRing(g, at, add) : g;
}

/** Take a vertex out; null when nothing would be left (a ring below three, a line below two points). */
export function removeVertex(g: Geometry, at: Pick<Handle, "part" | "hole" | "index">): Geometry | null {
  const i = 2 * (at.index ?? 0);
  const cut = (xy: readonly number[]): number[] => [...xy.slice(0, i), ...xy.slice(i + 2)];
  switch (g.kind) {
    case "polyline": return g.xy.length > 4 ? { ...g, xy: cut(g.xy) } : null;
    case "points": return g.xy.length > 2 ? { ...g, xy: cut(g.xy) } : null;
    case "keypoints": {
      const v = g.v.slice();
      v[i >> 1] = 0;
      return v.some((value) => value > 0) ? { ...g, v } : null;
    }
    case "polygon": {
      const part = g.parts[at.part ?? 0];
      const hole = at.hole ?? -1;
      const ring = hole < 0 ? part?.outer : part?.holes?.[hole];
      if (!part || !ring) return g;
      if (ring.length > 6) return mapRing(g, at, cut);
      if (hole >= 0) {
        return { ...g, parts: g.parts.map((p, k) => (k === at.part ? { ...p, holes: (p.holes ?? []).filter((_, h) => h !== hole) } : p)) };
      }
      const parts = g.parts.filter((_, k) => k !== at.part);
      return parts.length > 0 ? { ...g, parts } : null;
    }
    default: return null;
  }
}

function mapRing(g: Extract<Geometry, { kind: "polygon" }>, at: Pick<Handle, "part" | "hole">, f: (xy: readonly number[]) => number[]): Geometry {
  const hole = at.hole ?? -1;
  return {
    ...g,
    parts: g.parts.map((part, p) => {
      if (p !== at.part) return part;
      if (hole < 0) return { ...part, outer: f(part.outer) };
      return { ...part, holes: (part.holes ?? []).map((xy, h) => (h === hole ? f(xy) : xy)) };
    }),
  };
}

/** Rectangle handles of several chosen marks together. */
export function groupHandles(r: Rect): Handle[] { return handlesOf({ kind: "box", ...r }, 0); }

export function boundsOfAll(geometries: readonly (Geometry | undefined)[]): Rect {
  return boundsOfXy(geometries.flatMap((g) => { const r = bounds(g); return Number.isFinite(r.x0) ? [r.x0, r.y0, r.x1, r.y1] : []; }));
}

/** Cursor over a handle, by where it stands. */
export function cursorOf(handle: Handle, angle = 0): string {
  if (handle.kind === "rotate") return "grab";
  if (handle.kind === "vertex") return "move";
  const turn = Math.atan2(handle.v ?? 0, handle.u ?? 0) + angle;
  const octant = ((Math.round(turn / (Math.PI / 4)) % 4) + 4) % 4;
  return ["ew-resize", "nwse-resize", "ns-resize", "nesw-resize"][octant] as string;
}
