/**
 * COCO run lengths: column-major, starting with background, written as the compressed string of the COCO format
 * (counts from the third on as differences to the one two before; 5 bits a character, bit 6 = more follow, offset 48).
 */
import type { Mask } from "./model";
import type { Rect } from "./viewport";

/** Decode the string form into run lengths. */
export function decodeCounts(text: string): number[] {
  const counts: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0, shift = 0, more = true, chunk = 0;
    while (more) {
      chunk = text.charCodeAt(at++) - 48;
      if (!(chunk >= 0 && chunk < 64)) throw new RangeError("mask counts are damaged");
      // Multiplication, not shifts: pictures above 2^30 pixels would overflow 32 bits.
      value += (chunk & 31) * 2 ** shift;
      shift += 5;
      more = (chunk & 32) !== 0;
    }
    if (chunk & 16) value -= 2 ** shift;
    if (counts.length > 2) value += counts[counts.length - 2] as number;
    counts.push(value);
  }
  return counts;
}

/** Encode run lengths as the string form. */
export function encodeCounts(counts: readonly number[]): string {
  let text = "";
  for (let i = 0; i < counts.length; i++) {
    let value = counts[i] as number;
    if (i > 2) value -= counts[i - 2] as number;
    for (;;) {
      const low = ((value % 32) + 32) % 32;
      value = Math.floor(value / 32);
      const more = (low & 16) !== 0 ? value !== -1 : value !== 0;
      text += String.fromCharCode(48 + (more ? low | 32 : low));
      if (!more) break;
    }
  }
  return text;
}

/** Part of a mask as bytes: row-major, 1 inside; it stands at (x, y) in the picture. */
export interface Patch { x: number; y: number; w: number; h: number; data: Uint8Array }

export function maskArea(mask: Mask): number {
  const counts = decodeCounts(mask.counts);
  let sum = 0;
  for (let i = 1; i < counts.length; i += 2) sum += counts[i] as number;
  return sum;
}

/** Tight bounds in pixel edges; empty (infinite) when no pixel is set. */
export function maskBounds(mask: Mask): Rect {
  const h = mask.size[0];
  let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity, at = 0;
  decodeCounts(mask.counts).forEach((run, i) => {
    if (i % 2 === 1 && run > 0 && h > 0) {
      const first = Math.floor(at / h), last = Math.floor((at + run - 1) / h);
      x0 = Math.min(x0, first);
      x1 = Math.max(x1, last + 1);
      if (last > first) { y0 = 0; y1 = h; } else {
        y0 = Math.min(y0, at - first * h);
        y1 = Math.max(y1, at + run - first * h);
      }
    }
    at += run;
  });
  return { x0, y0, x1, y1 };
}

/** Decode the part of a mask inside its bounds. */
export function toPatch(mask: Mask): Patch {
  const r = maskBounds(mask);
  if (!(r.x1 > r.x0)) return { x: 0, y: 0, w: 0, h: 0, data: new Uint8Array(0) };
  const w = r.x1 - r.x0, h = r.y1 - r.y0, rows = mask.size[0];
  const data = new Uint8Array(w * h);
  let at = 0;
  decodeCounts(mask.counts).forEach((run, i) => {
    if (i % 2 === 1) {
      for (let left = run, p = at; left > 0;) {
        const x = Math.floor(p / rows), y = p - x * rows;
        const n = Math.min(left, rows - y);
        for (let k = 0; k < n; k++) data[(y + k - r.y0) * w + x - r.x0] = 1;
        left -= n;
        p += n;
      }
    }
    at += run;
  });
  return { x: r.x0, y: r.y0, w, h, data };
}

/** Encode a patch as a mask of a picture of `size` [height, width]; what lies outside is dropped. */
export function fromPatch(patch: Patch, size: [number, number]): Mask {
  const [rows, columns] = size;
  const counts: number[] = [];
  let value = 0, run = 0;
  const push = (v: number, n: number): void => {
    if (n <= 0) return;
    if (v === value) { run += n; return; }
    counts.push(run);
    value = v;
    run = n;
  };
  const x0 = Math.max(0, patch.x), x1 = Math.min(columns, patch.x + patch.w);
  const y0 = Math.max(0, patch.y), y1 = Math.min(rows, patch.y + patch.h);
  if (x1 <= x0 || y1 <= y0) return { kind: "mask", size, counts: encodeCounts([rows * columns]) };
  push(0, x0 * rows);
  for (let x = x0; x < x1; x++) {
    push(0, y0);
    for (let y = y0; y < y1; y++) push(patch.data[(y - patch.y) * patch.w + x - patch.x] ? 1 : 0, 1);
    push(0, rows - y1);
  }
  push(0, (columns - x1) * rows);
  counts.push(run);
  return { kind: "mask", size, counts: encodeCounts(counts) };
}

/** Whether the pixel (x, y) belongs to the mask. */
export function maskHas(mask: Mask, x: number, y: number): boolean {
  const [rows, columns] = mask.size;
  if (x < 0 || y < 0 || x >= columns || y >= rows) return false;
  const wanted = Math.floor(x) * rows + Math.floor(y);
  const counts = decodeCounts(mask.counts);
  let at = 0;
  for (let i = 0; i < counts.length; i++) {
    at += counts[i] as number;
    if (wanted < at) return i % 2 === 1;
  }
  return false;
}

/** Move a mask by whole pixels. */
export function maskTranslate(mask: Mask, dx: number, dy: number): Mask {
  const patch = toPatch(mask);
  return fromPatch({ ...patch, x: patch.x + Math.round(dx), y: patch.y + Math.round(dy) }, mask.size);
}
