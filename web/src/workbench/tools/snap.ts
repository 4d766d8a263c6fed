/** Snapping to vertices and borders of other shapes, so that neighbours share their border exactly. */
import { nearestOnPath, nearestVertex } from "../core/geometry";
import type { Geometry } from "../core/model";
import { px, type Bench, type Point } from "./tool";

export interface Snapped {
  x: number;
  y: number;
  /** Ring that was caught and where on it; absent when nothing was near. */
  ring?: number[];
  closed?: boolean;
  /** Vertex caught, or the vertex before the place on the border. */
  index?: number;
  vertex?: boolean;
}

const REACH = 7;

/** Catch a vertex first, then a border. Alt switches snapping off for the moment. */
export function snap(bench: Bench, p: Point, skip: ReadonlySet<string> = new Set()): Snapped {
  if (!bench.options.snap || p.alt) return { x: p.x, y: p.y };
  const reach = px(bench, REACH);
  let best: Snapped = { x: p.x, y: p.y }, least = reach * reach, vertex = false;
  for (const id of bench.index.search({ x0: p.x - reach, y0: p.y - reach, x1: p.x + reach, y1: p.y + reach })) {
    const mark = bench.store.mark(id);
    if (!mark || skip.has(id) || !bench.selection.visible(mark)) continue;
    for (const { xy, closed } of ringsOf(mark.geometry)) {
      const v = nearestVertex(xy, p.x, p.y);
      if (v.d2 <= reach * reach && (!vertex || v.d2 < least)) {
        best = { x: v.x, y: v.y, ring: xy, closed, index: v.index, vertex: true };
        least = v.d2;
        vertex = true;
      }
      if (vertex) continue;
      const e = nearestOnPath(xy, closed, p.x, p.y);
      if (e.d2 < least) { best = { x: e.x, y: e.y, ring: xy, closed, index: e.index, vertex: false }; least = e.d2; }
    }
  }
  return best;
}

export function ringsOf(g: Geometry | undefined): { xy: number[]; closed: boolean }[] {
  switch (g?.kind) {
    case "polygon": return g.parts.flatMap((part) => [part.outer, ...(part.holes ?? [])].map((xy) => ({ xy, closed: true })));
    case "polyline": return [{ xy: g.xy, closed: false }];
    case "box": return [{ xy: [g.x0, g.y0, g.x1, g.y0, g.x1, g.y1, g.x0, g.y1], closed: true }];
    default: return [];
  }
}

/** The vertices of a shared ring between two caught places, the shorter way round; without the ends. */
export function follow(from: Snapped, to: Snapped): number[] {
  const ring = from.ring;
  if (!ring || ring !== to.ring || from.index === undefined || to.index === undefined) return [];
  const n = ring.length >> 1;
  const walk = (step: 1 | -1): number[] => {
    const out: number[] = [];
    // Going up one starts after the place, going down at the vertex before it.
    let i = step > 0 ? from.index as number + 1 : from.vertex ? (from.index as number) - 1 : (from.index as number);
    const last = step > 0 ? (to.vertex ? (to.index as number) - 1 : (to.index as number)) : (to.index as number) + 1;
    const stop = (((last + step) % n) + n) % n;
    for (let guard = 0; guard <= n; guard++, i += step) {
      const k = ((i % n) + n) % n;
      if (k === stop) break;
      out.push(ring[2 * k] as number, ring[2 * k + 1] as number);
    }
    return out;
  };
  const length = (xy: number[]): number => {
    let sum = 0, lx = from.x, ly = from.y;
    for (let i = 0; i < xy.length; i += 2) { sum += Math.hypot((xy[i] as number) - lx, (xy[i + 1] as number) - ly); lx = xy[i] as number; ly = xy[i + 1] as number; }
    return sum + Math.hypot(to.x - lx, to.y - ly);
  };
  const up = walk(1), down = walk(-1);
  if (!from.closed) return (from.index <= to.index) ? up : down;
  return length(up) <= length(down) ? up : down;
}
