/** Shapes to pixels: scan-line fill with pixel centres, strokes of a round brush, flood fill. */
import { boundsOfXy } from "./geometry";
import type { Polygon } from "./model";
import type { Patch } from "./rle";

/** Fill a polygon by the even-odd rule; a pixel belongs when its centre (i + 0.5) is inside. */
export function fillPolygon(polygon: Polygon): Patch {
  const rings = polygon.parts.flatMap((part) => [part.outer, ...(part.holes ?? [])]);
  let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
  for (const ring of rings) {
    const r = boundsOfXy(ring);
    x0 = Math.min(x0, r.x0); y0 = Math.min(y0, r.y0); x1 = Math.max(x1, r.x1); y1 = Math.max(y1, r.y1);
  }
  if (!(x1 > x0)) return { x: 0, y: 0, w: 0, h: 0, data: new Uint8Array(0) };
  const left = Math.floor(x0), top = Math.floor(y0);
  const w = Math.ceil(x1) - left, h = Math.ceil(y1) - top;
  const data = new Uint8Array(w * h);
  const crossings: number[] = [];
  for (let row = 0; row < h; row++) {
    const y = top + row + 0.5;
    crossings.length = 0;
    for (const ring of rings) {
      const n = ring.length >> 1;
      for (let i = 0, j = n - 1; i < n; j = i++) {
        const yi = ring[2 * i + 1] as number, yj = ring[2 * j + 1] as number;
        if (yi > y === yj > y) continue;
        const xi = ring[2 * i] as number, xj = ring[2 * j] as number;
        crossings.push(xi + ((y - yi) * (xj - xi)) / (yj - yi));
      }
    }
    crossings.sort((a, b) => a - b);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const a = Math.max(0, Math.ceil((crossings[k] as number) - 0.5 - left));
      const b = Math.min(w - 1, Math.ceil((crossings[k + 1] as number) - 0.5 - left) - 1);
      if (b >= a) data.fill(1, row * w + a, row * w + b + 1);
    }
  }
  return { x: left, y: top, w, h, data };
}

/** A patch that covers both. */
export function expand(patch: Patch, x0: number, y0: number, x1: number, y1: number): Patch {
  if (patch.w === 0) {
    return { x: x0, y: y0, w: Math.max(0, x1 - x0), h: Math.max(0, y1 - y0), data: new Uint8Array(Math.max(0, x1 - x0) * Math.max(0, y1 - y0)) };
  }
  const nx0 = Math.min(patch.x, x0), ny0 = Math.min(patch.y, y0);
  const nx1 = Math.max(patch.x + patch.w, x1), ny1 = Math.max(patch.y + patch.h, y1);
  if (nx0 === patch.x && ny0 === patch.y && nx1 === patch.x + patch.w && ny1 === patch.y + patch.h) return patch;
  const w = nx1 - nx0, h = ny1 - ny0;
  const data = new Uint8Array(w * h);
  for (let row = 0; row < patch.h; row++) {
    data.set(patch.data.subarray(row * patch.w, (row + 1) * patch.w), (row + patch.y - ny0) * w + patch.x - nx0);
  }
  return { x: nx0, y: ny0, w, h, data };
}

/** Write `value` into `patch` where `stamp` is set; the patch grows when needed (only for value 1). */
export function combine(patch: Patch, stamp: Patch, value: 0 | 1): Patch {
  if (stamp.w === 0) return patch;
  const out = value === 1 ? expand(patch, stamp.x, stamp.y, stamp.x + stamp.w, stamp.y + stamp.h) : patch;
  for (let row = 0; row < stamp.h; row++) {
    const y = row + stamp.y - out.y;
    if (y < 0 || y >= out.h) continue;
    for (let column = 0; column < stamp.w; column++) {
      const x = column + stamp.x - out.x;
      if (x < 0 || x >= out.w || !stamp.data[row * stamp.w + column]) continue;
      out.data[y * out.w + x] = value;
    }
  }
  return out;
}

/** Paint a round stroke from (ax, ay) to (bx, by) in place where it fits; grow `patch` first with `expand`. */
export function stroke(patch: Patch, ax: number, ay: number, bx: number, by: number, radius: number, value: 0 | 1): void {
  const r2 = radius * radius;
  const x0 = Math.max(patch.x, Math.floor(Math.min(ax, bx) - radius)), x1 = Math.min(patch.x + patch.w, Math.ceil(Math.max(ax, bx) + radius));
  const y0 = Math.max(patch.y, Math.floor(Math.min(ay, by) - radius)), y1 = Math.min(patch.y + patch.h, Math.ceil(Math.max(ay, by) + radius));
  const dx = bx - ax, dy = by - ay, len2 = dx * dx + dy * dy;
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const px = x + 0.5 - ax, py = y + 0.5 - ay;
      const t = len2 === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / len2));
      const ex = px - t * dx, ey = py - t * dy;
      if (ex * ex + ey * ey <= r2) patch.data[(y - patch.y) * patch.w + x - patch.x] = value;
    }
  }
}

/** Pixels as RGBA bytes, row-major. */
export interface Pixels { width: number; height: number; data: Uint8ClampedArray }

/**
 * Flood fill from (x, y): 4-connected pixels whose colour differs from the seed by at most `tolerance` per channel.
 */
export function flood(pixels: Pixels, x: number, y: number, tolerance: number): Patch {
  const { width: w, height: h, data } = pixels;
  const sx = Math.floor(x), sy = Math.floor(y);
  if (sx < 0 || sy < 0 || sx >= w || sy >= h) return { x: 0, y: 0, w: 0, h: 0, data: new Uint8Array(0) };
  const out = new Uint8Array(w * h);
  const seed = (sy * w + sx) * 4;
  const r = data[seed] as number, g = data[seed + 1] as number, b = data[seed + 2] as number;
  const like = (p: number): boolean =>
    Math.abs((data[4 * p] as number) - r) <= tolerance && Math.abs((data[4 * p + 1] as number) - g) <= tolerance && Math.abs((data[4 * p + 2] as number) - b) <= tolerance;
  const stack = [sy * w + sx];
  while (stack.length > 0) {
    const p = stack.pop() as number;
    const row = Math.floor(p / w) * w;
    if (out[p] || !like(p)) continue;
    let a = p, z = p;
    while (a > row && !out[a - 1] && like(a - 1)) a--;
    while (z < row + w - 1 && !out[z + 1] && like(z + 1)) z++;
    out.fill(1, a, z + 1);
    for (const next of [-w, w]) {
      let open = false;
      for (let q = a + next; q <= z + next; q++) {
        const can = q >= 0 && q < w * h && !out[q] && like(q);
        if (can && !open) stack.push(q);
        open = can;
      }
    }
  }
  return { x: 0, y: 0, w, h, data: out };
}

/** Outlines of a patch as rings through pixel corners: outer rings clockwise on the screen, holes the other way. */
export function trace(patch: Patch): number[][] {
  const { w, h, data } = patch;
  const on = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < w && y < h && data[y * w + x] === 1;
  // Directed edges with the inside on the right hand: at most two leave a corner.
  const next = new Map<number, number[]>();
  const stride = w + 1;
  const add = (x0: number, y0: number, x1: number, y1: number): void => {
    const from = y0 * stride + x0;
    const list = next.get(from);
    const to = y1 * stride + x1;
    if (list) list.push(to); else next.set(from, [to]);
  };
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
    if (!on(x, y)) continue;
    if (!on(x, y - 1)) add(x, y, x + 1, y);
    if (!on(x + 1, y)) add(x + 1, y, x + 1, y + 1);
    if (!on(x, y + 1)) add(x + 1, y + 1, x, y + 1);
    if (!on(x - 1, y)) add(x, y + 1, x, y);
  }
  const rings: number[][] = [];
  for (const start of next.keys()) {
    while ((next.get(start)?.length ?? 0) > 0) {
      const path: number[] = [];
      let at = start, came = 0;
      do {
        const ways = next.get(at) as number[];
        // Where two diagonal pixels touch, turn right first, so that they stay two rings.
        let pick = 0;
        if (ways.length > 1) {
          const right = came === 1 ? stride : came === -1 ? -stride : came === stride ? -1 : 1;
          pick = Math.max(0, ways.indexOf(at + right));
        }
        const to = ways.splice(pick, 1)[0] as number;
        const step = to - at;
        if (step !== came) path.push(patch.x + (at % stride), patch.y + Math.floor(at / stride));
        came = step;
        at = to;
      } while (at !== start);
      rings.push(path);
    }
  }
  return rings;
}
