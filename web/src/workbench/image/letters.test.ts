import { describe, expect, it } from "vitest";
import { lettersTaken } from "../core/letters";
import type { Schema } from "../core/model";
import { editActions, objectActions, reviewActions, taskActions, toolActions, viewActions } from "./actions";
import { toolsFor } from "./toolbox";

const KINDS = ["box", "obox", "polygon", "polyline", "points", "keypoints", "ellipse", "cuboid2", "mask", "none"];

/** What the bench's registry really holds of plain letters for a schema. */
function held(schema: Schema): string[] {
  const all = [...taskActions(), ...reviewActions(), ...editActions(), ...objectActions(), ...viewActions(), ...toolActions(toolsFor(schema))];
  return [...new Set(all.flatMap((action) => action.keys ?? []).filter((key) => /^Key[A-Z]$/.test(key)))].sort();
}

describe("letters that a class cannot have", () => {
  it.each([
    ...KINDS.map((kind): [string, Schema] => [kind, { classes: [{ id: "a", kinds: [kind] }] }] as [string, Schema]),
    ["every kind", { classes: [{ id: "a" }] }] as [string, Schema],
    ["relations", { classes: [{ id: "a", kinds: ["box"] }], relations: [{ id: "r" }] }] as [string, Schema],
    ["groups only", { classes: [{ id: "a", abstract: true }] }] as [string, Schema],
  ])("with %s are those of the bench's actions and tools", (_name, schema) => {
    expect([...lettersTaken(schema)].sort()).toEqual(held(schema));
  });
});
