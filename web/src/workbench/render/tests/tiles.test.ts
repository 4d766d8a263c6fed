import { describe, expect, it } from "vitest";
import type { Rect } from "../../core/viewport";
import { BitmapPicture } from "../picture";
import { TiledPicture, type TileSource } from "../tiles";

const SIDE = 512;
const SOURCE: TileSource = { size: SIDE, url: "{level}/{x}_{y}", levels: [{ w: 20_480, h: 20_480, scale: 1 }] };

/** A picture whose tiles come at once; `draw` paints a view and waits until nothing more arrives. */
function opened() {
  const asked: string[] = [], freed: string[] = [];
  const size = { w: 20_480, h: 20_480 };
  const picture = new TiledPicture(size, SOURCE, (url) => {
    asked.push(url);
    return Promise.resolve({ width: SIDE, height: SIDE, close: () => freed.push(url) });
  }, new BitmapPicture(size));
  let painted = 0;
  const context = { imageSmoothingEnabled: true, drawImage: () => { painted += 1; } } as unknown as CanvasRenderingContext2D;
  const paint = (view: Rect): number => { painted = 0; picture.draw(context, -view.x0, -view.y0, 1, view); return painted; };
  let now: Rect = { x0: 0, y0: 0, x1: 0, y1: 0 };
  picture.onReady(() => { paint(now); });
  const draw = async (view: Rect): Promise<number> => {
    now = view;
    paint(view);
    for (let quiet = 0, known = -1; quiet < 3; known = asked.length) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      quiet = asked.length === known ? quiet + 1 : 0;
    }
    return paint(view);
  };
  return { draw, asked, freed };
}

const columns = (from: number, count: number, rows: number): Rect => ({ x0: from * SIDE, y0: 0, x1: (from + count) * SIDE, y1: rows * SIDE });

describe("tiles in memory", () => {
  it("a view of a very large screen is painted whole and each tile asked for once", async () => {
    // 15 × 8 tiles of 1 MiB: what a screen of 3840 × 2160 shows with its margin, and more than is kept for a way back.
    const { draw, asked } = opened();
    expect(await draw(columns(0, 15, 8))).toBe(120);
    expect(asked.length).toBe(120);
    expect(new Set(asked).size).toBe(120);
  });

  it("what was left longest ago is freed first", async () => {
    const { draw, freed } = opened();
    for (const at of [0, 10, 20, 30]) await draw(columns(at, 5, 5));
    // 100 MiB were seen, 64 are kept: the 36 that went are of the first two places.
    expect(freed.length).toBe(36);
    expect(freed.every((url) => Number(url.split("/")[1]?.split("_")[0]) < 20)).toBe(true);
  });
});
