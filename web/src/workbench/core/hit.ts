/** What lies under a point: exact tests after the spatial index has narrowed the candidates. */
import { area, bounds, CUBOID_EDGES, cuboidCorners, inRing, nearestOnPath, nearestVertex, oboxCorners, segmentDistance2 } from "./geometry";
import type { Geometry, Mark } from "./model";
import { maskHas } from "./rle";
import type { SpatialIndex } from "./spatial";

export type HitPart = "edge" | "inside" | "vertex";

/**
 * Which part of a shape is within `tolerance` (picture pixels) of the point, or null.
 *
 * Thin and open shapes get the tolerance on both sides; closed ones are also hit inside.
 */
export function hitGeometry(g: Geometry | undefined, x: number, y: number, tolerance: number): HitPart | null {
  const t2 = tolerance * tolerance;
  switch (g?.kind) {
    case "box": {
      if (x < g.x0 - tolerance || x > g.x1 + tolerance || y < g.y0 - tolerance || y > g.y1 + tolerance) return null;
      const near = Math.min(Math.abs(x - g.x0), Math.abs(x - g.x1), Math.abs(y - g.y0), Math.abs(y - g.y1));
      return near <= tolerance ? "edge" : "inside";
    }
    case "obox": return ring(oboxCorners(g), x, y, t2);
    case "ellipse": {
      const c = Math.cos(g.angle), s = Math.sin(g.angle);
      const u = (x - g.cx) * c + (y - g.cy) * s, v = -(x - g.cx) * s + (y - g.cy) * c;
      const r = Math.hypot(u / Math.max(g.rx, 1e-9), v / Math.max(g.ry, 1e-9));
      // Distance along the ray from the centre: exact on the axes, close enough between them.
      const gap = r === 0 ? Infinity : Math.abs(1 - 1 / r) * Math.hypot(u, v);
      return gap <= tolerance ? "edge" : r < 1 ? "inside" : null;
    }
    case "polygon": {
      let inside = false;
      for (const part of g.parts) {
        if (nearestOnPath(part.outer, true, x, y).d2 <= t2) return "edge";
        if (inRing(part.outer, x, y)) inside = true;
        for (const hole of part.holes ?? []) {
          if (nearestOnPath(hole, true, x, y).d2 <= t2) return "edge";
          if (inRing(hole, x, y)) inside = false;
        }
      }
      return inside ? "inside" : null;
    }
    case "polyline": return nearestOnPath(g.xy, false, x, y).d2 <= t2 ? "edge" : null;
    case "points": return nearestVertex(g.xy, x, y).d2 <= t2 * 4 ? "vertex" : null;
    case "keypoints": {
      for (let i = 0; i < g.v.length; i++) {
        if ((g.v[i] ?? 0) > 0 && ((g.xy[2 * i] as number) - x) ** 2 + ((g.xy[2 * i + 1] as number) - y) ** 2 <= t2 * 4) return "vertex";
      }
      const r = bounds(g);
      return x >= r.x0 && x <= r.x1 && y >= r.y0 && y <= r.y1 ? "inside" : null;
    }
    case "mask": return maskHas(g, x, y) ? "inside" : null;
    case "cuboid2": {
      const xy = cuboidCorners(g);
      for (const [a, b] of CUBOID_EDGES) {
        if (segmentDistance2(x, y, xy[2 * a] as number, xy[2 * a + 1] as number, xy[2 * b] as number, xy[2 * b + 1] as number) <= t2) return "edge";
      }
      return inRing(g.front, x, y) || inRing(g.back, x, y) ? "inside" : null;
    }
    default: return null;
  }
}

function ring(xy: number[], x: number, y: number, t2: number): HitPart | null {
  if (nearestOnPath(xy, true, x, y).d2 <= t2) return "edge";
  return inRing(xy, x, y) ? "inside" : null;
}

export interface Hit { mark: Mark; part: HitPart }

/**
 * All marks under a point, best first: vertices and edges before insides, then the smallest, then the one on top.
 *
 * `usable` leaves out hidden and filtered marks. Areas of masks come from their bounds, to stay fast.
 */
export function hitTest(
  index: SpatialIndex, markOf: (id: string) => Mark | undefined, x: number, y: number, tolerance: number,
  usable: (mark: Mark) => boolean = () => true,
): Hit[] {
  const found: (Hit & { rank: number; size: number })[] = [];
  const reach = tolerance * 2;
  for (const id of index.search({ x0: x - reach, y0: y - reach, x1: x + reach, y1: y + reach })) {
    const mark = markOf(id);
    if (!mark || !usable(mark)) continue;
    const part = hitGeometry(mark.geometry, x, y, tolerance);
    if (!part) continue;
    found.push({ mark, part, rank: part === "inside" ? 1 : 0, size: 0 });
  }
  // Areas only matter between several.
  if (found.length > 1) {
    for (const hit of found) {
      const kind = hit.mark.geometry?.kind;
      hit.size = kind === "mask" || kind === "polyline" ? rectArea(index, hit.mark.id) : area(hit.mark.geometry);
    }
  }
  found.sort((a, b) => a.rank - b.rank || a.size - b.size || (b.mark.z ?? 0) - (a.mark.z ?? 0));
  return found.map(({ mark, part }) => ({ mark, part }));
}

function rectArea(index: SpatialIndex, id: string): number {
  const r = index.rectOf(id);
  return r ? (r.x1 - r.x0) * (r.y1 - r.y0) : 0;
}

/** Clicking again on the same place chooses the next mark below, round and round. */
export function cycle(hits: readonly Hit[], selected: ReadonlySet<string>, again: boolean): Hit | undefined {
  if (hits.length === 0) return undefined;
  if (!again || selected.size !== 1) return hits[0];
  const at = hits.findIndex((hit) => selected.has(hit.mark.id));
  return hits[(at + 1) % hits.length];
}
