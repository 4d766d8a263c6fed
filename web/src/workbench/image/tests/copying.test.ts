import { describe, expect, it } from "vitest";
import type { Mark } from "../../core/model";
import { fromPatch, maskBounds } from "../../core/rle";
import { box, pixels, SCHEMA, TestStage } from "../../tools/tests/stage";
import { copiedFrom } from "../copied";
import { copy, copyFromPrevious, duplicate, paste, repeatLast } from "../copying";

const patch = (x: number, y: number, w: number, h: number): Parameters<typeof fromPatch>[0] => ({ x, y, w, h, data: new Uint8Array(w * h).fill(1) });

describe("marks of the picture before", () => {
  it("come to the same places with their relations, under new ids", () => {
    const stage = new TestStage();
    const marks = [box("a", 10, 10, 50, 50, { attrs: { view: "rear" } }), box("b", 100, 10, 150, 50)];
    stage.bench.previous = { marks, relations: [{ id: "r", type: "on", source: "a", target: "b" }] };
    copyFromPrevious(stage.bench);
    expect(stage.marks.map((m) => m.geometry)).toEqual(marks.map((m) => m.geometry));
    expect(stage.marks[0]?.attrs).toEqual({ view: "rear" });
    const [a, b] = stage.marks.map((m) => m.id);
    expect(new Set([a, b, "a", "b"]).size).toBe(4);
    expect(stage.bench.store.document.relations).toMatchObject([{ type: "on", source: a, target: b }]);
    stage.bench.store.undo();
    expect(stage.marks).toEqual([]);
  });
  it("fit a smaller picture of another project: unknown classes stay away, boxes and masks end at the border", () => {
    const stage = new TestStage({}, { classes: [{ id: "car" }] }, { w: 200, h: 100 });
    const mask: Mark = { id: "m", label: "car", geometry: fromPatch(patch(150, 50, 100, 100), [250, 500]) };
    stage.bench.previous = { marks: [box("in", 10, 10, 50, 50, { attrs: { view: "rear" } }), box("over", 150, 50, 300, 150), box("out", 300, 10, 350, 50), { ...box("other", 1, 1, 9, 9), label: "boat" }, mask], relations: [] };
    copyFromPrevious(stage.bench);
    expect(stage.marks.slice(0, 2).map((m) => m.geometry)).toEqual([{ kind: "box", x0: 10, y0: 10, x1: 50, y1: 50 }, { kind: "box", x0: 150, y0: 50, x1: 200, y1: 100 }]);
    expect(stage.marks[0]?.attrs).toBeUndefined();
    expect(stage.marks).toHaveLength(3);
    expect(stage.last).toMatchObject({ kind: "mask", size: [100, 200] });
    expect(maskBounds(stage.last as Extract<Mark["geometry"], { kind: "mask" }>)).toEqual({ x0: 150, y0: 50, x1: 200, y1: 100 });
  });
});

describe("repeating", () => {
  it("draws the last one again at the pointer, and on a fresh picture the last of the one before", () => {
    const stage = new TestStage();
    repeatLast(stage.bench);
    expect(stage.said).toEqual(["nothingToRepeat"]);
    stage.bench.previous = { marks: [box("a", 10, 10, 50, 30)], relations: [] };
    stage.bench.pointer = { x: 100, y: 100 };
    repeatLast(stage.bench);
    expect(stage.last).toEqual({ kind: "box", x0: 80, y0: 90, x1: 120, y1: 110 });
    stage.bench.pointer = { x: 499, y: 249 };
    repeatLast(stage.bench);
    expect(stage.last).toEqual({ kind: "box", x0: 460, y0: 230, x1: 500, y1: 250 });
    expect(stage.marks).toHaveLength(2);
  });
});

describe("pasting", () => {
  it("masks gives way to what is there", () => {
    const stage = new TestStage({ marks: [{ id: "m", label: "car", geometry: fromPatch(patch(100, 100, 20, 20), [250, 500]) }] });
    stage.bench.choose(["m"]);
    duplicate(stage.bench);
    // Moved by 10 screen pixels, 5 of the picture: what the old one covers stays the old one's.
    expect(stage.marks.map(pixels)).toEqual([400, 400 - 15 * 15]);
  });
  it("keeps relations inside what was copied", () => {
    const stage = new TestStage({ marks: [box("a", 10, 10, 50, 50), box("b", 100, 10, 150, 50)], relations: [{ id: "r", type: "on", source: "a", target: "b" }] }, SCHEMA);
    stage.bench.choose(["a"]);
    copy(stage.bench);
    expect(stage.bench.clipboard.relations).toEqual([]);
    stage.bench.choose(["a", "b"]);
    copy(stage.bench);
    paste(stage.bench);
    expect(stage.bench.store.document.relations).toHaveLength(2);
    expect(copiedFrom(stage.bench.store.document, stage.marks).relations).toHaveLength(2);
  });
});
