/** Superpixels: SLIC (Achanta et al., PAMI 2012) in CIELAB with five rounds; small crumbs join a neighbour. */
import type { Rgba } from "./grabcut";

/** Region number of each pixel, 0 … count-1. */
export function slic(image: Rgba, size: number, compactness = 12, rounds = 5): { labels: Int32Array; count: number } {
  const { width: w, height: h } = image;
  const lab = toLab(image);
  const step = Math.max(4, Math.round(size));
  const columns = Math.max(1, Math.round(w / step)), rows = Math.max(1, Math.round(h / step));
  const count = columns * rows;
  const centres = new Float64Array(5 * count);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
    const x = Math.min(w - 1, Math.floor(((c + 0.5) * w) / columns)), y = Math.min(h - 1, Math.floor(((r + 0.5) * h) / rows));
    const p = y * w + x;
    centres.set([lab[3 * p] as number, lab[3 * p + 1] as number, lab[3 * p + 2] as number, x, y], 5 * (r * columns + c));
  }
  const labels = new Int32Array(w * h);
  const distance = new Float32Array(w * h);
  const weight = (compactness / step) ** 2;
  for (let round = 0; round < rounds; round++) {
    distance.fill(Infinity);
    for (let k = 0; k < count; k++) {
      const [L, A, B, cx, cy] = centres.subarray(5 * k, 5 * k + 5) as unknown as [number, number, number, number, number];
      const y1 = Math.min(h - 1, Math.ceil(cy + step)), x1 = Math.min(w - 1, Math.ceil(cx + step));
      for (let y = Math.max(0, Math.floor(cy - step)); y <= y1; y++) for (let x = Math.max(0, Math.floor(cx - step)); x <= x1; x++) {
        const p = y * w + x;
        const dl = (lab[3 * p] as number) - L, da = (lab[3 * p + 1] as number) - A, db = (lab[3 * p + 2] as number) - B;
        const d = dl * dl + da * da + db * db + weight * ((x - cx) ** 2 + (y - cy) ** 2);
        if (d < (distance[p] as number)) { distance[p] = d; labels[p] = k; }
      }
    }
    const sums = new Float64Array(6 * count);
    for (let p = 0; p < labels.length; p++) {
      const o = 6 * (labels[p] as number), x = p % w;
      const values = [lab[3 * p] as number, lab[3 * p + 1] as number, lab[3 * p + 2] as number, x, (p - x) / w, 1];
      for (let i = 0; i < 6; i++) sums[o + i] = (sums[o + i] as number) + (values[i] as number);
    }
    for (let k = 0; k < count; k++) {
      const n = sums[6 * k + 5] as number;
      if (n > 0) for (let i = 0; i < 5; i++) centres[5 * k + i] = (sums[6 * k + i] as number) / n;
    }
  }
  return connected(labels, w, h, (step * step) / 4);
}

/** Give every connected piece its own number; pieces below `least` pixels join the piece before them. */
function connected(labels: Int32Array, w: number, h: number, least: number): { labels: Int32Array; count: number } {
  const out = new Int32Array(w * h).fill(-1);
  let count = 0;
  const stack: number[] = [];
  for (let start = 0; start < out.length; start++) {
    if ((out[start] as number) >= 0) continue;
    const piece = [start];
    let neighbour = -1;
    out[start] = count;
    stack.push(start);
    while (stack.length > 0) {
      const p = stack.pop() as number, x = p % w;
      for (const q of [x > 0 ? p - 1 : -1, x < w - 1 ? p + 1 : -1, p - w, p + w]) {
        if (q < 0 || q >= out.length) continue;
        if ((out[q] as number) >= 0) { if (out[q] !== count) neighbour = out[q] as number; continue; }
        if (labels[q] !== labels[start]) continue;
        out[q] = count;
        piece.push(q);
        stack.push(q);
      }
    }
    if (piece.length < least && neighbour >= 0) for (const p of piece) out[p] = neighbour;
    else count++;
  }
  return { labels: out, count };
}

/** sRGB to CIELAB (D65). */
export function toLab(image: Rgba): Float32Array {
  const n = image.width * image.height;
  const lab = new Float32Array(3 * n);
  const linear = new Float32Array(256);
  for (let i = 0; i < 256; i++) { const v = i / 255; linear[i] = v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  for (let p = 0; p < n; p++) {
    const r = linear[image.data[4 * p] as number] as number, g = linear[image.data[4 * p + 1] as number] as number, b = linear[image.data[4 * p + 2] as number] as number;
    const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047), y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b), z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
    lab[3 * p] = 116 * y - 16;
    lab[3 * p + 1] = 500 * (x - y);
    lab[3 * p + 2] = 200 * (y - z);
  }
  return lab;
}
