/** The ways of each tool that are easily left out: holes through a cut, locked masks, loops by clicks, whole pictures. */
import { describe, expect, it, vi } from "vitest";
import { partArea } from "../../core/geometry";
import type { Mark, Polygon } from "../../core/model";
import { fromPatch } from "../../core/rle";
import { joinChosen } from "../../image/commands";
import type { Picture } from "../../render/surface";
import { KeypointsTool } from "../points";
import { box, pixels, polygon, SCHEMA, TestStage } from "./stage";

const area = (mark: Mark | undefined): number => (mark?.geometry as Polygon).parts.reduce((sum, part) => sum + partArea(part), 0);
/** The boolean operations are a library that is loaded when first used. */
const until = (done: () => boolean): Promise<void> => vi.waitFor(() => { expect(done()).toBe(true); }, { timeout: 20_000 });
const SQUARE = [100, 100, 200, 100, 200, 200, 100, 200];
const solid = (id: string, label: string, x: number, y: number, w: number, h: number, more: Partial<Mark> = {}): Mark => ({ id, label, geometry: fromPatch({ x, y, w, h, data: new Uint8Array(w * h).fill(1) }, [250, 500]), ...more });

describe("shared borders", () => {
  it("Shift follows the neighbour's corners between two places on its border", () => {
    const stage = new TestStage({ marks: [polygon("p", [100, 50, 140, 80, 150, 120, 130, 160, 100, 200])] });
    stage.bench.setTool("polygon");
    stage.click(100, 50);
    stage.click(100, 200, { shift: true });
    stage.click(300, 200);
    stage.bench.tool.complete();
    // The far way round the neighbour is 100 + more; the straight left side is shorter, so nothing lies between.
    expect((stage.last as Polygon).parts[0]?.outer).toEqual([100, 50, 100, 200, 300, 200]);
    stage.click(140, 80);
    stage.click(130, 160, { shift: true });
    stage.click(300, 120);
    stage.bench.tool.complete();
    expect((stage.last as Polygon).parts[0]?.outer).toEqual([140, 80, 150, 120, 130, 160, 300, 120]);
  });
});

describe("holes", () => {
  it("are taken out of the polygon they are drawn in, chosen or not, and are one step", async () => {
    const stage = new TestStage({ marks: [polygon("p", SQUARE)] });
    stage.bench.setTool("hole");
    for (const [x, y] of [[130, 130], [170, 130], [170, 170], [130, 170]] as const) stage.click(x, y);
    stage.bench.tool.complete();
    await until(() => area(stage.mark("p")) === 10_000 - 1600);
    expect((stage.mark("p").geometry as Polygon).parts[0]?.holes).toHaveLength(1);
    stage.bench.store.undo();
    expect(area(stage.mark("p"))).toBe(10_000);
  });
  it("beside every polygon are refused in words", () => {
    const stage = new TestStage({ marks: [polygon("p", SQUARE)] });
    stage.bench.setTool("hole");
    for (const [x, y] of [[10, 10], [50, 10], [50, 50]] as const) stage.click(x, y);
    stage.bench.tool.complete();
    expect(stage.said).toContain("holeNowhere");
  });
});

describe("a cut", () => {
  it("through a hole leaves both halves with their half of it", async () => {
    const stage = new TestStage({ marks: [polygon("p", SQUARE, [[130, 130, 170, 130, 170, 170, 130, 170]])] });
    stage.bench.choose(["p"]);
    stage.bench.setTool("cut");
    stage.click(150, 90);
    stage.click(150, 210);
    await until(() => stage.marks.length === 2);
    // Each half: 50 × 100 without 20 × 40.
    expect(stage.marks.map(area)).toEqual([4200, 4200]);
    await joinChosen(stage.bench);
    expect(area(stage.marks[0])).toBe(8400);
  });
  it("of a suggestion makes the first piece hers and the second a new one", () => {
    const stage = new TestStage({ marks: [{ ...polygon("p", SQUARE), score: 0.9, origin: { by: "model", actor: "seg@1" } }] });
    stage.bench.choose(["p"]);
    stage.bench.setTool("cut");
    stage.click(150, 90);
    stage.click(150, 210);
    const [first, second] = stage.marks as [Mark, Mark];
    expect(first.origin).toMatchObject({ by: "human", edit: "moved", prelabel_of: "p" });
    expect([second.origin, second.score]).toEqual([undefined, undefined]);
  });
});

describe("the lasso", () => {
  const marks = [box("a", 100, 100, 120, 120), box("b", 200, 100, 220, 120), box("c", 400, 100, 420, 120)];
  it("chooses what has its middle in the loop, dragged", () => {
    const stage = new TestStage({ marks });
    stage.bench.setTool("lasso");
    stage.drag([[50, 50], [250, 50], [250, 200], [50, 200]]);
    expect([...stage.bench.selection.ids].sort()).toEqual(["a", "b"]);
  });
  it("or clicked corner by corner, so that nobody has to drag; Shift adds", () => {
    const stage = new TestStage({ marks });
    stage.bench.setTool("lasso");
    for (const [x, y] of [[50, 50], [150, 50], [150, 200], [50, 200]] as const) stage.click(x, y);
    expect(stage.bench.tool.path).toBe("lasso.clicking");
    stage.click(51, 51);
    expect([...stage.bench.selection.ids]).toEqual(["a"]);
    for (const [x, y] of [[350, 50], [450, 50], [450, 200]] as const) stage.click(x, y, { shift: true });
    stage.click(350, 50, { shift: true });
    expect([...stage.bench.selection.ids].sort()).toEqual(["a", "c"]);
  });
});

describe("masks that may not overlap", () => {
  it("take what they need from the others in one step; Ctrl+Z gives it back", () => {
    const stage = new TestStage({ marks: [solid("m", "road", 100, 100, 100, 100)] });
    stage.bench.setTool("fill");
    stage.bench.pickClass("car");
    stage.bench.setTool("fill");
    stage.drag([[150, 100], [250, 100], [250, 200], [150, 200], [150, 100]]);
    expect(pixels(stage.mark("m"))).toBe(5000);
    expect(stage.marks).toHaveLength(2);
    stage.bench.store.undo();
    expect(stage.marks.map(pixels)).toEqual([10_000]);
  });
  it("leave locked ones whole", () => {
    const stage = new TestStage({ marks: [solid("m", "road", 100, 100, 100, 100)] });
    stage.bench.selection.toggleLocked("m");
    stage.bench.setTool("fill");
    stage.drag([[150, 100], [250, 100], [250, 200], [150, 200], [150, 100]]);
    expect([pixels(stage.mark("m")), pixels(stage.marks[1])]).toEqual([10_000, 5000]);
  });
  it("may where the schema allows it", () => {
    const stage = new TestStage({ marks: [solid("m", "road", 100, 100, 100, 100)] }, { ...SCHEMA, overlap: true });
    stage.bench.setTool("fill");
    stage.drag([[150, 100], [250, 100], [250, 200], [150, 200], [150, 100]]);
    expect([pixels(stage.mark("m")), pixels(stage.marks[1])]).toEqual([10_000, 10_000]);
  });
  it("give way where a moved one arrives, and one that is covered goes", () => {
    const stage = new TestStage({ marks: [solid("a", "car", 0, 0, 50, 50), solid("b", "road", 200, 0, 20, 20)] });
    stage.bench.setTool("select");
    stage.drag([[25, 25], [100, 25], [205, 25]]);
    expect(stage.marks.map((m) => [m.id, pixels(m)])).toEqual([["a", 2500]]);
  });
  it("erased to the last pixel are gone, and erasing nothing says what to do", () => {
    const stage = new TestStage({ marks: [solid("a", "car", 100, 100, 10, 10)] });
    stage.bench.setTool("eraser");
    stage.drag([[100, 100], [110, 110]]);
    expect(stage.said).toContain("eraseWhat");
    stage.bench.choose(["a"]);
    stage.bench.options.brush = 30;
    stage.drag([[100, 100], [110, 110]]);
    expect(stage.marks).toEqual([]);
  });
  it("painting on a suggestion makes it hers", () => {
    const stage = new TestStage({ marks: [solid("a", "car", 100, 100, 10, 10, { score: 0.8, origin: { by: "model", actor: "seg@1" } })] });
    stage.bench.choose(["a"]);
    stage.bench.setTool("brush");
    stage.drag([[110, 110], [130, 110]]);
    expect(stage.marks).toHaveLength(1);
    expect(stage.mark("a").origin).toMatchObject({ by: "human", edit: "moved", prelabel_of: "a" });
  });
  it("Alt and a click paint a straight line from where the last stroke ended", () => {
    const stage = new TestStage();
    stage.bench.pickClass("road");
    stage.bench.setTool("brush");
    stage.bench.options.brush = 5;
    stage.click(50, 50);
    stage.click(150, 50, { alt: true });
    // A bar of 100 × 10 with two half discs of radius 5.
    expect(Math.abs(pixels(stage.marks[0]) - (1000 + Math.PI * 25))).toBeLessThan(12);
  });
});

describe("flood fill", () => {
  /** Left half dark, right half light with a step of 20 in the middle of it. */
  const picture = (): Picture => ({
    size: { w: 500, h: 250 }, draw: () => undefined, onReady: () => undefined, setAdjust: () => undefined, close: () => undefined,
    pixels: (rect) => {
      const x0 = Math.max(0, Math.floor(rect.x0)), y0 = Math.max(0, Math.floor(rect.y0)), w = Math.min(500, Math.ceil(rect.x1)) - x0, h = Math.min(250, Math.ceil(rect.y1)) - y0;
      const data = new Uint8ClampedArray(4 * w * h);
      for (let i = 0; i < w * h; i++) { const x = x0 + (i % w); const v = x < 250 ? 20 : x < 375 ? 180 : 200; data.set([v, v, v, 255], 4 * i); }
      return { data: { width: w, height: h, data, colorSpace: "srgb" } as ImageData, x: x0, y: y0, scale: 1 };
    },
  });
  it("takes what is within the tolerance, also beyond the view", () => {
    const stage = new TestStage();
    stage.show(picture());
    stage.bench.pickClass("road");
    stage.bench.setTool("flood");
    stage.bench.options.tolerance = 10;
    stage.bench.setView(stage.bench.viewport().zoomAt(600, 250, 4));
    stage.click(300, 125);
    expect(pixels(stage.marks[0])).toBe(125 * 250);
    stage.bench.choose([]);
    stage.bench.options.tolerance = 30;
    stage.bench.store.undo();
    stage.click(300, 125);
    expect(pixels(stage.marks[0])).toBe(250 * 250);
  });
});

describe("the magnifier", () => {
  const loupes = (stage: TestStage): { x: number; y: number }[] => stage.bench.tool.overlays().flatMap((o) => (o.kind === "loupe" ? [{ x: o.x, y: o.y }] : []));
  it("is there by itself while points are placed: at the hand, after a key at the point itself", () => {
    const stage = new TestStage();
    stage.bench.pickClass("face");
    stage.drag([[100, 50], [150, 100], [200, 150]]);
    expect(loupes(stage)).toEqual([{ x: 100, y: 50 }]);
    stage.bench.tool.move(stage.at(103, 55));
    expect(loupes(stage)).toEqual([{ x: 103, y: 55 }]);
    (stage.bench.tool as KeypointsTool).advance(1);
    expect(loupes(stage)).toEqual([{ x: 200, y: 50 }]);
    stage.bench.options.loupe = false;
    expect(loupes(stage)).toEqual([]);
  });
  it("also point after point without a template, and for loose points", () => {
    const stage = new TestStage();
    stage.bench.pickClass("face");
    stage.bench.options.skeletonBy = "points";
    stage.click(10, 10);
    stage.bench.tool.move(stage.at(40, 12));
    expect(loupes(stage)).toEqual([{ x: 40, y: 12 }]);
    stage.bench.tool.cancel();
    stage.bench.setTool("points");
    stage.bench.tool.move(stage.at(70, 71));
    expect(loupes(stage)).toEqual([{ x: 70, y: 71 }]);
  });
});
