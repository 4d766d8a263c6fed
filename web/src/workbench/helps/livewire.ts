/**
 * Intelligent scissors (Mortensen and Barrett, SIGGRAPH 1995): cheapest paths along the edges of the picture from a
 * start point to every pixel of a window, by Dijkstra with buckets.
 */
import type { Rgba } from "./grabcut";

/** Predecessor of each pixel on its cheapest way to the start; -1 at the start itself. */
export function livewire(image: Rgba, sx: number, sy: number): Int32Array {
  const { width: w, height: h } = image;
  const cost = edgeCost(image);
  const n = w * h;
  const from = new Int32Array(n).fill(-1);
  const distance = new Int32Array(n).fill(0x7fffffff);
  const settled = new Uint8Array(n);
  const buckets: number[][] = [];
  const start = Math.max(0, Math.min(h - 1, Math.floor(sy))) * w + Math.max(0, Math.min(w - 1, Math.floor(sx)));
  distance[start] = 0;
  buckets[0] = [start];
  for (let d = 0; d < buckets.length; d++) {
    const bucket = buckets[d];
    if (!bucket) continue;
    for (let k = 0; k < bucket.length; k++) {
      const p = bucket[k] as number;
      if (settled[p]) continue;
      settled[p] = 1;
      const x = p % w, y = (p - x) / w;
      for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) {
        if (dx === 0 && dy === 0) continue;
        const nx = x + dx, ny = y + dy;
        if (nx < 0 || ny < 0 || nx >= w || ny >= h) continue;
        const q = ny * w + nx;
        if (settled[q]) continue;
        const step = d + Math.round((cost[q] as number) * (dx !== 0 && dy !== 0 ? Math.SQRT2 : 1));
        if (step < (distance[q] as number)) {
          distance[q] = step;
          from[q] = p;
          (buckets[step] ??= []).push(q);
        }
      }
    }
    buckets[d] = [];
  }
  return from;
}

/** Walk from (x, y) to the start: flat pixel centres, the start first. */
export function wirePath(from: Int32Array, w: number, h: number, x: number, y: number): number[] {
  const out: number[] = [];
  let p = Math.max(0, Math.min(h - 1, Math.floor(y))) * w + Math.max(0, Math.min(w - 1, Math.floor(x)));
  for (let guard = 0; p >= 0 && guard < w * h; guard++) {
    const px = p % w;
    out.push((p - px) / w + 0.5, px + 0.5);
    p = from[p] as number;
  }
  return out.reverse();
}

/** Cost of stepping on a pixel, 1 … 40: low on strong gradients (Sobel on the brightest-changing channel). */
export function edgeCost(image: Rgba): Uint8Array {
  const { width: w, height: h, data } = image;
  const strength = new Float32Array(w * h);
  let most = 0;
  for (let y = 1; y < h - 1; y++) for (let x = 1; x < w - 1; x++) {
    const p = y * w + x;
    let best = 0;
    for (let c = 0; c < 3; c++) {
      const at = (dx: number, dy: number): number => data[4 * (p + dy * w + dx) + c] as number;
      const gx = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
      const gy = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
      best = Math.max(best, gx * gx + gy * gy);
    }
    strength[p] = Math.sqrt(best);
    if ((strength[p] as number) > most) most = strength[p] as number;
  }
  const out = new Uint8Array(w * h).fill(40);
  if (most === 0) return out;
  for (let p = 0; p < out.length; p++) {
    const s = Math.min(1, (strength[p] as number) / (0.6 * most));
    out[p] = Math.max(1, Math.round(40 * (1 - s) * (1 - s)));
  }
  return out;
}
