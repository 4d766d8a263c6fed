import { describe, expect, it } from "vitest";
import golden from "../../../../../tests/golden/interpolation.json";
import { ringArea } from "../geometry";
import { between, turn } from "../interpolate";
import type { Geometry } from "../model";

interface Middle { name: string; L: number[][]; R: number[][]; mid?: number[][]; n_points?: number; area?: number; tol?: number }
const RADIANS = Math.PI / 180;
const near = (a: number, b: number): number => Math.abs(((((a - b) % 360) + 540) % 360) - 180);

describe("golden interpolation, shared with Python", () => {
  it.each(golden.rotation)("turns from $a to $b degrees", ({ a, b, n, r }) => {
    r.forEach((expected, i) => expect(near(turn(a * RADIANS, b * RADIANS, i / n) / RADIANS, expected)).toBeLessThan(1e-9));
  });
  it.each((golden.polygon_mid as Middle[]).map((c) => [c.name, c] as const))("polygon: %s", (_, c) => {
    const polygon = (points: number[][]): Geometry => ({ kind: "polygon", parts: [{ outer: points.flat() }] });
    const mid = between(polygon(c.L), polygon(c.R), 0.5) as Extract<Geometry, { kind: "polygon" }>;
    const outer = mid.parts[0]?.outer ?? [];
    if (c.mid) outer.forEach((v, i) => expect(v).toBeCloseTo(c.mid?.flat()[i] ?? NaN, 9));
    if (c.n_points !== undefined) expect(outer.length / 2).toBe(c.n_points);
    if (c.area !== undefined) expect(Math.abs(Math.abs(ringArea(outer)) - c.area)).toBeLessThanOrEqual(c.tol ?? 1e-9);
  });
  it.each((golden.polyline_mid as Middle[]).map((c) => [c.name, c] as const))("line: %s", (_, c) => {
    const mid = between({ kind: "polyline", xy: c.L.flat() }, { kind: "polyline", xy: c.R.flat() }, 0.5) as Extract<Geometry, { kind: "polyline" }>;
    expect(mid.xy).toHaveLength(c.mid?.flat().length ?? -1);
    mid.xy.forEach((v, i) => expect(v).toBeCloseTo(c.mid?.flat()[i] ?? NaN, 9));
  });
});
