import { describe, expect, it } from "vitest";
import type { Schema as BenchSchema } from "../../../workbench/core/model";
import { levelOf } from "../../../workbench/image/chips";
import {
  addClass, benchLevels, branch, changeClass, classRows, freshId, indentClass, moveClass, nameOf, problemsOf, removeAttribute, removeClass, withName, type Schema,
} from "./model";

const vehicles: Schema = {
  classes: [
    { id: "vehicle", name: "Vehicle", abstract: true },
    { id: "person", name: "Person", kinds: ["box"] },
    { id: "car", name: "Car", parent: "vehicle", kinds: ["box"] },
    { id: "taxi", name: "Taxi", parent: "car", kinds: ["box"] },
    { id: "bus", name: "Bus", parent: "vehicle", kinds: ["box"] },
  ],
  attributes: [
    { id: "doors", name: "Doors", type: "int", classes: ["car", "taxi"] },
    { id: "dark", name: "Dark", type: "bool" },
    { id: "lamps", name: "Lamps", type: "bool", when: { dark: true } },
  ],
  relations: [{ id: "rides", name: "rides", sources: ["person"], targets: ["car"] }],
};

const ids = (schema: Schema) => classRows(schema).map(({ cls, depth }) => `${"-".repeat(depth)}${cls.id}`);

describe("the class tree", () => {
  it("lists parents before children, siblings in order", () => {
    expect(ids(vehicles)).toEqual(["vehicle", "-car", "--taxi", "-bus", "person"]);
  });
  it("knows a whole branch", () => {
    expect([...branch(vehicles, "car")].sort()).toEqual(["car", "taxi"]);
  });
  it.each([["a tree", vehicles], ["a flat list", { classes: [{ id: "a" }, { id: "b", abstract: true }, { id: "c" }] }]] as [string, Schema][])("shows %s in the levels of the bench", (_name, schema) => {
    const parents = [...new Set((schema.classes ?? []).map((c) => c.parent ?? null))];
    expect(benchLevels(schema).map((level) => level.map((c) => c.id))).toEqual(parents.map((parent) => levelOf(schema as unknown as BenchSchema, parent).map((c) => c.id)));
  });
  it("does not loop when a file names a class its own ancestor", () => {
    const looped: Schema = { classes: [{ id: "a", parent: "b" }, { id: "b", parent: "a" }, { id: "c" }] };
    expect(ids(looped)).toEqual(["c"]);
  });
  it("moves among siblings only", () => {
    expect(ids(moveClass(vehicles, "bus", -1))).toEqual(["vehicle", "-bus", "-car", "--taxi", "person"]);
    expect(moveClass(vehicles, "taxi", -1)).toBe(vehicles);
  });
  it("indents below the sibling above and comes out again", () => {
    const deeper = indentClass(vehicles, "bus", "in");
    expect(ids(deeper)).toEqual(["vehicle", "-car", "--taxi", "--bus", "person"]);
    expect(ids(indentClass(deeper, "bus", "out"))).toEqual(ids(vehicles));
  });
  it("drops attributes and arrows that were only for the removed branch", () => {
    const rest = removeClass(vehicles, "car");
    expect(ids(rest)).toEqual(["vehicle", "-bus", "person"]);
    expect(rest.attributes?.map((a) => a.id)).toEqual(["dark", "lamps"]);
    expect(rest.relations).toEqual([]);
  });
  it("forgets conditions on a removed attribute", () => {
    expect(removeAttribute(vehicles, "dark").attributes?.find((a) => a.id === "lamps")?.when).toEqual({});
  });
  it("gives a new class the first free colour", () => {
    const one = addClass({ classes: [] }, null);
    const two = addClass(one.schema, null);
    expect(two.schema.classes?.map((c) => c.colour)).toEqual(["#4EE2FF", "#F46426"]);
  });
});

describe("names", () => {
  it.each([
    ["zh-CN", "小汽车"],
    ["en", "car"],
  ])("in %s", (language, expected) => {
    expect(nameOf({ id: "c", name: "Car", names: { zh: "小汽车", en: "car" } }, language)).toBe(expected);
  });
  it("keep the author's word once it differs", () => {
    expect(withName({ id: "c", name: "Car_v2", names: { zh: "车" } }, "zh", "小汽车").name).toBe("Car_v2");
    expect(withName({ id: "c", name: "车", names: { zh: "车" } }, "zh", "小汽车").name).toBe("小汽车");
  });
  it.each([
    [[], "Traffic light", "traffic_light"],
    [["car"], "car", "car2"],
    [["class1"], "红绿灯", "class2"],
  ])("ids from %j and %s", (taken, wish, expected) => {
    expect(freshId(taken, "class", wish)).toBe(expected);
  });
});

describe("problems", () => {
  const codes = (schema: Schema) => problemsOf(schema, "en").map((p) => p.code);
  it.each([
    ["none in a good schema", vehicles, []],
    ["an empty schema", {}, ["noClasses"]],
    ["a class without name", { classes: [{ id: "x" }] }, ["classUnnamed"]],
    ["one key twice", { classes: [{ id: "a", name: "A", key: "Digit1" }, { id: "b", name: "B", key: "Digit1" }] }, ["classKeyTwice"]],
    ["least above most", changeClass(vehicles, "car", (c) => ({ ...c, min: 3, max: 2 })), ["classRange"]],
    ["key points without skeleton", { classes: [{ id: "a", name: "A", kinds: ["keypoints"] }] }, ["classNoSkeleton"]],
    ["a choice without values", { attributes: [{ id: "a", name: "A", type: "choice", scope: "item" }] }, ["attributeNoValues"]],
    ["a broken pattern", { attributes: [{ id: "a", name: "A", type: "text", scope: "item", pattern: "(" }] }, ["attributePattern"]],
  ] as [string, Schema, string[]][])("%s", (_name, schema, expected) => {
    expect(codes(schema)).toEqual(expected);
  });
});
