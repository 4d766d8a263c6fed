/**
 * Shapes between keyframes by the rules of `doujia.marks.interpolate`; both sides pass `tests/golden/interpolation.json`.
 */
import { ringArea } from "./geometry";
import type { Geometry, Keypoints, Polygon } from "./model";

const HALF_TURN_SLACK = 1e-9;
const TAU = 2 * Math.PI;
const mod = (a: number, n: number): number => ((a % n) + n) % n;
const mix = (a: number, b: number, s: number): number => a + (b - a) * s;
const mixAll = (a: readonly number[], b: readonly number[], s: number): number[] => a.map((v, i) => mix(v, b[i] as number, s));

/** Angle at share `s` of the shorter turn from `a` to `b`, radians in [0, 2π); exactly half a turn goes clockwise. */
export function turn(a: number, b: number, s: number): number {
  let d = mod(b - a + Math.PI, TAU) - Math.PI;
  if (d <= -Math.PI + HALF_TURN_SLACK) d = Math.PI;
  return mod(a + d * s, TAU);
}

type Pair = [number[], number[]];

/** Normalised arc length of each vertex. */
function offsets(xy: readonly number[], closed: boolean): number[] {
  const n = xy.length >> 1;
  const out = [0];
  let sum = 0;
  for (let i = 1; i < (closed ? n + 1 : n); i++) {
    const j = i % n;
    sum += Math.hypot((xy[2 * j] as number) - (xy[2 * i - 2] as number), (xy[2 * j + 1] as number) - (xy[2 * i - 1] as number));
    out.push(sum);
  }
  return sum > 0 ? out.map((v) => v / sum) : out.map((_, i) => i / Math.max(1, out.length - 1));
}

/** Points of a path at the given offsets. */
function sample(xy: readonly number[], own: readonly number[], wanted: readonly number[]): number[] {
  const n = xy.length >> 1;
  const out: number[] = [];
  for (const at of wanted) {
    let i = 0;
    while (i + 2 < own.length && (own[i + 1] as number) < at) i++;
    const span = (own[i + 1] ?? 1) - (own[i] as number);
    const t = span > 0 ? Math.min(1, Math.max(0, (at - (own[i] as number)) / span)) : 0;
    const j = (i + 1) % n;
    out.push(mix(xy[2 * i] as number, xy[2 * j] as number, t), mix(xy[2 * i + 1] as number, xy[2 * j + 1] as number, t));
  }
  return out;
}

function aligned(a: readonly number[], b: readonly number[], closed: boolean): Pair {
  if (a.length === b.length) return [a.slice(), b.slice()];
  const oa = offsets(a, closed), ob = offsets(b, closed);
  const all = [...oa, ...ob].sort((x, y) => x - y);
  const union = all.filter((v, i) => i === 0 || v - (all[i - 1] as number) > 1e-9).filter((v) => !closed || v < 1 - 1e-9);
  return [sample(a, oa, union), sample(b, ob, union)];
}

/** Mean squared distance of the pairs after subtracting both means. */
function spread([a, b]: Pair): number {
  const n = a.length >> 1;
  let mx = 0, my = 0;
  for (let i = 0; i < n; i++) { mx += (b[2 * i] as number) - (a[2 * i] as number); my += (b[2 * i + 1] as number) - (a[2 * i + 1] as number); }
  mx /= n;
  my /= n;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += ((b[2 * i] as number) - (a[2 * i] as number) - mx) ** 2 + ((b[2 * i + 1] as number) - (a[2 * i + 1] as number) - my) ** 2;
  return sum / n;
}

const reversed = (xy: readonly number[]): number[] => {
  const out: number[] = [];
  for (let i = xy.length - 2; i >= 0; i -= 2) out.push(xy[i] as number, xy[i + 1] as number);
  return out;
};

/** Pair two closed rings: same way round, then the start at which the pairs differ least. */
export function pairRings(left: readonly number[], right: readonly number[]): Pair {
  if (left.length === 0 || right.length === 0) return [left.slice(), left.slice()];
  let b = right.slice();
  if (ringArea(left) * ringArea(right) < 0) b = [...b.slice(0, 2), ...reversed(b.slice(2))];
  let best: Pair | null = null, least = Infinity;
  for (let shift = 0; shift < b.length; shift += 2) {
    const pair = aligned(left, [...b.slice(shift), ...b.slice(0, shift)], true);
    const cost = spread(pair);
    if (best === null || cost < least - 1e-9 * Math.max(1, least)) { best = pair; least = cost; }
  }
  return best as Pair;
}

/** Pair two open lines in the direction that fits better. */
export function pairLines(left: readonly number[], right: readonly number[]): Pair {
  if (left.length === 0 || right.length === 0) return [left.slice(), left.slice()];
  const forward = aligned(left, right, false), backward = aligned(left, reversed(right), false);
  return spread(backward) < spread(forward) - 1e-9 ? backward : forward;
}

/** Geometry at share `s` (0 < s < 1) of the way from `a` to `b`; what cannot be mixed stays as it was. */
export function between(a: Geometry, b: Geometry, s: number): Geometry {
  if (a.kind === "box" && b.kind === "box") return { kind: "box", x0: mix(a.x0, b.x0, s), y0: mix(a.y0, b.y0, s), x1: mix(a.x1, b.x1, s), y1: mix(a.y1, b.y1, s) };
  if (a.kind === "obox" && b.kind === "obox") return { kind: "obox", cx: mix(a.cx, b.cx, s), cy: mix(a.cy, b.cy, s), w: mix(a.w, b.w, s), h: mix(a.h, b.h, s), angle: turn(a.angle, b.angle, s) };
  if (a.kind === "ellipse" && b.kind === "ellipse") return { kind: "ellipse", cx: mix(a.cx, b.cx, s), cy: mix(a.cy, b.cy, s), rx: mix(a.rx, b.rx, s), ry: mix(a.ry, b.ry, s), angle: turn(a.angle, b.angle, s) };
  if (a.kind === "cuboid2" && b.kind === "cuboid2") return { kind: "cuboid2", front: mixAll(a.front, b.front, s), back: mixAll(a.back, b.back, s) };
  if (a.kind === "points" && b.kind === "points" && a.xy.length === 2 && b.xy.length === 2) return { kind: "points", xy: mixAll(a.xy, b.xy, s) };
  if (a.kind === "keypoints" && b.kind === "keypoints" && a.v.length === b.v.length) return betweenKeypoints(a, b, s);
  if (a.kind === "polyline" && b.kind === "polyline") { const [p, q] = pairLines(a.xy, b.xy); return { kind: "polyline", xy: mixAll(p, q, s) }; }
  if (a.kind === "polygon" && b.kind === "polygon") return betweenPolygons(a, b, s);
  return a;
}

function betweenKeypoints(a: Keypoints, b: Keypoints, s: number): Keypoints {
  // A point that is outside on one side has no place to go to or come from.
  return { ...a, xy: a.xy.map((value, i) => (a.v[i >> 1] && b.v[i >> 1] ? mix(value, b.xy[i] as number, s) : value)) };
}

function betweenPolygons(a: Polygon, b: Polygon, s: number): Polygon {
  const same = a.parts.length === b.parts.length && a.parts.every((part, i) => (part.holes ?? []).length === (b.parts[i]?.holes ?? []).length);
  // A piece or a hole appears or goes: there is no in-between.
  if (!same) return a;
  const ring = (x: readonly number[], y: readonly number[]): number[] => { const [p, q] = pairRings(x, y); return mixAll(p, q, s); };
  return {
    kind: "polygon",
    parts: a.parts.map((part, i) => {
      const other = b.parts[i] as Polygon["parts"][number];
      const outer = ring(part.outer, other.outer);
      return part.holes?.length ? { outer, holes: part.holes.map((hole, h) => ring(hole, other.holes?.[h] ?? hole)) } : { outer };
    }),
  };
}
