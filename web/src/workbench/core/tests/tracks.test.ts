import { describe, expect, it } from "vitest";
import golden from "../../../../../tests/golden/interpolation.json";
import type { AttributeValue, Geometry } from "../model";
import { KeyframeConflict, orderedKeyframes, slerp, stateAt, visibleRuns, type Keyframe, type Quaternion } from "../tracks";

interface Key {
  t: number; outside?: boolean; occluded?: boolean; hold?: boolean; attrs?: Record<string, AttributeValue>;
  xyxy?: number[]; xy?: number[]; v?: number[]; ellipse?: number[]; angle_deg?: number; front?: number[]; back?: number[]; size?: number[]; counts?: string;
}
interface Case {
  name: string; kind?: string; last: number; deleted?: number[]; keyframes: Key[];
  frames: Record<string, number[] | string | null>; occluded?: Record<string, boolean>; attrs?: Record<string, unknown>;
  v?: Record<string, number[]>; angle_deg?: Record<string, number>; runs: number[][];
}
const RADIANS = Math.PI / 180;
const apart = (a: number, b: number): number => Math.abs(((((a - b) % 360) + 540) % 360) - 180);

function geometry(kind: string, k: Key): Geometry {
  const four = (v: number[] = []): [number, number, number, number] => v as [number, number, number, number];
  if (kind === "box") { const [x0, y0, x1, y1] = four(k.xyxy); return { kind: "box", x0, y0, x1, y1 }; }
  if (kind === "points") return { kind: "points", xy: k.xy ?? [] };
  if (kind === "keypoints") return { kind: "keypoints", xy: k.xy ?? [], v: k.v ?? [] };
  if (kind === "ellipse") { const [cx, cy, rx, ry] = four(k.ellipse); return { kind: "ellipse", cx, cy, rx, ry, angle: (k.angle_deg ?? 0) * RADIANS }; }
  if (kind === "cuboid2") return { kind: "cuboid2", front: k.front ?? [], back: k.back ?? [] };
  return { kind: "mask", size: k.size as [number, number], counts: k.counts ?? "" };
}

function numbers(g: Geometry): number[] | string {
  if (g.kind === "box") return [g.x0, g.y0, g.x1, g.y1];
  if (g.kind === "points" || g.kind === "keypoints") return g.xy;
  if (g.kind === "ellipse") return [g.cx, g.cy, g.rx, g.ry];
  if (g.kind === "cuboid2") return [...g.front, ...g.back];
  return g.kind === "mask" ? g.counts : [];
}

const keyframes = (c: { kind?: string; keyframes: Key[] }): Keyframe[] =>
  c.keyframes.map((k) => ({ t: k.t, geometry: geometry(c.kind ?? "box", k), outside: k.outside, occluded: k.occluded, hold: k.hold, attrs: k.attrs }));

describe("golden tracks, shared with Python", () => {
  it.each((golden.tracks as unknown as Case[]).map((c) => [c.name, c] as const))("%s", (_, c) => {
    const keys = keyframes(c), deleted = new Set(c.deleted ?? []);
    const at = (t: string) => stateAt(keys, Number(t), { last: c.last, deleted });
    for (const [t, expected] of Object.entries(c.frames)) {
      const state = at(t);
      if (expected === null) { expect(state).toBeNull(); continue; }
      const got = numbers((state as NonNullable<typeof state>).geometry);
      if (typeof expected === "string") expect(got).toBe(expected);
      else expected.forEach((v, i) => expect((got as number[])[i]).toBeCloseTo(v, 9));
    }
    for (const [t, expected] of Object.entries(c.occluded ?? {})) expect(at(t)?.occluded).toBe(expected);
    for (const [t, expected] of Object.entries(c.attrs ?? {})) expect(at(t)?.attrs).toEqual(expected);
    for (const [t, expected] of Object.entries(c.v ?? {})) expect((at(t)?.geometry as { v: number[] }).v).toEqual(expected);
    for (const [t, expected] of Object.entries(c.angle_deg ?? {})) expect(apart((at(t)?.geometry as { angle: number }).angle / RADIANS, expected)).toBeLessThan(1e-9);
    expect(visibleRuns(keys, c.last, deleted)).toEqual(c.runs);
  });

  it.each((golden.conflicts as unknown as (Case & { frame: number })[]).map((c) => [c.name, c] as const))("names the frame: %s", (_, c) => {
    expect(() => orderedKeyframes(keyframes(c))).toThrow(KeyframeConflict);
    try { orderedKeyframes(keyframes(c)); } catch (error) { expect((error as KeyframeConflict).frame).toBe(c.frame); }
  });

  it.each(golden.yaw3d_deg)("yaws from $a to $b degrees", ({ a, b, n, r }) => {
    const q = (degrees: number): Quaternion => [Math.cos(degrees * RADIANS / 2), 0, 0, Math.sin(degrees * RADIANS / 2)];
    r.forEach((expected, i) => {
      const [w, x, y, z] = slerp(q(a), q(b), i / n);
      expect(Math.abs(x) + Math.abs(y)).toBe(0);
      expect(apart(2 * Math.atan2(z, w) / RADIANS, expected)).toBeLessThan(1e-7);
      expect(Math.hypot(w, z)).toBeCloseTo(1, 9);
    });
  });
});
