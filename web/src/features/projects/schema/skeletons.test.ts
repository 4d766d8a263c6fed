import { describe, expect, it } from "vitest";
import type { Skeleton } from "./model";
import { HAND_21, PERSON_17, templateOf, withPlace, withPoints } from "./skeletons";

const line: Skeleton = {
  id: "s", names: ["a", "b", "c"], edges: [[0, 1], [1, 2]], flip: [[0, 2]], sigmas: [0.1, 0.1, 0.1], template: [0, 0, 0.5, 0.5, 1, 1], point_names: { zh: ["甲", "乙", "丙"], en: ["a", "b", "c"] },
};

describe("the points of a skeleton", () => {
  it("take what belongs to them along when one goes", () => {
    expect(withPoints(line, ["a", "b"])).toEqual({
      id: "s", names: ["a", "b"], edges: [[0, 1]], flip: [], sigmas: [], template: [0, 0, 0.5, 0.5], point_names: { zh: ["甲", "乙"], en: ["a", "b"] },
    });
  });
  it("get a place when one comes", () => {
    const longer = withPoints(line, ["a", "b", "c", "d"]);
    expect(longer.template).toEqual([0, 0, 0.5, 0.5, 1, 1, 0.875, 0.95]);
    expect(longer.point_names).toEqual({ zh: ["甲", "乙", "丙", "d"], en: ["a", "b", "c", "d"] });
  });
  it("keep everything when only a name changes", () => {
    expect(withPoints(line, ["a", "B", "c"])).toMatchObject({ sigmas: line.sigmas, template: line.template, edges: line.edges });
  });
  it("are moved inside the square only", () => {
    expect(withPlace(line, 1, 0.25, 1.7).template).toEqual([0, 0, 0.25, 1, 1, 1]);
    expect(templateOf({ id: "n", names: ["a", "b"] })).toEqual([0.25, 0.95, 0.75, 0.95]);
  });
  it.each([PERSON_17, HAND_21])("of $id all have a place, and edges name points that are there", (ready) => {
    const n = ready.names.length;
    expect(new Set(ready.names).size).toBe(n);
    expect(ready.template).toHaveLength(2 * n);
    expect((ready.template ?? []).every((v) => v >= 0 && v <= 1)).toBe(true);
    for (const [a, b] of [...(ready.edges ?? []), ...(ready.flip ?? [])]) expect(a < n && b < n && a !== b).toBe(true);
    expect(new Set((ready.edges ?? []).flat()).size).toBe(n);
  });
});
