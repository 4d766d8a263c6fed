import { describe, expect, it } from "vitest";
import { decodeCounts, encodeCounts, fromPatch, maskArea, maskBounds, maskHas, maskTranslate, toPatch } from "../rle";
import { combine, fillPolygon, flood, stroke, trace } from "../raster";

/** Vectors made with pycocotools' published algorithm by hotcoco (`mask.encode`), an independent implementation. */
import golden from "../../../../../tests/golden/rle.json";

describe("COCO run lengths", () => {
  it.each(golden.map((g) => [g.name, g] as const))("agrees with an independent codec: %s", (_, g) => {
    const [h, w] = g.size as [number, number];
    const data = Uint8Array.from(g.rows.join(""), Number);
    const mask = fromPatch({ x: 0, y: 0, w, h, data }, [h, w]);
    expect(mask.counts).toBe(g.counts);
    expect(encodeCounts(decodeCounts(g.counts))).toBe(g.counts);
    expect(maskArea(mask)).toBe(g.area);
    const patch = toPatch(mask);
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
      const inside = x >= patch.x && x < patch.x + patch.w && y >= patch.y && y < patch.y + patch.h;
      const got = inside ? patch.data[(y - patch.y) * patch.w + x - patch.x] : 0;
      expect(got).toBe(data[y * w + x]);
      expect(maskHas(mask, x + 0.5, y + 0.5)).toBe(data[y * w + x] === 1);
    }
  });
  it("survives run lengths above 2^31", () => {
    const counts = [5, 3_000_000_000, 7, 2_999_999_999];
    expect(decodeCounts(encodeCounts(counts))).toEqual(counts);
  });
  it("refuses damaged counts", () => expect(() => decodeCounts("a\u0001")).toThrow(RangeError));
  it("moves and clips at the border", () => {
    const mask = fromPatch({ x: 1, y: 1, w: 2, h: 2, data: Uint8Array.from([1, 1, 1, 1]) }, [4, 4]);
    expect(maskBounds(maskTranslate(mask, 2, 0))).toEqual({ x0: 3, y0: 1, x1: 4, y1: 3 });
  });
});

describe("pixels", () => {
  it("fills a rectangle by pixel centres", () => {
    const patch = fillPolygon({ kind: "polygon", parts: [{ outer: [1, 1, 4, 1, 4, 3, 1, 3] }] });
    expect([patch.x, patch.y, patch.w, patch.h, patch.data.reduce((a, b) => a + b, 0)]).toEqual([1, 1, 3, 2, 6]);
  });
  it("leaves holes open", () => {
    const patch = fillPolygon({ kind: "polygon", parts: [{ outer: [0, 0, 10, 0, 10, 10, 0, 10], holes: [[2, 2, 4, 2, 4, 4, 2, 4]] }] });
    expect(patch.data.reduce((a, b) => a + b, 0)).toBe(96);
  });
  it("paints a round stroke and takes it away", () => {
    const patch = { x: 0, y: 0, w: 20, h: 20, data: new Uint8Array(400) };
    stroke(patch, 10, 10, 10, 10, 5, 1);
    const count = patch.data.reduce((a, b) => a + b, 0);
    expect(Math.abs(count - Math.PI * 25)).toBeLessThan(6);
    stroke(patch, 10, 10, 10, 10, 6, 0);
    expect(patch.data.some((v) => v === 1)).toBe(false);
  });
  it("adds a patch outside the first one by growing", () => {
    const a = { x: 0, y: 0, w: 2, h: 2, data: Uint8Array.from([1, 1, 1, 1]) };
    const out = combine(a, { x: 5, y: 5, w: 1, h: 1, data: Uint8Array.from([1]) }, 1);
    expect([out.x, out.y, out.w, out.h, out.data.reduce((x, y) => x + y, 0)]).toEqual([0, 0, 6, 6, 5]);
  });
  it("floods within the tolerance only", () => {
    const data = new Uint8ClampedArray(6 * 1 * 4);
    [10, 12, 14, 60, 12, 12].forEach((v, i) => { data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = v; });
    expect([...flood({ width: 6, height: 1, data }, 0, 0, 4).data]).toEqual([1, 1, 1, 0, 0, 0]);
  });
  it("traces outlines back to the same pixels, holes and touching corners included", () => {
    const rows = ["0110000", "1111011", "1001011", "1111000", "0000100", "0001000"];
    const w = 7, h = 6;
    const data = Uint8Array.from(rows.join(""), Number);
    const rings = trace({ x: 3, y: 2, w, h, data });
    const back = fillPolygon({ kind: "polygon", parts: rings.map((outer) => ({ outer })) });
    const full = new Uint8Array(w * h);
    for (let y = 0; y < back.h; y++) for (let x = 0; x < back.w; x++) full[(y + back.y - 2) * w + x + back.x - 3] = back.data[y * back.w + x] as number;
    expect([...full]).toEqual([...data]);
    expect(rings).toHaveLength(5);
  });
});
