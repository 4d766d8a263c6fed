/** Plane geometry on the bench's kinds: bounds, area, moving, turning, mirroring, distances. Picture pixels. */
import type { Box, Cuboid2D, Ellipse, Geometry, PolygonPart, RotatedBox } from "./model";
import { maskBounds, maskArea } from "./rle";
import type { Rect } from "./viewport";

export const EMPTY: Rect = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };

export function boundsOfXy(xy: ArrayLike<number>): Rect {
  let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
  for (let i = 0; i + 1 < xy.length; i += 2) {
    const x = xy[i] as number, y = xy[i + 1] as number;
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  return { x0, y0, x1, y1 };
}

export function union(a: Rect, b: Rect): Rect {
  return { x0: Math.min(a.x0, b.x0), y0: Math.min(a.y0, b.y0), x1: Math.max(a.x1, b.x1), y1: Math.max(a.y1, b.y1) };
}

export const isEmpty = (r: Rect): boolean => !(r.x1 >= r.x0 && r.y1 >= r.y0);
export const intersects = (a: Rect, b: Rect): boolean => a.x0 <= b.x1 && b.x0 <= a.x1 && a.y0 <= b.y1 && b.y0 <= a.y1;
export const grow = (r: Rect, by: number): Rect => ({ x0: r.x0 - by, y0: r.y0 - by, x1: r.x1 + by, y1: r.y1 + by });

/** The four corners of a rotated box, flat, starting at the one that was top-left before turning. */
export function oboxCorners(g: RotatedBox): number[] {
  const c = Math.cos(g.angle), s = Math.sin(g.angle);
  const out: number[] = [];
  for (const [u, v] of [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]] as const) {
    const dx = u * g.w, dy = v * g.h;
    out.push(g.cx + dx * c - dy * s, g.cy + dx * s + dy * c);
  }
  return out;
}

/** Tight axis-aligned bounds of a turned ellipse. */
export function ellipseBounds(g: Ellipse): Rect {
  const c = Math.cos(g.angle), s = Math.sin(g.angle);
  const ex = Math.hypot(g.rx * c, g.ry * s), ey = Math.hypot(g.rx * s, g.ry * c);
  return { x0: g.cx - ex, y0: g.cy - ey, x1: g.cx + ex, y1: g.cy + ey };
}

export function bounds(g: Geometry | undefined): Rect {
  switch (g?.kind) {
    case "box": return { x0: Math.min(g.x0, g.x1), y0: Math.min(g.y0, g.y1), x1: Math.max(g.x0, g.x1), y1: Math.max(g.y0, g.y1) };
    case "obox": return boundsOfXy(oboxCorners(g));
    case "polygon": return g.parts.reduce((r, part) => union(r, boundsOfXy(part.outer)), EMPTY);
    case "polyline":
    case "points": return boundsOfXy(g.xy);
    case "keypoints": return boundsOfXy(g.xy.filter((_, i) => (g.v[i >> 1] ?? 0) > 0));
    case "mask": return maskBounds(g);
    case "ellipse": return ellipseBounds(g);
    case "cuboid2": return union(boundsOfXy(g.front), boundsOfXy(g.back));
    default: return EMPTY;
  }
}

/** Twice the signed area halved: positive when clockwise on the screen. */
export function ringArea(xy: ArrayLike<number>): number {
  let twice = 0;
  const n = xy.length >> 1;
  for (let i = 0, j = n - 1; i < n; j = i++) {
    twice += (xy[2 * j] as number) * (xy[2 * i + 1] as number) - (xy[2 * i] as number) * (xy[2 * j + 1] as number);
  }
  return twice / 2;
}

export function partArea(part: PolygonPart): number {
  return Math.abs(ringArea(part.outer)) - (part.holes ?? []).reduce((sum, hole) => sum + Math.abs(ringArea(hole)), 0);
}

/** Area in square pixels; 0 for what has none. */
export function area(g: Geometry | undefined): number {
  switch (g?.kind) {
    case "box": return Math.abs((g.x1 - g.x0) * (g.y1 - g.y0));
    case "obox": return Math.abs(g.w * g.h);
    case "polygon": return g.parts.reduce((sum, part) => sum + partArea(part), 0);
    case "mask": return maskArea(g);
    case "ellipse": return Math.PI * g.rx * g.ry;
    case "cuboid2": { const r = bounds(g); return (r.x1 - r.x0) * (r.y1 - r.y0); }
    case "keypoints": { const r = bounds(g); return isEmpty(r) ? 0 : (r.x1 - r.x0) * (r.y1 - r.y0); }
    default: return 0;
  }
}

/** Inside by the even-odd rule. */
export function inRing(xy: ArrayLike<number>, x: number, y: number): boolean {
  let inside = false;
  const n = xy.length >> 1;
  for (let i = 0, j = n - 1; i < n; j = i++) {
    const xi = xy[2 * i] as number, yi = xy[2 * i + 1] as number;
    const xj = xy[2 * j] as number, yj = xy[2 * j + 1] as number;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Squared distance from a point to a segment. */
export function segmentDistance2(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax, dy = by - ay;
  const len2 = dx * dx + dy * dy;
  const t = len2 === 0 ? 0 : Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / len2));
  const ex = px - ax - t * dx, ey = py - ay - t * dy;
  return ex * ex + ey * ey;
}

export interface Nearest { index: number; x: number; y: number; d2: number }

/** Nearest place on a path; `index` is the vertex before it. */
export function nearestOnPath(xy: ArrayLike<number>, closed: boolean, x: number, y: number): Nearest {
  const n = xy.length >> 1;
  let best: Nearest = { index: -1, x: 0, y: 0, d2: Infinity };
  for (let i = 0; i < (closed ? n : n - 1); i++) {
    const j = (i + 1) % n;
    const ax = xy[2 * i] as number, ay = xy[2 * i + 1] as number;
    const dx = (xy[2 * j] as number) - ax, dy = (xy[2 * j + 1] as number) - ay;
    const len2 = dx * dx + dy * dy;
    const t = len2 === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / len2));
    const qx = ax + t * dx, qy = ay + t * dy;
    const d2 = (x - qx) ** 2 + (y - qy) ** 2;
    if (d2 < best.d2) best = { index: i, x: qx, y: qy, d2 };
  }
  return best;
}

/** Nearest vertex of a flat list. */
export function nearestVertex(xy: ArrayLike<number>, x: number, y: number): Nearest {
  let best: Nearest = { index: -1, x: 0, y: 0, d2: Infinity };
  for (let i = 0; i + 1 < xy.length; i += 2) {
    const d2 = ((xy[i] as number) - x) ** 2 + ((xy[i + 1] as number) - y) ** 2;
    if (d2 < best.d2) best = { index: i >> 1, x: xy[i] as number, y: xy[i + 1] as number, d2 };
  }
  return best;
}

type Move = (x: number, y: number) => [number, number];

const mapXy = (xy: number[], f: Move): number[] => {
  const out = new Array<number>(xy.length);
  for (let i = 0; i + 1 < xy.length; i += 2) [out[i], out[i + 1]] = f(xy[i] as number, xy[i + 1] as number);
  return out;
};

/** Move by (dx, dy). Masks move by whole pixels and lose what leaves the picture: see `maskTranslate`. */
export function translate(g: Geometry, dx: number, dy: number): Geometry {
  const f: Move = (x, y) => [x + dx, y + dy];
  switch (g.kind) {
    case "box": return { kind: "box", x0: g.x0 + dx, y0: g.y0 + dy, x1: g.x1 + dx, y1: g.y1 + dy };
    case "obox":
    case "ellipse": return { ...g, cx: g.cx + dx, cy: g.cy + dy };
    case "polygon": return mapPolygon(g.parts, f);
    case "polyline":
    case "points":
    case "keypoints": return { ...g, xy: mapXy(g.xy, f) };
    case "cuboid2": return { kind: "cuboid2", front: mapXy(g.front, f), back: mapXy(g.back, f) };
    default: return g;
  }
}

/** Stretch from the rectangle `from` to the rectangle `to`; turned shapes keep their angle. */
export function stretch(g: Geometry, from: Rect, to: Rect): Geometry {
  const sx = (to.x1 - to.x0) / Math.max(1e-9, from.x1 - from.x0);
  const sy = (to.y1 - to.y0) / Math.max(1e-9, from.y1 - from.y0);
  const f: Move = (x, y) => [to.x0 + (x - from.x0) * sx, to.y0 + (y - from.y0) * sy];
  switch (g.kind) {
    case "box": {
      const [x0, y0] = f(g.x0, g.y0);
      const [x1, y1] = f(g.x1, g.y1);
      return normalBox({ kind: "box", x0, y0, x1, y1 });
    }
    case "obox": { const [cx, cy] = f(g.cx, g.cy); return { ...g, cx, cy, w: g.w * Math.abs(sx), h: g.h * Math.abs(sy) }; }
    case "ellipse": { const [cx, cy] = f(g.cx, g.cy); return { ...g, cx, cy, rx: g.rx * Math.abs(sx), ry: g.ry * Math.abs(sy) }; }
    case "polygon": return mapPolygon(g.parts, f);
    case "polyline":
    case "points":
    case "keypoints": return { ...g, xy: mapXy(g.xy, f) };
    case "cuboid2": return { kind: "cuboid2", front: mapXy(g.front, f), back: mapXy(g.back, f) };
    default: return g;
  }
}

/** Turn by `angle` radians (clockwise on the screen) about (cx, cy). A plain box becomes a rotated one. */
export function rotate(g: Geometry, angle: number, cx: number, cy: number): Geometry {
  const c = Math.cos(angle), s = Math.sin(angle);
  const f: Move = (x, y) => [cx + (x - cx) * c - (y - cy) * s, cy + (x - cx) * s + (y - cy) * c];
  switch (g.kind) {
    case "obox":
    case "ellipse": { const [x, y] = f(g.cx, g.cy); return { ...g, cx: x, cy: y, angle: g.angle + angle }; }
    case "polygon": return mapPolygon(g.parts, f);
    case "polyline":
    case "points":
    case "keypoints": return { ...g, xy: mapXy(g.xy, f) };
    case "cuboid2": return { kind: "cuboid2", front: mapXy(g.front, f), back: mapXy(g.back, f) };
    default: return g;
  }
}

function mapPolygon(parts: PolygonPart[], f: Move): Geometry {
  return {
    kind: "polygon",
    parts: parts.map((part) => {
      const outer = mapXy(part.outer, f);
      return part.holes?.length ? { outer, holes: part.holes.map((hole) => mapXy(hole, f)) } : { outer };
    }),
  };
}

export function normalBox(g: Box): Box {
  return { kind: "box", x0: Math.min(g.x0, g.x1), y0: Math.min(g.y0, g.y1), x1: Math.max(g.x0, g.x1), y1: Math.max(g.y0, g.y1) };
}

/** Where the centre of a shape's bounds is. */
export function centre(g: Geometry | undefined): [number, number] {
  const r = bounds(g);
  return [(r.x0 + r.x1) / 2, (r.y0 + r.y1) / 2];
}

/** IoU of two rectangles. */
export function rectIou(a: Rect, b: Rect): number {
  const w = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0);
  const h = Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0);
  if (w <= 0 || h <= 0) return 0;
  const both = w * h;
  return both / ((a.x1 - a.x0) * (a.y1 - a.y0) + (b.x1 - b.x0) * (b.y1 - b.y0) - both);
}

/** The six visible faces' edges of a 2D cuboid as index pairs into `[...front, ...back]` corners. */
export const CUBOID_EDGES: readonly [number, number][] = [
  [0, 1], [1, 2], [2, 3], [3, 0], [4, 5], [5, 6], [6, 7], [7, 4], [0, 4], [1, 5], [2, 6], [3, 7],
];

export function cuboidCorners(g: Cuboid2D): number[] { return [...g.front, ...g.back]; }

/** Simplify a path (Douglas-Peucker); `tolerance` in picture pixels. Ends are kept. */
export function simplify(xy: number[], tolerance: number): number[] {
  const n = xy.length >> 1;
  if (n < 3 || tolerance <= 0) return xy.slice();
  const keep = new Uint8Array(n);
  keep[0] = keep[n - 1] = 1;
  const stack: [number, number][] = [[0, n - 1]];
  const limit = tolerance * tolerance;
  while (stack.length > 0) {
    const [a, b] = stack.pop() as [number, number];
    let far = -1, most = limit;
    for (let i = a + 1; i < b; i++) {
      const d2 = segmentDistance2(xy[2 * i] as number, xy[2 * i + 1] as number, xy[2 * a] as number, xy[2 * a + 1] as number, xy[2 * b] as number, xy[2 * b + 1] as number);
      if (d2 > most) { most = d2; far = i; }
    }
    if (far >= 0) { keep[far] = 1; stack.push([a, far], [far, b]); }
  }
  const out: number[] = [];
  for (let i = 0; i < n; i++) if (keep[i]) out.push(xy[2 * i] as number, xy[2 * i + 1] as number);
  return out;
}

/** Simplify a closed ring; at least a triangle stays. */
export function simplifyRing(xy: number[], tolerance: number): number[] {
  const n = xy.length >> 1;
  if (n <= 4) return xy.slice();
  // The farthest vertex from the first splits the ring in two open paths, so that no corner is favoured.
  let far = 0, most = -1;
  for (let i = 1; i < n; i++) {
    const d2 = ((xy[2 * i] as number) - (xy[0] as number)) ** 2 + ((xy[2 * i + 1] as number) - (xy[1] as number)) ** 2;
    if (d2 > most) { most = d2; far = i; }
  }
  const first = simplify(xy.slice(0, 2 * far + 2), tolerance);
  const second = simplify([...xy.slice(2 * far), xy[0] as number, xy[1] as number], tolerance);
  const out = [...first.slice(0, -2), ...second.slice(0, -2)];
  return out.length >= 6 ? out : xy.slice();
}

/** Round to 1/100 px: finer than any hand, and shorter on a slow line. */
export function tidy(g: Geometry): Geometry {
  const r = (x: number): number => Math.round(x * 100) / 100;
  const rs = (xs: number[]): number[] => xs.map(r);
  switch (g.kind) {
    case "box": return { kind: "box", x0: r(g.x0), y0: r(g.y0), x1: r(g.x1), y1: r(g.y1) };
    case "obox": return { kind: "obox", cx: r(g.cx), cy: r(g.cy), w: r(g.w), h: r(g.h), angle: Math.round(g.angle * 1e6) / 1e6 };
    case "ellipse": return { kind: "ellipse", cx: r(g.cx), cy: r(g.cy), rx: r(g.rx), ry: r(g.ry), angle: Math.round(g.angle * 1e6) / 1e6 };
    case "polygon": return {
      kind: "polygon",
      parts: g.parts.map((part) => (part.holes?.length ? { outer: rs(part.outer), holes: part.holes.map(rs) } : { outer: rs(part.outer) })),
    };
    case "polyline":
    case "points":
    case "keypoints": return { ...g, xy: rs(g.xy) };
    case "cuboid2": return { kind: "cuboid2", front: rs(g.front), back: rs(g.back) };
    default: return g;
  }
}
