import { beforeEach, describe, expect, it } from "vitest";
import { ringArea } from "../../core/geometry";
import type { Geometry, Mark, Schema } from "../../core/model";
import { maskArea } from "../../core/rle";
import type { Size, Viewport } from "../../core/viewport";
import { ImageBench } from "../../image/bench";
import { joinChosen, mirrorChosen, nudge, stack, turnBy } from "../../image/commands";
import { difference } from "../../image/compare";
import { copies } from "../../image/copying";
import { chipsFor } from "../../image/chips";
import { toolsFor } from "../../image/toolbox";
import type { Renderer } from "../../render/surface";
import { RulerTool, realLength } from "../edit";
import { dragHandle, handlesOf, insertVertex, removeVertex, sideAt } from "../handles";
import { withoutDoubles } from "../path";
import { splitRing } from "../polygons";
import { follow } from "../snap";
import type { HelpClient, Point } from "../tool";
import { cuboidOf, fromSide } from "../turned";

/** A renderer that draws nothing: tools and bench are tested without a screen. */
const blind = (): Renderer => ({
  stats: { frames: 0, lastPaintMs: 0, lastFrameMs: 0, sharp: true }, mount: () => undefined, setScene: () => undefined, setPicture: () => undefined, setViewport: (_: Viewport) => undefined,
  setLive: () => undefined, setHelps: () => undefined, setPointer: () => undefined, lift: () => undefined, invalidate: () => undefined, refresh: () => undefined, destroy: () => undefined,
});

const schema: Schema = {
  classes: [{ id: "car", kinds: ["box", "polygon", "mask"] }, { id: "any" }, { id: "face", kinds: ["keypoints"], skeleton: "s" }, { id: "wet", kinds: ["none"] }],
  skeletons: [{ id: "s", names: ["l", "r", "n"], edges: [[0, 1]], flip: [[0, 1]], template: [0, 0, 1, 0, 0.5, 1] }],
  relations: [{ id: "on", sources: ["car"] }],
};

let bench: ImageBench;
beforeEach(() => {
  bench = new ImageBench(blind(), { outline: async () => null, wire: async () => null, superpixels: async () => null, cancel: () => undefined } as HelpClient, { ask: async () => null, changed: () => undefined });
  bench.setViewSize({ w: 1000, h: 500 } as Size);
  // Twice as large on screen as in the picture: 500 x 250.
  bench.open({ schema, size: { w: 500, h: 250 }, base: { marks: [], relations: [], item_attrs: {} }, settings: { language: "en", minSize: 3, palette: undefined, readOnly: false } });
});

/** A point at picture (x, y), the view being fitted. */
const at = (x: number, y: number, keys: Partial<Point> = {}): Point => ({ x, y, sx: x * 2, sy: y * 2, ...keys });
const click = (x: number, y: number, keys: Partial<Point> = {}): void => { bench.tool.move(at(x, y, keys)); bench.tool.down(at(x, y, keys)); bench.tool.up(at(x, y, keys)); };
const drag = (a: [number, number], b: [number, number], keys: Partial<Point> = {}): void => {
  bench.tool.down(at(...a, keys));
  bench.tool.move(at((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, keys));
  bench.tool.move(at(...b, keys));
  bench.tool.up(at(...b, keys));
};
const marks = (): Mark[] => bench.store.document.marks;
const last = (): Geometry => marks().at(-1)?.geometry as Geometry;
const path = (): string => bench.tool.path;

describe("the box tool", () => {
  it("draws by dragging; pointing and dragging are different states", () => {
    bench.tool.down(at(10, 10));
    expect(path()).toBe("box.pointing");
    bench.tool.move(at(11, 11));
    expect(path()).toBe("box.pointing");
    bench.tool.move(at(30, 40));
    expect(path()).toBe("box.dragging");
    bench.tool.up(at(50, 60));
    expect(last()).toEqual({ kind: "box", x0: 10, y0: 10, x1: 50, y1: 60 });
    expect(marks()[0]?.label).toBe("car");
  });
  it("draws by two clicks, in any direction", () => {
    click(50, 60);
    expect(path()).toBe("box.second_corner");
    click(10, 10);
    expect(last()).toEqual({ kind: "box", x0: 10, y0: 10, x1: 50, y1: 60 });
  });
  it("draws from four extreme points; Backspace takes one back", () => {
    bench.options.boxBy = "extreme";
    click(10, 30); click(90, 90); bench.tool.back(); click(30, 5); click(70, 33); click(40, 80);
    expect(last()).toEqual({ kind: "box", x0: 10, y0: 5, x1: 70, y1: 80 });
  });
  it("gives up on Esc, and a speck is no box", () => {
    bench.tool.down(at(10, 10)); bench.tool.move(at(90, 90));
    expect(bench.tool.cancel()).toBe(true);
    bench.tool.up(at(90, 90));
    expect(marks()).toEqual([]);
    expect(path()).toBe("box.idle");
  });
  it("stays inside the picture", () => {
    drag([400, 200], [600, 300]);
    expect(last()).toMatchObject({ x1: 500, y1: 250 });
  });
  it("resizes the chosen box by its handle without changing the tool, and draws inside another box", () => {
    drag([10, 10], [110, 110]);
    drag([110, 110], [120, 130]);
    expect(marks()).toHaveLength(1);
    expect(last()).toEqual({ kind: "box", x0: 10, y0: 10, x1: 120, y1: 130 });
    drag([30, 30], [50, 50]);
    expect(marks()).toHaveLength(2);
  });
});

describe("selecting", () => {
  beforeEach(() => { drag([10, 10], [60, 60]); drag([100, 100], [160, 160]); bench.setTool("select"); bench.choose([]); });
  it("moves by dragging, as one undo step, and keeps marks inside", () => {
    drag([30, 30], [0, 40]);
    expect(marks()[0]?.geometry).toEqual({ kind: "box", x0: 0, y0: 20, x1: 50, y1: 70 });
    bench.store.undo();
    expect(marks()[0]?.geometry).toMatchObject({ x0: 10 });
  });
  it("chooses several with a rectangle, adds with Shift, clears on empty ground", () => {
    drag([1, 1], [170, 170]);
    expect(bench.selection.size).toBe(2);
    click(130, 130, { shift: true });
    expect(bench.selection.size).toBe(1);
    click(300, 200);
    expect(bench.selection.size).toBe(0);
  });
  it("leaves locked marks alone", () => {
    bench.selection.toggleLocked(marks()[0]?.id ?? "");
    drag([30, 30], [80, 80]);
    expect(marks()[0]?.geometry).toMatchObject({ x0: 10 });
  });
  it("changes the class of what is chosen on purpose; of what was just drawn not", () => {
    click(30, 30);
    bench.pickClass("any");
    expect(marks()[0]?.label).toBe("any");
    bench.setTool("box");
    drag([200, 100], [220, 120]);
    bench.pickClass("car");
    expect(marks().at(-1)?.label).toBe("any");
    expect(bench.label()).toBe("car");
  });
});

describe("polygons", () => {
  const square = (x: number, y: number, side: number): void => { bench.setTool("polygon"); click(x, y); click(x + side, y); click(x + side, y + side); click(x, y + side); bench.tool.complete(); };
  it("closes on the first point, on Enter and after Backspace", () => {
    bench.setTool("polygon");
    click(10, 10); click(100, 10); click(200, 200); bench.tool.back(); click(100, 100); click(10, 10);
    expect(last()).toEqual({ kind: "polygon", parts: [{ outer: [10, 10, 100, 10, 100, 100] }] });
  });
  it("neighbours share their border exactly by snapping", () => {
    square(100, 100, 50);
    bench.setTool("polygon");
    click(151, 99); click(200, 100); click(200, 150); click(149, 151); bench.tool.complete();
    expect((last() as { parts: { outer: number[] }[] }).parts[0]?.outer).toEqual([150, 100, 200, 100, 200, 150, 150, 150]);
  });
  it("are cut in two that keep the area, and joined again", async () => {
    square(100, 100, 60);
    bench.setTool("cut");
    click(130, 90); click(130, 170);
    expect(marks().map((m) => Math.abs(ringArea((m.geometry as { parts: { outer: number[] }[] }).parts[0]?.outer ?? [])))).toEqual([1800, 1800]);
    await joinChosen(bench);
    expect(marks()).toHaveLength(1);
    expect(Math.abs(ringArea((last() as { parts: { outer: number[] }[] }).parts[0]?.outer ?? []))).toBe(3600);
  });
  it("insert and remove vertices; a ring keeps three points", () => {
    const g: Geometry = { kind: "polygon", parts: [{ outer: [0, 0, 10, 0, 10, 10] }] };
    const more = insertVertex(g, { part: 0, hole: -1, index: 0 }, 5, 0);
    expect((more as { parts: { outer: number[] }[] }).parts[0]?.outer).toEqual([0, 0, 5, 0, 10, 0, 10, 10]);
    expect(removeVertex(more, { part: 0, hole: -1, index: 1 })).toEqual(g);
    expect(removeVertex(g, { part: 0, hole: -1, index: 0 })).toBeNull();
  });
  it("split along a bent line share every vertex of the cut", () => {
    const [a, b] = splitRing([0, 0, 10, 0, 10, 10, 0, 10], [5, -1, 5, 5, 7, 5, 7, 11]) as [number[], number[]];
    expect(Math.abs(ringArea(a)) + Math.abs(ringArea(b))).toBeCloseTo(100);
    expect(splitRing([0, 0, 10, 0, 10, 10, 0, 10], [5, -1, 5, 5])).toBeNull();
  });
  it("follow a shared border the shorter way", () => {
    const ring = [0, 0, 10, 0, 10, 10, 0, 10];
    expect(follow({ x: 0, y: 0, ring, closed: true, index: 0, vertex: true }, { x: 10, y: 10, ring, closed: true, index: 2, vertex: true })).toEqual([10, 0]);
    expect(follow({ x: 5, y: 0, ring, closed: true, index: 0, vertex: false }, { x: 10, y: 5, ring, closed: true, index: 1, vertex: false })).toEqual([10, 0]);
  });
  it("drop points that stand on each other", () => expect(withoutDoubles([0, 0, 0, 0, 5, 0, 5, 5, 0, 0], true)).toEqual([0, 0, 5, 0, 5, 5]));
});

describe("masks", () => {
  it("are painted, erased, and do not overlap", () => {
    bench.setTool("brush");
    bench.options.brush = 10;
    drag([100, 100], [150, 100]);
    const first = maskArea(last() as Extract<Geometry, { kind: "mask" }>);
    // A bar of 50 x 20 with two half discs of radius 10.
    expect(Math.abs(first - (1000 + Math.PI * 100))).toBeLessThan(25);
    bench.choose([]);
    drag([140, 100], [200, 100]);
    const [a, b] = marks().map((m) => maskArea(m.geometry as Extract<Geometry, { kind: "mask" }>)) as [number, number];
    expect(a).toBeLessThan(first);
    expect(a + b).toBeLessThan(2000 + 2 * Math.PI * 100);
    drag([190, 100], [190, 100.5], { shift: true });
    expect(maskArea(last() as Extract<Geometry, { kind: "mask" }>)).toBeLessThan(b);
  });
});

describe("turned shapes", () => {
  it("a rotated box from one side and the width", () => {
    const g = fromSide({ x: 0, y: 0 }, { x: 10, y: 10 }, { x: 0, y: 10 });
    expect(g.angle).toBeCloseTo(Math.PI / 4);
    expect([g.w, g.h]).toEqual([Math.hypot(10, 10), expect.closeTo(Math.hypot(5, 5))]);
    expect([g.cx, g.cy]).toEqual([expect.closeTo(2.5), expect.closeTo(7.5)]);
  });
  it("dragging a side of a turned box leaves the opposite side where it is", () => {
    const g: Geometry = { kind: "obox", cx: 0, cy: 0, w: 20, h: 10, angle: Math.PI / 2 };
    const right = handlesOf(g, 10).find((h) => h.u === 1 && h.v === 0);
    const out = dragHandle(g, right as NonNullable<typeof right>, 0, 20) as Extract<Geometry, { kind: "obox" }>;
    expect([out.w, out.cy]).toEqual([expect.closeTo(30), expect.closeTo(5)]);
  });
  it("turning keeps the nearest turn and Shift makes steps of 15 degrees", () => {
    const g: Geometry = { kind: "obox", cx: 0, cy: 0, w: 20, h: 10, angle: 2 * Math.PI };
    expect((dragHandle(g, { kind: "rotate", x: 0, y: -20 }, 3, -20) as { angle: number }).angle).toBeCloseTo(2 * Math.PI + Math.atan2(3, 20));
    expect((dragHandle(g, { kind: "rotate", x: 0, y: -20 }, 3, -20, { shift: true }) as { angle: number }).angle).toBeCloseTo(2 * Math.PI + Math.PI / 12);
  });
  it("a cuboid's far face ends where it was clicked", () => {
    expect(cuboidOf({ x: 0, y: 0 }, { x: 10, y: 10 }, { x: 16, y: 6 }).back).toEqual([8, -2, 16, -2, 16, 6, 8, 6]);
  });
});

describe("skeletons", () => {
  it("are placed from the template, corrected point by point and mirrored", () => {
    bench.pickClass("face");
    drag([100, 100], [200, 200]);
    expect(last()).toMatchObject({ kind: "keypoints", xy: [100, 100, 200, 100, 150, 200], v: [2, 2, 2] });
    click(110, 104);
    click(190, 103, { shift: true });
    expect(last()).toMatchObject({ xy: [110, 104, 190, 103, 150, 200], v: [2, 1, 2] });
    mirrorChosen(bench, false);
    // Mirrored about x = 150, names exchanged: the left point stays left.
    expect(last()).toMatchObject({ xy: [110, 103, 190, 104, 150, 200], v: [1, 2, 2] });
  });
});

describe("classes and commands", () => {
  it("tags are said and taken back by their key", () => {
    bench.pickClass("wet");
    expect(marks()).toMatchObject([{ label: "wet", geometry: { kind: "none" } }]);
    bench.pickClass("wet");
    expect(marks()).toEqual([]);
  });
  it("nudges, turns and stacks", () => {
    drag([10, 10], [60, 60]);
    nudge(bench, 0, -100);
    expect(last()).toMatchObject({ y0: 0 });
    stack(bench, "top");
    expect(marks()[0]?.z).toBe(1);
    turnBy(bench, 15);
    expect(last().kind).toBe("box");
  });
  it("copies lose score and origin and keep groups together", () => {
    const { marks: made } = copies({ marks: [{ id: "a", group: "g", score: 0.5, origin: { by: "model" } }, { id: "b", group: "g" }], relations: [] }, 0);
    expect(made.map((m) => [m.score, m.origin])).toEqual([[undefined, undefined], [undefined, undefined]]);
    expect(made[0]?.group).toBe(made[1]?.group);
    expect(made[0]?.group).not.toBe("g");
  });
  it("a tree of classes shows one level at a time", () => {
    const tree: Schema = { classes: [{ id: "face", abstract: true }, { id: "happy", parent: "face" }, { id: "sad", parent: "face" }, { id: "other" }] };
    const show = (branch: string | null): string[] => chipsFor(tree, branch, new Set(), "en", undefined, null, true, ["yes", "no"]).map((c) => `${c.key}:${c.id}`);
    expect(show(null)).toEqual(["Digit1:face", "Digit2:other"]);
    expect(show("face")).toEqual(["Digit1:happy", "Digit2:sad"]);
  });
  it("a schema gets only its own tools", () => {
    expect(toolsFor({ classes: [{ id: "a", kinds: ["box"] }] }).map((r) => r.id)).toEqual(["select", "box", "lasso", "ruler"]);
  });
  it("tells what changed between two answers", () => {
    const a: Mark = { id: "a", label: "x", geometry: { kind: "box", x0: 0, y0: 0, x1: 1, y1: 1 } };
    const diff = difference([a, { id: "b" }], [{ ...a, label: "y" }, { id: "c" }]);
    expect([diff.added.map((m) => m.id), diff.removed.map((m) => m.id), diff.changed.map((c) => c.after.id)]).toEqual([["c"], ["b"], ["a"]]);
  });
});

describe("the sides of a box", () => {
  const g: Geometry = { kind: "box", x0: 100, y0: 50, x1: 200, y1: 150 };
  it("are taken anywhere along them, as their middle handle", () => {
    expect(sideAt(g, 101, 75, 2.5)).toMatchObject({ kind: "edge", u: -1, v: 0 });
    expect(sideAt(g, 180, 151, 2.5)).toMatchObject({ u: 0, v: 1 });
    expect(sideAt(g, 110, 75, 2.5)).toBeNull();
    expect(sideAt(g, 101, 160, 2.5)).toBeNull();
    // Turned by a quarter: what was the top side stands on the right.
    expect(sideAt({ kind: "obox", cx: 50, cy: 50, w: 60, h: 40, angle: Math.PI / 2 }, 70, 60, 2.5)).toMatchObject({ u: 0, v: -1 });
    expect(sideAt({ kind: "box", x0: 0, y0: 0, x1: 12, y1: 12 }, 0, 4, 2.5)).toBeNull();
  });
  it("move in a drawing tool once the box is chosen on purpose; beside a box just drawn the next one begins", () => {
    drag([100, 50], [200, 150]);
    drag([101, 75], [60, 120]);
    expect(marks()).toHaveLength(2);
    bench.choose([marks()[0]?.id ?? ""]);
    drag([100, 75], [90, 75]);
    expect(marks()).toHaveLength(2);
    expect(marks()[0]?.geometry).toEqual({ kind: "box", x0: 90, y0: 50, x1: 200, y1: 150 });
  });
});

describe("the ruler", () => {
  const texts = (): string[] => bench.tool.overlays().flatMap((o) => (o.kind === "text" ? [o.text] : []));
  it("measures in pixels, and in real size where the picture says how wide a pixel is", () => {
    bench.setTool("ruler");
    expect(bench.tool).toBeInstanceOf(RulerTool);
    drag([10, 10], [40, 50]); // 3-4-5
    expect(texts()).toEqual(["50.0 px · 30×40"]);
    bench.settings = { ...bench.settings, pixelMm: 0.5 };
    expect(texts()).toEqual(["50.0 px · 25 mm · 30×40"]);
  });
  it("speaks in the unit people would use", () => {
    expect([0.1234, 25, 999.4, 1000, 123456].map(realLength)).toEqual(["0.123 mm", "25 mm", "999 mm", "1 m", "123 m"]);
  });
});

describe("placing the points of a template", () => {
  it("a click near another point places the one at hand; a drag moves the other", () => {
    bench.pickClass("face");
    drag([100, 50], [200, 150]); // l (100, 50), r (200, 50), n (150, 150)
    click(199, 51); // l belongs right beside r
    expect(last()).toMatchObject({ xy: [199, 51, 200, 50, 150, 150] });
    drag([150, 150], [140, 120]); // n, taken before its turn
    expect(last()).toMatchObject({ xy: [199, 51, 200, 50, 140, 120] });
    click(210, 60); // r, whose turn it is
    expect(last()).toMatchObject({ xy: [199, 51, 210, 60, 140, 120] });
  });
});
