import { describe, expect, it } from "vitest";
import type * as generated from "../../../api/generated/marks";
import { attributesFor, classStyle, CLASS_COLOURS, nameOf, type Geometry, type Mark, type Relation, type Schema } from "../model";

// The compiler proves that what the bench makes is what the Python structs accept (`npm run generate` writes them).
const asMark = (mark: Mark): generated.Mark => mark;
const asRelation = (relation: Relation): generated.Relation => relation;
const asGeometry = (g: Geometry): NonNullable<generated.Mark["geometry"]> => g;

describe("the label model", () => {
  it("hands marks over as they are", () => {
    const mark: Mark = { id: "a", geometry: { kind: "box", x0: 0, y0: 0, x1: 1, y1: 1 } };
    expect(asMark(mark)).toBe(mark);
    expect(asGeometry(mark.geometry as Geometry).kind).toBe("box");
    expect(asRelation({ id: "r", type: "on", source: "a", target: "b" }).type).toBe("on");
  });
  it("gives every class its own look: twelve colours, then patterns", () => {
    const schema: Schema = { classes: Array.from({ length: 48 }, (_, i) => ({ id: `c${i}` })) };
    const looks = new Set(Array.from({ length: 48 }, (_, i) => JSON.stringify(classStyle(schema, i))));
    expect(looks.size).toBe(48);
    expect(classStyle(schema, 12)).toEqual({ colour: CLASS_COLOURS[0], pattern: "dash" });
  });
  it("speaks the reader's language and falls back to what there is", () => {
    const thing = { id: "car", name: "Car", names: { zh: "小汽车" } };
    expect([nameOf(thing, "zh-CN"), nameOf(thing, "en"), nameOf({ id: "x" }, "en")]).toEqual(["小汽车", "Car", "x"]);
  });
  it("shows attributes only for their classes and while their condition holds", () => {
    const schema: Schema = { attributes: [{ id: "a", type: "bool" }, { id: "b", type: "text", classes: ["car"], when: { a: true } }, { id: "w", type: "bool", scope: "item" }] };
    const ids = (label: string, attrs = {}): string[] => attributesFor(schema, label, attrs).map((x) => x.id);
    expect([ids("car"), ids("car", { a: true }), ids("bus", { a: true })]).toEqual([["a"], ["a", "b"], ["a"]]);
  });
});
