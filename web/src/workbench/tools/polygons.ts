/** Cutting and joining polygons. The boolean operations come from a library that is loaded when first used. */
import type { Polygon } from "../core/model";

interface Crossing { ring: number; t: number; line: number; s: number; x: number; y: number }

/**
 * Split a ring along a line that crosses its border at least twice; the first two crossings count.
 *
 * @returns two rings that share the cut exactly, or null when the line does not cross twice.
 */
export function splitRing(ring: readonly number[], line: readonly number[]): [number[], number[]] | null {
  const n = ring.length >> 1;
  const crossings: Crossing[] = [];
  for (let j = 0; j + 3 < line.length; j += 2) {
    const ax = line[j] as number, ay = line[j + 1] as number, bx = line[j + 2] as number, by = line[j + 3] as number;
    for (let i = 0; i < n; i++) {
      const k = (i + 1) % n;
      const cx = ring[2 * i] as number, cy = ring[2 * i + 1] as number, dx = ring[2 * k] as number, dy = ring[2 * k + 1] as number;
      const d = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx);
      if (d === 0) continue;
      const s = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / d;
      const t = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / d;
      if (s >= 0 && s < 1 && t >= 0 && t < 1) crossings.push({ ring: i, t, line: j >> 1, s, x: ax + s * (bx - ax), y: ay + s * (by - ay) });
    }
  }
  crossings.sort((a, b) => a.line + a.s - (b.line + b.s));
  const [first, second] = crossings;
  if (!first || !second) return null;
  const middle: number[] = [];
  for (let j = first.line + 1; j <= second.line; j++) middle.push(line[2 * j] as number, line[2 * j + 1] as number);
  const walk = (from: Crossing, to: Crossing): number[] => {
    const out: number[] = [];
    let count = (to.ring - from.ring + n) % n;
    if (count === 0 && to.t < from.t) count = n;
    for (let k = 1; k <= count; k++) { const i = (from.ring + k) % n; out.push(ring[2 * i] as number, ring[2 * i + 1] as number); }
    return out;
  };
  const reversed: number[] = [];
  for (let i = middle.length - 2; i >= 0; i -= 2) reversed.push(middle[i] as number, middle[i + 1] as number);
  const a = [first.x, first.y, ...walk(first, second), second.x, second.y, ...reversed];
  const b = [second.x, second.y, ...walk(second, first), first.x, first.y, ...middle];
  return a.length >= 6 && b.length >= 6 ? [a, b] : null;
}

type Pair = [number, number];
type Rings = Pair[][];

const toRings = (polygon: Polygon): Rings[] =>
  polygon.parts.map((part) => [part.outer, ...(part.holes ?? [])].map((xy) => {
    const pairs: Pair[] = [];
    for (let i = 0; i + 1 < xy.length; i += 2) pairs.push([xy[i] as number, xy[i + 1] as number]);
    return pairs;
  }));

function fromRings(result: Rings[]): Polygon | null {
  const parts = result.flatMap((rings) => {
    const [outer, ...holes] = rings.map((ring) => {
      const open = ring.length > 1 && ring[0]?.[0] === ring.at(-1)?.[0] && ring[0]?.[1] === ring.at(-1)?.[1] ? ring.slice(0, -1) : ring;
      return open.flat();
    });
    if (!outer || outer.length < 6) return [];
    return [holes.length > 0 ? { outer, holes } : { outer }];
  });
  return parts.length > 0 ? { kind: "polygon", parts } : null;
}

/** Both polygons as one. */
export async function join(polygons: readonly Polygon[]): Promise<Polygon | null> {
  const { default: library } = await import("polygon-clipping");
  const [first, ...rest] = polygons.map(toRings);
  return first ? fromRings(library.union(first, ...rest)) : null;
}

/** What is left of `a` without `b`; null when nothing is. */
export async function subtract(a: Polygon, b: Polygon): Promise<Polygon | null> {
  const { default: library } = await import("polygon-clipping");
  return fromRings(library.difference(toRings(a), toRings(b)));
}
