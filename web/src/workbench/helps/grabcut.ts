/**
 * GrabCut: a box becomes an outline, clicks put it right (Rother, Kolmogorov and Blake, SIGGRAPH 2004).
 *
 * Mask codes: 0 background, 1 foreground, 2 probably background, 3 probably foreground; clicks write 0 and 1.
 */
import { GridCut } from "./maxflow";
import { best, cluster, fit, mixtureCost } from "./mixture";

export interface Rgba { width: number; height: number; data: Uint8ClampedArray }
export interface Frame { x0: number; y0: number; x1: number; y1: number }
export interface Click { x: number; y: number; inside: boolean }

const GAMMA = 50;

/**
 * @param image the crop, already small (256 px is a good longest side).
 * @param box the object's frame in crop pixels.
 * @param clicks corrections in crop pixels.
 * @returns one byte a pixel, 1 inside; the box itself when nothing was found.
 */
export function grabCut(image: Rgba, box: Frame, clicks: readonly Click[] = [], rounds = 3): Uint8Array {
  const { width: w, height: h } = image;
  const n = w * h;
  const rgb = new Float32Array(3 * n);
  for (let p = 0; p < n; p++) for (let i = 0; i < 3; i++) rgb[3 * p + i] = image.data[4 * p + i] as number;
  const code = startCodes(w, h, box, clicks);
  const edges = neighbourWeights(rgb, w, h);
  const component = new Int8Array(n).fill(-1);
  let first = true;
  for (let round = 0; round < rounds; round++) {
    const inside = select(code, 1, 3), outside = select(code, 0, 2);
    if (inside.length === 0 || outside.length === 0) break;
    if (first) { cluster(rgb, inside, component); cluster(rgb, outside, component); first = false; }
    let front = fit(rgb, inside, component), back = fit(rgb, outside, component);
    for (const [which, mixture] of [[inside, front], [outside, back]] as const) {
      for (let k = 0; k < which.length; k++) {
        const p = which[k] as number;
        component[p] = best(mixture, rgb[3 * p] as number, rgb[3 * p + 1] as number, rgb[3 * p + 2] as number).component;
      }
    }
    front = fit(rgb, inside, component);
    back = fit(rgb, outside, component);
    const cut = new GridCut(n, edges.count);
    for (let p = 0; p < n; p++) {
      const c = code[p] as number;
      if (c === 0) { cut.setTerminal(p, 0, 9 * GAMMA); continue; }
      if (c === 1) { cut.setTerminal(p, 9 * GAMMA, 0); continue; }
      const r = rgb[3 * p] as number, g = rgb[3 * p + 1] as number, b = rgb[3 * p + 2] as number;
      // Cutting the source side off costs what the background explains, and the other way round.
      const asBack = mixtureCost(back, r, g, b), asFront = mixtureCost(front, r, g, b);
      const low = Math.min(asBack, asFront);
      cut.setTerminal(p, asBack - low, asFront - low);
    }
    for (let e = 0; e < edges.count; e++) cut.addEdge(edges.a[e] as number, edges.b[e] as number, edges.weight[e] as number);
    cut.solve();
    let changed = 0;
    for (let p = 0; p < n; p++) {
      if ((code[p] as number) < 2) continue;
      const now = cut.inSource(p) ? 3 : 2;
      if (now !== code[p]) changed++;
      code[p] = now;
    }
    // Components of pixels that changed sides start from the mixture they belong to now.
    for (let p = 0; p < n; p++) if ((component[p] as number) < 0) component[p] = 0;
    if (changed < n / 2000) break;
  }
  const mask = new Uint8Array(n);
  let any = 0;
  for (let p = 0; p < n; p++) if (code[p] === 1 || code[p] === 3) { mask[p] = 1; any++; }
  if (any === 0) fillBox(mask, w, h, box);
  return keepTouched(mask, w, h, clicks);
}

function startCodes(w: number, h: number, box: Frame, clicks: readonly Click[]): Uint8Array {
  const code = new Uint8Array(w * h);
  const x0 = Math.max(0, Math.floor(box.x0)), x1 = Math.min(w, Math.ceil(box.x1));
  for (let y = Math.max(0, Math.floor(box.y0)); y < Math.min(h, Math.ceil(box.y1)); y++) code.fill(3, y * w + x0, y * w + x1);
  const radius = Math.max(2, Math.round(Math.min(w, h) / 60));
  for (const click of clicks) {
    for (let dy = -radius; dy <= radius; dy++) for (let dx = -radius; dx <= radius; dx++) {
      const x = Math.round(click.x) + dx, y = Math.round(click.y) + dy;
      if (x >= 0 && y >= 0 && x < w && y < h && dx * dx + dy * dy <= radius * radius) code[y * w + x] = click.inside ? 1 : 0;
    }
  }
  return code;
}

interface Edges { a: Int32Array; b: Int32Array; weight: Float32Array; count: number }

/** Weights between neighbours: high where colours are alike, low across an edge. */
function neighbourWeights(rgb: Float32Array, w: number, h: number): Edges {
  const steps = [[1, 0, 1], [0, 1, 1], [1, 1, Math.SQRT1_2], [-1, 1, Math.SQRT1_2]] as const;
  const a = new Int32Array(4 * w * h), b = new Int32Array(4 * w * h), weight = new Float32Array(4 * w * h);
  let count = 0, sum = 0;
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) for (const [dx, dy, k] of steps) {
    const nx = x + dx, ny = y + dy;
    if (nx < 0 || nx >= w || ny >= h) continue;
    const p = y * w + x, q = ny * w + nx;
    const r = (rgb[3 * p] as number) - (rgb[3 * q] as number), g = (rgb[3 * p + 1] as number) - (rgb[3 * q + 1] as number), bl = (rgb[3 * p + 2] as number) - (rgb[3 * q + 2] as number);
    const d2 = r * r + g * g + bl * bl;
    sum += d2;
    a[count] = p;
    b[count] = q;
    // The squared difference for now; it becomes the weight once the mean is known. The sign keeps the direction.
    weight[count++] = k === 1 ? d2 : -d2 - 1e-6;
  }
  const beta = count > 0 && sum > 0 ? count / (2 * sum) : 0;
  for (let e = 0; e < count; e++) {
    const d = weight[e] as number;
    weight[e] = GAMMA * (d < 0 ? Math.SQRT1_2 : 1) * Math.exp(-beta * Math.abs(d));
  }
  return { a, b, weight, count };
}

function select(code: Uint8Array, one: number, other: number): Int32Array {
  let count = 0;
  for (let p = 0; p < code.length; p++) if (code[p] === one || code[p] === other) count++;
  const out = new Int32Array(count);
  for (let p = 0, k = 0; p < code.length; p++) if (code[p] === one || code[p] === other) out[k++] = p;
  return out;
}

function fillBox(mask: Uint8Array, w: number, h: number, box: Frame): void {
  const x0 = Math.max(0, Math.floor(box.x0)), x1 = Math.min(w, Math.ceil(box.x1));
  for (let y = Math.max(0, Math.floor(box.y0)); y < Math.min(h, Math.ceil(box.y1)); y++) mask.fill(1, y * w + x0, y * w + x1);
}

/** Keep the largest piece, pieces that a click asked for and pieces above a twentieth of the largest; close pinholes. */
function keepTouched(mask: Uint8Array, w: number, h: number, clicks: readonly Click[]): Uint8Array {
  const label = new Int32Array(w * h);
  const sizes = [0];
  const stack: number[] = [];
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || label[start]) continue;
    const id = sizes.length;
    let size = 0;
    stack.push(start);
    label[start] = id;
    while (stack.length > 0) {
      const p = stack.pop() as number, x = p % w;
      size++;
      for (const q of [x > 0 ? p - 1 : -1, x < w - 1 ? p + 1 : -1, p - w, p + w]) {
        if (q >= 0 && q < mask.length && mask[q] && !label[q]) { label[q] = id; stack.push(q); }
      }
    }
    sizes.push(size);
  }
  const largest = Math.max(...sizes);
  const keep = new Set(sizes.flatMap((size, id) => (id > 0 && size >= largest / 20 ? [id] : [])));
  for (const click of clicks) {
    const id = label[Math.round(click.y) * w + Math.round(click.x)];
    if (click.inside && id) keep.add(id);
  }
  const out = new Uint8Array(w * h);
  for (let p = 0; p < out.length; p++) if (keep.has(label[p] as number)) out[p] = 1;
  return out;
}
