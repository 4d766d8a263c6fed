import { describe, expect, it } from "vitest";
import { Viewport } from "../../core/viewport";
import { AS_IT_IS, applyTable, lookup } from "../adjust";
import { inkOn } from "../masks";
import { minimapGo, needsMinimap } from "../minimap";
import { levelFor, tileRange, type TileSource } from "../tiles";

describe("adjusting the picture", () => {
  it("leaves it alone by default", () => expect([...lookup(AS_IT_IS)]).toEqual([...Array(256).keys()]));
  it("inverts, brightens and darkens", () => {
    expect(lookup({ ...AS_IT_IS, invert: true })[10]).toBe(245);
    expect(lookup({ ...AS_IT_IS, brightness: 0.5 })[0]).toBe(128);
    expect(lookup({ ...AS_IT_IS, contrast: -1 })[200]).toBe(128);
    // 255 * (64/255)^(1/2) = 127.75
    expect(lookup({ ...AS_IT_IS, gamma: 2 })[64]).toBe(128);
  });
  it("does not touch alpha", () => {
    const data = Uint8ClampedArray.from([1, 2, 3, 77]);
    applyTable(data, lookup({ ...AS_IT_IS, invert: true }));
    expect([...data]).toEqual([254, 253, 252, 77]);
  });
});

describe("tiles", () => {
  const source: TileSource = { size: 512, url: "{level}/{x}_{y}", levels: [{ w: 10000, h: 10000, scale: 1 }, { w: 5000, h: 5000, scale: 0.5 }, { w: 2500, h: 2500, scale: 0.25 }] };
  it("takes the coarsest level that is sharp enough", () => {
    expect([1, 0.5, 0.6, 0.3, 0.1, 4].map((s) => levelFor(source, s))).toEqual([0, 1, 1, 2, 2, 0]);
  });
  it("asks only for tiles in view", () => {
    expect(tileRange(source, 0, { x0: 500, y0: 0, x1: 1100, y1: 512 })).toEqual({ x0: 0, y0: 0, x1: 2, y1: 0 });
    expect(tileRange(source, 2, { x0: -50, y0: -50, x1: 99999, y1: 99999 })).toEqual({ x0: 0, y0: 0, x1: 4, y1: 4 });
  });
});

describe("minimap and ink", () => {
  it("shows only when half the picture is out of sight", () => {
    const fit = Viewport.fit({ w: 800, h: 600 }, { w: 4000, h: 3000 });
    expect(needsMinimap(fit)).toBe(false);
    expect(needsMinimap(fit.zoomAt(400, 300, 2))).toBe(true);
  });
  it("goes where it was clicked", () => {
    const v = minimapGo(Viewport.fit({ w: 800, h: 600 }, { w: 4000, h: 3000 }).zoomAt(400, 300, 4), 33, 33);
    const [x, y] = v.toPicture(400, 300);
    expect(x).toBeCloseTo(1000, 0);
    expect(y).toBeCloseTo(1000, 0);
  });
  it("writes dark on light and white on dark class colours", () => {
    expect(["#4EE2FF", "#F6BE48", "#2046DE", "#8B0012", "#085D40"].map(inkOn)).toEqual(["#1F1D1A", "#1F1D1A", "#FFFFFF", "#FFFFFF", "#FFFFFF"]);
  });
});
