import { describe, expect, it } from "vitest";
import { check, countByClass } from "../checks";
import { emptyDocument, type Document } from "../deltas";
import type { Mark, Schema } from "../model";
import { provenance, touched } from "../provenance";
import { fromPatch } from "../rle";

const schema: Schema = {
  classes: [{ id: "car", names: { zh: "小汽车" }, kinds: ["box"] }, { id: "lamp", max: 1 }],
  attributes: [
    { id: "view", type: "choice", values: ["front", "rear"], classes: ["car"], required: true },
    { id: "hidden", type: "int", min: 0, max: 3 },
    { id: "why", type: "text", when: { view: "rear" }, required: true, classes: ["car"] },
  ],
};
const size = { width: 100, height: 100 };
const car = (id: string, x0 = 10, y0 = 10, x1 = 30, y1 = 30, more: Partial<Mark> = {}): Mark => ({
  id, label: "car", geometry: { kind: "box", x0, y0, x1, y1 }, attrs: { view: "front" }, ...more,
});
const codes = (marks: Mark[], more: Partial<Document> = {}, options = {}): string[] =>
  check({ ...emptyDocument(), marks, ...more }, schema, { ...size, ...options }).map((f) => `${f.level}:${f.code}`);

describe("checks before submit", () => {
  it("lets a right answer through", () => expect(codes([car("a")])).toEqual([]));
  it.each<[string, Mark[], string[]]>([
    ["without class", [{ id: "a", geometry: { kind: "box", x0: 1, y0: 1, x1: 9, y1: 9 } }], ["error:no_class"]],
    ["kind not allowed", [{ ...car("a"), geometry: { kind: "ellipse", cx: 20, cy: 20, rx: 5, ry: 5, angle: 0 } }], ["error:wrong_kind"]],
    ["attribute missing", [car("a", 10, 10, 30, 30, { attrs: {} })], ["error:attribute_missing"]],
    ["attribute asked by another", [car("a", 10, 10, 30, 30, { attrs: { view: "rear" } })], ["error:attribute_missing"]],
    ["number out of bounds", [car("a", 10, 10, 30, 30, { attrs: { view: "front", hidden: 4 } })], ["error:attribute_invalid"]],
    ["tiny", [car("a", 10, 10, 11, 30)], ["error:tiny"]],
    ["outside", [car("a", 200, 10, 230, 30)], ["error:outside"]],
    ["partly outside", [car("a", 80, 10, 130, 30)], ["ask:outside"]],
    ["doubled", [car("a"), car("b", 10.2, 10, 30, 30)], ["ask:doubled"]],
    ["too many", [{ id: "l", label: "lamp", geometry: { kind: "box", x0: 1, y0: 1, x1: 9, y1: 9 } }, { id: "k", label: "lamp", geometry: { kind: "box", x0: 51, y0: 1, x1: 59, y1: 9 } }], ["error:too_many"]],
    ["suggestion undecided", [car("a"), car("b", 50, 50, 70, 70, { score: 0.8, origin: { by: "model" } })], ["error:undecided"]],
  ])("%s", (_, marks, expected) => expect(codes(marks)).toEqual(expected));
  it("points at the pixels that two masks share, where none may cover another", () => {
    const mask = (id: string, x: number): Mark => ({ id, label: "lamp2", geometry: fromPatch({ x, y: 10, w: 20, h: 10, data: new Uint8Array(200).fill(1) }, [100, 100]) });
    const own: Schema = { classes: [{ id: "lamp2", kinds: ["mask"] }] };
    const found = (marks: Mark[], overlap = false): unknown[] => check({ ...emptyDocument(), marks }, { ...own, overlap }, size).map(({ code, level, mark, other, place }) => ({ code, level, mark, other, place }));
    expect(found([mask("a", 10), mask("b", 25), mask("c", 60)])).toEqual([{ code: "overlapping", level: "ask", mark: "b", other: "a", place: { x0: 25, y0: 10, x1: 30, y1: 20 } }]);
    expect(found([mask("a", 10), mask("b", 30)])).toEqual([]);
    expect(found([mask("a", 10), mask("b", 25)], true)).toEqual([]);
  });
  it("asks for an empty picture to be said on purpose", () => {
    expect(codes([])).toEqual(["ask:empty"]);
    expect(codes([], {}, { emptyOnPurpose: true })).toEqual([]);
  });
  it("points at the place", () => {
    const [finding] = check({ ...emptyDocument(), marks: [car("a", 80, 10, 130, 30)] }, schema, size);
    expect(finding).toMatchObject({ mark: "a", values: { px: 30 }, place: { x0: 80, x1: 130 } });
  });
  it("counts by class", () => expect([...countByClass([car("a"), car("b"), { id: "c" }])]).toEqual([["car", 2], ["", 1]]));
});

describe("provenance", () => {
  const pre = (id: string): Mark => ({ ...car(id), score: 0.9, origin: { by: "model", actor: "det@3" } });
  it("knows accepted, moved, relabelled, deleted and added", () => {
    const prelabels = ["a", "b", "c", "d"].map(pre);
    const done = (mark: Mark, edit: "accepted" | "moved" | "relabelled"): Mark => ({ ...mark, origin: touched(mark, edit) });
    const marks = [done(pre("a"), "accepted"), done(pre("b"), "moved"), done(pre("c"), "relabelled"), car("new")];
    expect(provenance(prelabels, { ...emptyDocument(), marks })).toEqual({
      counts: { accepted: 1, moved: 1, relabelled: 1, deleted: 1, added: 1 }, deleted: ["d"],
    });
  });
  it("a suggestion relabelled and then moved counts as moved, not the other way round", () => {
    const once = { ...pre("a"), origin: touched(pre("a"), "relabelled") };
    const twice = { ...once, origin: touched(once, "moved") };
    expect(twice.origin).toMatchObject({ by: "human", edit: "moved", prelabel_of: "a", model: "det@3" });
    expect(touched(twice, "relabelled")).toBeNull();
  });
});
