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

describe("the class colours", () => {
  // Machado, Oliveira, Fernandes 2009, table 1, severity 1.0, in linear RGB; CIE 1976 L*a*b* under D65.
  const EYES: Record<string, number[][]> = {
    protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
  };
  const linear = (hex: string): number[] => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const times = (m: number[][], v: number[]): number[] => m.map((row) => row.reduce((sum, a, i) => sum + a * (v[i] ?? 0), 0));
  const lab = (rgb: number[]): number[] => {
    const xyz = times([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]], rgb.map((c) => Math.min(1, Math.max(0, c))));
    const [x = 0, y = 0, z = 0] = xyz.map((c, i) => c / ([0.95047, 1, 1.08883][i] ?? 1)).map((t) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116));
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  };
  // The nine that have digits; a difference of 2.3 is just noticeable. Tags with names and the pattern carry the rest.
  it.each(Object.keys(EYES))("of the first nine classes stay apart under %s", (eye) => {
    const seen = CLASS_COLOURS.slice(0, 9).map((hex) => lab(times(EYES[eye] ?? [], linear(hex))));
    const apart = seen.flatMap((a, i) => seen.slice(i + 1).map((b) => Math.hypot(...a.map((v, k) => v - (b[k] ?? 0)))));
    expect(Math.min(...apart)).toBeGreaterThan(15);
  });
});
