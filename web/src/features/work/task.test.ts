import { describe, expect, it } from "vitest";
import type { Mark } from "../../api/generated/marks";
import { changedFields, firstLook, type Revision } from "./task";

const answer = (id: string, slot: string, at: string): Revision => ({
  id, slot, at, name: "", state: "accepted", mode: "work", revision: 1, guideline_version: 1, schema_version: 1, late: false, active_ms: 0, marks: [], item_attrs: {}, reviews: [],
});

describe("a look at a task", () => {
  it.each([
    ["nothing handed in", [], { shown: null, against: null }],
    ["one answer", [answer("a", "1", "2026-01-01")], { shown: "a", against: null }],
    ["a correction over what was corrected", [answer("a", "1", "2026-01-01"), answer("b", "1", "2026-01-02")], { shown: "b", against: "a" }],
    ["the newest of several people", [answer("a", "1", "2026-01-03"), answer("b", "2", "2026-01-02")], { shown: "a", against: null }],
    ["the last but one of three", [answer("a", "1", "2026-01-01"), answer("c", "1", "2026-01-03"), answer("b", "1", "2026-01-02")], { shown: "c", against: "b" }],
  ])("begins with %s", (_name, answers, expected) => {
    expect(firstLook(answers)).toEqual(expected);
  });

  it("says in words what of a mark was changed", () => {
    const box = (x0: number, more: Partial<Mark> = {}): Mark => ({ id: "m", label: "car", geometry: { kind: "box", x0, y0: 0, x1: 9, y1: 9 }, ...more }) as Mark;
    expect(changedFields(box(1), box(1))).toEqual([]);
    expect(changedFields(box(1), box(2, { label: "bus" })).sort()).toEqual(["geometry", "label"]);
    expect(changedFields(box(1), box(1, { attrs: { hidden: "some" }, flags: ["occluded"] })).sort()).toEqual(["attrs", "other"]);
  });
});
