import { describe, expect, it } from "vitest";
import { grabCut } from "../grabcut";
import { livewire, wirePath } from "../livewire";
import { GridCut } from "../maxflow";
import { slic } from "../slic";
import { enlarge } from "../client";

let seed = 11;
const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;

describe("minimum cut", () => {
  it("agrees with trying all cuts on small random graphs", () => {
    for (let trial = 0; trial < 60; trial++) {
      const n = 7;
      const source = Array.from({ length: n }, () => Math.floor(random() * 10)), sink = Array.from({ length: n }, () => Math.floor(random() * 10));
      const edges: [number, number, number][] = [];
      for (let a = 0; a < n; a++) for (let b = a + 1; b < n; b++) if (random() < 0.5) edges.push([a, b, Math.floor(random() * 8)]);
      let least = Infinity;
      for (let set = 0; set < 1 << n; set++) {
        let cost = 0;
        for (let i = 0; i < n; i++) cost += set & (1 << i) ? (sink[i] as number) : (source[i] as number);
        for (const [a, b, c] of edges) if (((set >> a) & 1) !== ((set >> b) & 1)) cost += c;
        least = Math.min(least, cost);
      }
      const cut = new GridCut(n, edges.length);
      for (let i = 0; i < n; i++) cut.setTerminal(i, source[i] as number, sink[i] as number);
      for (const [a, b, c] of edges) cut.addEdge(a, b, c);
      expect(cut.solve()).toBeCloseTo(least, 9);
      let cost = 0;
      for (let i = 0; i < n; i++) cost += cut.inSource(i) ? (sink[i] as number) : (source[i] as number);
      for (const [a, b, c] of edges) if (cut.inSource(a) !== cut.inSource(b)) cost += c;
      expect(cost).toBeCloseTo(least, 9);
    }
  });
});

/** A textured disc on a textured ground, both noisy. */
function scene(w: number, h: number, cx: number, cy: number, r: number): { image: { width: number; height: number; data: Uint8ClampedArray }; truth: Uint8Array } {
  const data = new Uint8ClampedArray(4 * w * h), truth = new Uint8Array(w * h);
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
    const p = y * w + x, inside = (x + 0.5 - cx) ** 2 + (y + 0.5 - cy) ** 2 <= r * r;
    truth[p] = inside ? 1 : 0;
    const noise = (random() - 0.5) * 50;
    const stripe = inside ? (x % 8 < 4 ? 30 : 0) : y % 10 < 5 ? 25 : 0;
    data.set(inside ? [190 + noise, 90 + stripe + noise, 60 + noise, 255] : [80 + noise, 110 + stripe + noise, 120 + noise, 255], 4 * p);
  }
  return { image: { width: w, height: h, data }, truth };
}

function iou(a: Uint8Array, b: Uint8Array): number {
  let both = 0, any = 0;
  a.forEach((v, i) => { if (v && b[i]) both++; if (v || b[i]) any++; });
  return both / any;
}

describe("outline from a box", () => {
  it("finds a textured disc on textured ground (IoU above 0.95), the same each time", () => {
    const { image, truth } = scene(160, 120, 80, 60, 35);
    const box = { x0: 40, y0: 20, x1: 120, y1: 100 };
    const mask = grabCut(image, box);
    expect(iou(mask, truth)).toBeGreaterThan(0.95);
    expect(grabCut(image, box)).toEqual(mask);
  });
  it("does what a click says", () => {
    const { image } = scene(160, 120, 80, 60, 35);
    const box = { x0: 30, y0: 10, x1: 130, y1: 110 };
    expect(grabCut(image, box, [{ x: 80, y: 60, inside: false }])[60 * 160 + 80]).toBe(0);
    expect(grabCut(image, box, [{ x: 36, y: 16, inside: true }])[16 * 160 + 36]).toBe(1);
  });
  it("falls back to the box when there is nothing to find", () => {
    const image = { width: 40, height: 40, data: new Uint8ClampedArray(6400).fill(128) };
    const mask = grabCut(image, { x0: 10, y0: 10, x1: 30, y1: 30 });
    expect(mask.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
  });
});

describe("intelligent scissors", () => {
  it("walk along an edge instead of straight across", () => {
    const w = 60, h = 60, data = new Uint8ClampedArray(4 * w * h).fill(255);
    // A dark square: its border is the way from one corner to the next.
    for (let y = 15; y < 45; y++) for (let x = 15; x < 45; x++) data.fill(20, 4 * (y * w + x), 4 * (y * w + x) + 3);
    const from = livewire({ width: w, height: h, data }, 15, 15);
    const path = wirePath(from, w, h, 44, 44);
    for (let i = 0; i < path.length; i += 2) {
      const x = path[i] as number, y = path[i + 1] as number;
      const off = Math.min(Math.abs(x - 15), Math.abs(x - 45), Math.abs(y - 15), Math.abs(y - 45));
      expect(off).toBeLessThanOrEqual(2);
    }
    expect([path[0], path[1]]).toEqual([15.5, 15.5]);
  });
});

describe("superpixels", () => {
  it("do not cross a clear edge and cover everything", () => {
    const w = 64, h = 48, data = new Uint8ClampedArray(4 * w * h);
    for (let p = 0; p < w * h; p++) data.set(p % w < 30 ? [200, 40, 40, 255] : [40, 60, 200, 255], 4 * p);
    const { labels, count } = slic({ width: w, height: h, data }, 10);
    expect(count).toBeGreaterThan(10);
    const side = new Map<number, boolean>();
    labels.forEach((label, p) => {
      const left = p % w < 30;
      expect(side.get(label) ?? left).toBe(left);
      side.set(label, left);
    });
  });
});

describe("back to picture size", () => {
  it("keeps the place and roughly the area", () => {
    const mask = new Uint8Array(16).fill(0);
    mask.set([1, 1], 5);
    mask.set([1, 1], 9);
    const patch = enlarge(mask, 4, 4, 100, 200, 0.25, 0.25);
    expect([patch.x, patch.y, patch.w, patch.h]).toEqual([100, 200, 16, 16]);
    expect(Math.abs(patch.data.reduce((a, b) => a + b, 0) - 64)).toBeLessThan(12);
  });
});
