import { describe, expect, it } from "vitest";
import type { Mark } from "../../api/generated/marks";
import { changedFields, firstLook, likeness, type Revision } from "./task";

const answer = (id: string, slot: string, at: string, revision = 1): Revision => ({
  id, slot, at, name: "", state: "accepted", mode: "work", revision, guideline_version: 1, schema_version: 1, late: false, active_ms: 0, marks: [], item_attrs: {}, reviews: [],
});

describe("a look at a task", () => {
  it.each([
    ["nothing handed in", [], { shown: null, against: null }],
    ["one answer", [answer("a", "1", "2026-01-01")], { shown: "a", against: null }],
    ["a correction over what was corrected", [answer("a", "1", "2026-01-01"), answer("b", "1", "2026-01-02", 2)], { shown: "b", against: "a" }],
    ["the newest of several people", [answer("a", "1", "2026-01-03"), answer("b", "2", "2026-01-02")], { shown: "a", against: null }],
    ["the last but one of three", [answer("a", "1", "2026-01-01"), answer("c", "1", "2026-01-03", 3), answer("b", "1", "2026-01-02", 2)], { shown: "c", against: "b" }],
    ["a late answer, which was made out of no other", [answer("a", "1", "2026-01-01"), answer("late", "1", "2026-01-02")], { shown: "late", against: null }],
  ])("begins with %s", (_name, answers, expected) => {
    expect(firstLook(answers)).toEqual(expected);
  });

  it("says in words what of a mark was changed", () => {
    const box = (x0: number, more: Partial<Mark> = {}): Mark => ({ id: "m", label: "car", geometry: { kind: "box", x0, y0: 0, x1: 9, y1: 9 }, ...more }) as Mark;
    expect(changedFields(box(1), box(1))).toEqual([]);
    expect(changedFields(box(1), box(2, { label: "bus" })).sort()).toEqual(["geometry", "label"]);
    expect(changedFields(box(1), box(1, { attrs: { hidden: "some" }, flags: ["occluded"] })).sort()).toEqual(["attrs", "other"]);
  });

  it("pairs the marks of two people by where they lie", () => {
    const box = (id: string, label: string, x0: number, x1: number): Mark => ({ id, label, geometry: { kind: "box", x0, y0: 0, x1, y1: 10 } }) as Mark;
    const extent = (mark: Mark) => mark.geometry as unknown as { x0: number; y0: number; x1: number; y1: number };
    const before = [box("m1", "car", 0, 100), box("m2", "bus", 200, 300), box("m3", "car", 400, 500)];
    // The first is the same within two pixels, under another id; the second has another class; a third is new, one is missing.
    const after = [box("m2", "car", 2, 100), box("m1", "truck", 200, 300), box("m3", "car", 700, 800)];
    const found = likeness(before, after, extent);
    expect(found.changed.map((pair) => [pair.before.id, pair.after.id])).toEqual([["m2", "m1"]]);
    expect([found.added.map((m) => m.id), found.removed.map((m) => m.id)]).toEqual([["m3"], ["m3"]]);
    expect(likeness(before, [box("x", "car", 30, 100)], extent).changed.map((pair) => pair.before.id)).toEqual(["m1"]);
  });
});
