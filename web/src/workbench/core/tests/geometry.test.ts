import { describe, expect, it } from "vitest";
import { area, bounds, ellipseBounds, inRing, nearestOnPath, oboxCorners, rectIou, ringArea, rotate, simplify, simplifyRing, stretch, translate } from "../geometry";
import { hitGeometry, hitTest, cycle } from "../hit";
import type { Geometry, Mark } from "../model";
import { SpatialIndex } from "../spatial";
import { Viewport } from "../viewport";

describe("geometry", () => {
  it("turns a box as CVAT's documented example: (100,100)-(200,150) by 30 degrees starts at (119.199, 78.349)", () => {
    const xy = oboxCorners({ kind: "obox", cx: 150, cy: 125, w: 100, h: 50, angle: Math.PI / 6 });
    expect(xy[0]).toBeCloseTo(119.199, 3);
    expect(xy[1]).toBeCloseTo(78.349, 3);
  });
  it.each<[string, Geometry, number]>([
    ["box", { kind: "box", x0: 0, y0: 0, x1: 4, y1: 3 }, 12],
    ["polygon with a hole", { kind: "polygon", parts: [{ outer: [0, 0, 10, 0, 10, 10, 0, 10], holes: [[2, 2, 4, 2, 4, 4, 2, 4]] }] }, 96],
    ["two parts", { kind: "polygon", parts: [{ outer: [0, 0, 1, 0, 1, 1] }, { outer: [5, 5, 7, 5, 7, 7, 5, 7] }] }, 4.5],
    ["ellipse", { kind: "ellipse", cx: 0, cy: 0, rx: 2, ry: 1, angle: 1 }, 6.283185],
    ["mask of 8 pixels", { kind: "mask", size: [3, 4], counts: "0" }, 0],
  ])("area of a %s", (_, g, expected) => {
    if (g.kind !== "mask") expect(area(g)).toBeCloseTo(expected, 5);
    else expect(area(g)).toBe(0);
  });
  it("has the turned ellipse's bounds", () => {
    const r = ellipseBounds({ kind: "ellipse", cx: 0, cy: 0, rx: 2, ry: 1, angle: Math.PI / 2 });
    expect([r.x0, r.y0, r.x1, r.y1].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([-1, -2, 1, 2]);
  });
  it("a ring clockwise on the screen has positive area", () => expect(ringArea([0, 0, 1, 0, 1, 1, 0, 1])).toBe(1));
  it("moves, stretches and turns", () => {
    expect(bounds(translate({ kind: "polyline", xy: [0, 0, 2, 2] }, 3, -1))).toEqual({ x0: 3, y0: -1, x1: 5, y1: 1 });
    expect(stretch({ kind: "box", x0: 0, y0: 0, x1: 2, y1: 2 }, { x0: 0, y0: 0, x1: 2, y1: 2 }, { x0: 4, y0: 0, x1: 1, y1: 6 })).toEqual({ kind: "box", x0: 1, y0: 0, x1: 4, y1: 6 });
    const turned = rotate({ kind: "polyline", xy: [1, 0] }, Math.PI / 2, 0, 0) as { xy: number[] };
    expect(turned.xy[0]).toBeCloseTo(0);
    expect(turned.xy[1]).toBeCloseTo(1);
  });
  it("computes IoU: two 10x10 boxes half over each other share a third", () => {
    expect(rectIou({ x0: 0, y0: 0, x1: 10, y1: 10 }, { x0: 5, y0: 0, x1: 15, y1: 10 })).toBeCloseTo(1 / 3);
  });
  it("finds the nearest place on a path", () => {
    expect(nearestOnPath([0, 0, 10, 0], false, 4, 3)).toEqual({ index: 0, x: 4, y: 0, d2: 9 });
  });
  it("simplifies a noisy line to its corners and never below a triangle", () => {
    expect(simplify([0, 0, 1, 0.1, 2, -0.1, 3, 0, 3, 3], 0.5)).toEqual([0, 0, 3, 0, 3, 3]);
    expect(simplifyRing([0, 0, 5, 0.1, 10, 0, 10, 10, 0, 10], 0.5)).toEqual([0, 0, 10, 0, 10, 10, 0, 10]);
    expect(simplifyRing([0, 0, 1, 0, 1, 1, 0, 1, 0, 0.5], 100).length).toBeGreaterThanOrEqual(6);
  });
  it("knows inside and outside of a concave ring", () => {
    const u = [0, 0, 10, 0, 10, 10, 7, 10, 7, 3, 3, 3, 3, 10, 0, 10];
    expect([inRing(u, 1, 8), inRing(u, 5, 8), inRing(u, 5, 1)]).toEqual([true, false, true]);
  });
});

describe("the viewport", () => {
  it.each([1, 1.25, 2])("keeps the point under the pointer from 5 %% to 3200 %% (steps of %d)", (step) => {
    let v = Viewport.fit({ w: 1086, h: 543 }, { w: 1920, h: 1080 });
    const [px, py] = v.toPicture(400, 300);
    for (let i = 0; i < 20; i++) {
      v = v.zoomAt(400, 300, 1 + step / 4);
      const [sx, sy] = v.toScreen(px, py);
      expect(Math.hypot(sx - 400, sy - 300)).toBeLessThan(0.5);
    }
    expect(v.scale).toBeLessThanOrEqual(32);
  });
  it("cannot lose the picture", () => {
    const v = Viewport.fit({ w: 800, h: 600 }, { w: 100, h: 100 }).panBy(1e6, -1e6);
    expect(v.visible.x0).toBeLessThan(0);
    expect(v.toScreen(0, 100)[1]).toBeGreaterThan(0);
    expect(v.toScreen(0, 0)[0]).toBeLessThan(800);
  });
  it("fits", () => {
    const v = Viewport.fit({ w: 1086, h: 543 }, { w: 1920, h: 1080 });
    expect(v.scale).toBeCloseTo(543 / 1080);
  });
});

describe("index and hit test", () => {
  const box = (id: string, x0: number, y0: number, x1: number, y1: number): Mark => ({ id, geometry: { kind: "box", x0, y0, x1, y1 } });
  const load = (marks: Mark[]): [SpatialIndex, (id: string) => Mark | undefined] => {
    const index = new SpatialIndex();
    index.load(marks, 1000, 1000);
    return [index, (id) => marks.find((m) => m.id === id)];
  };

  it("finds what brute force finds, after adding, moving and removing", () => {
    let seed = 3;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const index = new SpatialIndex(1000, 1000);
    const all = new Map<string, [number, number, number, number]>();
    for (let i = 0; i < 2000; i++) {
      const id = `m${Math.floor(random() * 500)}`;
      if (random() < 0.2) { index.delete(id); all.delete(id); continue; }
      const x = random() * 1100 - 50, y = random() * 1100 - 50, w = random() * (random() < 0.05 ? 900 : 60), h = random() * 60;
      index.set(id, { x0: x, y0: y, x1: x + w, y1: y + h });
      all.set(id, [x, y, x + w, y + h]);
      if (i % 50 === 0) {
        const q = { x0: random() * 900, y0: random() * 900, x1: 0, y1: 0 };
        q.x1 = q.x0 + random() * 300; q.y1 = q.y0 + random() * 300;
        const expected = [...all].filter(([, r]) => r[0] <= q.x1 && r[2] >= q.x0 && r[1] <= q.y1 && r[3] >= q.y0).map(([k]) => k).sort();
        expect(index.search(q).sort()).toEqual(expected);
      }
    }
    expect(index.size).toBe(all.size);
  });

  it("prefers edges, then the smallest; clicking again goes through the pile", () => {
    const marks = [box("big", 0, 0, 500, 500), box("mid", 100, 100, 300, 300), box("small", 150, 150, 200, 200)];
    const [index, get] = load(marks);
    const hits = hitTest(index, get, 170, 170, 3);
    expect(hits.map((h) => h.mark.id)).toEqual(["small", "mid", "big"]);
    expect(cycle(hits, new Set(["small"]), true)?.mark.id).toBe("mid");
    expect(cycle(hits, new Set(["big"]), true)?.mark.id).toBe("small");
    expect(hitTest(index, get, 300, 200, 3)[0]).toEqual({ mark: marks[1], part: "edge" });
  });

  it.each<[string, Geometry, number, number, string | null]>([
    ["line from beside", { kind: "polyline", xy: [0, 0, 100, 0] }, 50, 3, "edge"],
    ["line too far", { kind: "polyline", xy: [0, 0, 100, 0] }, 50, 9, null],
    ["hole of a polygon", { kind: "polygon", parts: [{ outer: [0, 0, 100, 0, 100, 100, 0, 100], holes: [[40, 40, 60, 40, 60, 60, 40, 60]] }] }, 50, 50, null],
    ["point", { kind: "points", xy: [10, 10] }, 14, 10, "vertex"],
    ["ellipse inside", { kind: "ellipse", cx: 0, cy: 0, rx: 50, ry: 20, angle: Math.PI / 2 }, 0, 40, "inside"],
    ["ellipse outside", { kind: "ellipse", cx: 0, cy: 0, rx: 50, ry: 20, angle: 0 }, 0, 40, null],
    ["cuboid edge between faces", { kind: "cuboid2", front: [0, 0, 10, 0, 10, 10, 0, 10], back: [20, -10, 30, -10, 30, 0, 20, 0] }, 10, -5, "edge"],
  ])("%s", (_, g, x, y, expected) => expect(hitGeometry(g, x, y, 4)).toBe(expected));

  it("looks only at the shapes near the pointer, of 10,000", () => {
    const marks: Mark[] = [];
    for (let i = 0; i < 10000; i++) {
      const cx = (i % 100) * 19 + 10, cy = Math.floor(i / 100) * 10 + 5, xy: number[] = [];
      for (let k = 0; k < 20; k++) xy.push(cx + 12 * Math.cos((k * Math.PI) / 10), cy + 8 * Math.sin((k * Math.PI) / 10));
      marks.push({ id: `m${i}`, geometry: { kind: "polygon", parts: [{ outer: xy }] } });
    }
    const byId = new Map(marks.map((m) => [m.id, m]));
    const index = new SpatialIndex();
    index.load(marks, 1920, 1080);
    for (let i = 0; i < 400; i++) {
      let looked = 0;
      const hits = hitTest(index, (id) => { looked += 1; return byId.get(id); }, (i * 37) % 1900, (i * 91) % 1000, 3);
      expect(hits.length).toBeLessThanOrEqual(looked);
      // 24 × 16 px each, a step of 19 × 10: at most 2 × 3 reach within 3 px of a point, and some boxes more touch its cell.
      expect(looked).toBeLessThan(100);
    }
  });
});
