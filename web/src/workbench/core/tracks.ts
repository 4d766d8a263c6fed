/**
 * What a track shows on each frame, by the rules of `doujia.marks.interpolate`; both sides pass `tests/golden/interpolation.json`.
 *
 * Only keyframes are stored. `outside`, `occluded` and the attributes are those of the keyframe at or before a frame; after the
 * last keyframe the object stays to the end unless it is outside, before the first there is nothing.
 */
import { between } from "./interpolate";
import type { AttributeValue, Geometry } from "./model";

export interface Keyframe {
  /** 0-based index of the frame. */
  t: number;
  geometry: Geometry;
  outside?: boolean;
  occluded?: boolean;
  /** Copies the geometry up to the next keyframe. */
  hold?: boolean;
  /** Only the mutable attributes that change here. */
  attrs?: Record<string, AttributeValue>;
}

export interface FrameState {
  t: number;
  geometry: Geometry;
  occluded: boolean;
  attrs: Record<string, AttributeValue>;
  /** True when a keyframe stands on `t`. */
  keyframe: boolean;
}

export class KeyframeConflict extends Error {
  readonly code = "keyframes_conflict";
  constructor(readonly frame: number) {
    super(`two different keyframes on frame ${frame}`);
  }
}

/** Equal values whatever the order of their keys; a key that holds the default counts as absent. */
function same(a: Keyframe, b: Keyframe): boolean {
  const plain = (k: Keyframe): unknown[] => [k.t, k.geometry, k.outside ?? false, k.occluded ?? false, k.hold ?? false, k.attrs ?? {}];
  const sorted = (_: string, value: unknown): unknown =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  return JSON.stringify(plain(a), sorted) === JSON.stringify(plain(b), sorted);
}

/** The keyframes by frame, without those on deleted frames; a keyframe given twice is one, two different ones throw. */
export function orderedKeyframes(keyframes: readonly Keyframe[], deleted: ReadonlySet<number> = new Set()): Keyframe[] {
  const kept: Keyframe[] = [];
  for (const key of [...keyframes].sort((a, b) => a.t - b.t)) {
    if (deleted.has(key.t)) continue;
    const last = kept[kept.length - 1];
    if (last?.t === key.t) {
      if (!same(last, key)) throw new KeyframeConflict(key.t);
      continue;
    }
    kept.push(key);
  }
  return kept;
}

const allHidden = (g: Geometry): boolean => g.kind === "keypoints" && g.v.length > 0 && !g.v.some((v) => v > 0);

function place(key: Keyframe, following: Keyframe | undefined, t: number): Geometry {
  if (following === undefined || key.hold === true || t === key.t) return key.geometry;
  return between(key.geometry, following.geometry, (t - key.t) / (following.t - key.t));
}

/** What the track shows on frame `t`; null when there is nothing to see. `last` is the last frame of the item. */
export function stateAt(
  keyframes: readonly Keyframe[], t: number, options: { last?: number; deleted?: ReadonlySet<number> } = {},
): FrameState | null {
  const { last, deleted = new Set<number>() } = options;
  if (deleted.has(t) || (last !== undefined && t > last)) return null;
  let attrs: Record<string, AttributeValue> = {};
  let current: Keyframe | undefined, following: Keyframe | undefined;
  for (const key of orderedKeyframes(keyframes, deleted)) {
    if (key.t > t) { following = key; break; }
    current = key;
    attrs = { ...attrs, ...key.attrs };
  }
  if (current === undefined || current.outside === true || allHidden(current.geometry)) return null;
  return { t, geometry: place(current, following, t), occluded: current.occluded ?? false, attrs, keyframe: t === current.t };
}

/** Half-open runs of frames on which the object is not outside. */
export function visibleRuns(keyframes: readonly Keyframe[], last: number, deleted: ReadonlySet<number> = new Set()): [number, number][] {
  const runs: [number, number][] = [];
  let start: number | null = null;
  for (const key of orderedKeyframes(keyframes, deleted)) {
    if (key.t > last) break;
    if (key.outside === true && start !== null) { runs.push([start, key.t]); start = null; }
    else if (key.outside !== true && start === null) start = key.t;
  }
  if (start !== null) runs.push([start, last + 1]);
  return runs;
}

export type Quaternion = [number, number, number, number];

const product = ([a, b, c, d]: Quaternion, [e, f, g, h]: Quaternion): Quaternion => [
  a * e - b * f - c * g - d * h, a * f + b * e + c * h - d * g, a * g - b * h + c * e + d * f, a * h + b * g - c * f + d * e,
];

function unit(q: Quaternion): Quaternion {
  const norm = Math.hypot(...q);
  if (norm === 0) throw new RangeError("a rotation quaternion is zero");
  return q.map((v) => v / norm) as Quaternion;
}

const SLACK = 1e-9;

/**
 * Unit quaternion (w, x, y, z) at share `s` of the shortest rotation from `a` to `b`; exactly half a turn goes counterclockwise
 * about +z (about +y, then +x, when its axis has no z), so that a yaw obeys the rule of `turn`.
 */
export function slerp(a: Quaternion, b: Quaternion, s: number): Quaternion {
  const from = unit(a), to = unit(b);
  let r = product(to, [from[0], -from[1], -from[2], -from[3]]);
  if (r[0] < 0) r = r.map((v) => -v) as Quaternion;
  const sine = Math.hypot(r[1], r[2], r[3]);
  if (sine < 1e-12) return from;
  let axis = [r[1] / sine, r[2] / sine, r[3] / sine] as [number, number, number];
  const half = Math.atan2(sine, r[0]);
  if (r[0] < SLACK) {
    const leading = [axis[2], axis[1], axis[0]].find((c) => Math.abs(c) > SLACK) ?? 1;
    if (leading < 0) axis = axis.map((c) => -c) as [number, number, number];
  }
  const k = Math.sin(half * s);
  return product([Math.cos(half * s), axis[0] * k, axis[1] * k, axis[2] * k], from);
}
