import type { Skeleton } from "./model";

/** The skeleton with other points: what belongs to the points of the old list goes along or goes away. */
export function withPoints(skeleton: Skeleton, names: string[]): Skeleton {
  const before = skeleton.names.length;
  const inside = (pairs: [number, number][] | undefined) => (pairs ?? []).filter(([a, b]) => a < names.length && b < names.length);
  const { zh } = skeleton.point_names ?? {};
  const fitted = names.length === before;
  return {
    ...skeleton,
    names,
    edges: inside(skeleton.edges),
    flip: inside(skeleton.flip),
    sigmas: fitted ? skeleton.sigmas : [],
    template: skeleton.template?.length ? templateOf(skeleton, names.length) : skeleton.template,
    point_names: zh ? { zh: names.map((name, i) => zh[i] ?? name), en: names } : {},
  };
}

/** Where each point lands in the unit square; points without a place yet stand side by side at the bottom. */
export function templateOf(skeleton: Skeleton, count = skeleton.names.length): number[] {
  const known = skeleton.template ?? [];
  return Array.from({ length: count }, (_, i) => i).flatMap((i) => {
    const x = known[2 * i];
    const y = known[2 * i + 1];
    return x === undefined || y === undefined ? [(i + 0.5) / Math.max(1, count), 0.95] : [x, y];
  });
}

/** With one point of the template moved, kept inside the square. */
export function withPlace(skeleton: Skeleton, index: number, x: number, y: number): Skeleton {
  const template = templateOf(skeleton);
  const inside = (v: number) => Math.round(Math.min(1, Math.max(0, v)) * 10_000) / 10_000;
  template[2 * index] = inside(x);
  template[2 * index + 1] = inside(y);
  return { ...skeleton, template };
}

/** The seventeen points of a person, in the order of COCO (cocodataset.org, person keypoints). */
export const PERSON_17: Skeleton = {
  id: "person-17",
  names: ["nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow", "right elbow", "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee", "left ankle", "right ankle"],
  edges: [[15, 13], [13, 11], [16, 14], [14, 12], [11, 12], [5, 11], [6, 12], [5, 6], [5, 7], [6, 8], [7, 9], [8, 10], [1, 2], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6]],
  flip: [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10], [11, 12], [13, 14], [15, 16]],
  sigmas: [0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089],
  template: [0.5, 0.08, 0.54, 0.06, 0.46, 0.06, 0.6, 0.08, 0.4, 0.08, 0.68, 0.2, 0.32, 0.2, 0.78, 0.36, 0.22, 0.36, 0.84, 0.52, 0.16, 0.52, 0.62, 0.52, 0.38, 0.52, 0.63, 0.74, 0.37, 0.74, 0.64, 0.96, 0.36, 0.96],
};

const FINGERS = ["thumb", "index finger", "middle finger", "ring finger", "little finger"];

/** The wrist and four points of each finger. */
export const HAND_21: Skeleton = {
  id: "hand-21",
  names: ["wrist", ...FINGERS.flatMap((finger) => [1, 2, 3, 4].map((n) => `${finger} ${n}`))],
  edges: FINGERS.flatMap((_, f) => [0, 1, 2, 3].map((n): [number, number] => [n === 0 ? 0 : 4 * f + n, 4 * f + n + 1])),
  template: [0.5, 0.96, ...FINGERS.flatMap((_, f) => [0, 1, 2, 3].flatMap((n) => {
    const reach = [0.52, 0.84, 0.92, 0.84, 0.66][f] ?? 0.8;
    const angle = ((f - 2) * 24 - 6) * (Math.PI / 180);
    const far = reach * (0.42 + 0.19 * n);
    return [Math.round((0.5 + far * Math.sin(angle)) * 1000) / 1000, Math.round((0.96 - far * Math.cos(angle)) * 1000) / 1000];
  }))],
};
