import { describe, expect, it } from "vitest";
import golden from "../../../../../tests/golden/deltas.json";
import { apply, DeltaConflict, emptyDocument, invert, sameJson, type Delta, type Document } from "../deltas";

const box = (id: string, x: number) => ({ id, label: "car", geometry: { kind: "box" as const, x0: x, y0: 0, x1: x + 10, y1: 10 } });

describe("deltas", () => {
  it("adds, sets, moves and removes", () => {
    let d = apply(emptyDocument(), { seq: 1, ops: [{ op: "add", index: 0, mark: box("a", 0) }, { op: "add", index: 0, mark: box("b", 5) }] });
    expect(d.marks.map((m) => m.id)).toEqual(["b", "a"]);
    d = apply(d, { seq: 2, ops: [{ op: "set", id: "a", field: "label", from: "car", to: "truck" }, { op: "move", id: "b", from: 0, to: 1 }] });
    expect(d.marks.map((m) => [m.id, m.label])).toEqual([["a", "truck"], ["b", "car"]]);
    d = apply(d, { seq: 3, ops: [{ op: "set", id: "a", field: "label", from: "truck", to: null }] });
    expect("label" in (d.marks[0] as object)).toBe(false);
  });

  it("refuses what does not fit and leaves the document alone", () => {
    const d: Document = { marks: [box("a", 0)], relations: [], item_attrs: {} };
    const bad: Delta[] = [
      { seq: 9, ops: [{ op: "add", index: 2, mark: box("b", 0) }] },
      { seq: 9, ops: [{ op: "add", index: 0, mark: box("a", 0) }] },
      { seq: 9, ops: [{ op: "remove", index: 0, mark: box("b", 0) }] },
      { seq: 9, ops: [{ op: "set", id: "a", field: "label", from: "bus", to: "car" }] },
      { seq: 9, ops: [{ op: "move", id: "a", from: 1, to: 0 }] },
      { seq: 9, ops: [{ op: "unrelate", relation: { id: "r", type: "t", source: "a", target: "b" } }] },
      { seq: 9, ops: [{ op: "item", field: "weather", from: "rain", to: null }] },
    ];
    for (const delta of bad) expect(() => apply(d, delta)).toThrow(DeltaConflict);
    expect(d.marks).toHaveLength(1);
  });

  it("is undone by its inverse, for random runs of operations", () => {
    let seed = 7;
    const random = (n: number): number => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor((seed / 2147483648) * n); };
    let d = emptyDocument();
    for (let step = 1; step < 300; step++) {
      const at = random(d.marks.length);
      const mark = d.marks[at];
      const kind = random(5);
      const ops: Delta["ops"] =
        !mark || kind === 0 ? [{ op: "add", index: random(d.marks.length + 1), mark: box(`m${step}`, step) }]
        : kind === 1 ? [{ op: "remove", index: at, mark }]
        : kind === 2 ? [{ op: "set", id: mark.id, field: "z", from: mark.z ?? null, to: step }]
        : kind === 3 ? [{ op: "move", id: mark.id, from: at, to: random(d.marks.length) }]
        : [{ op: "item", field: "weather", from: d.item_attrs["weather"] ?? null, to: step % 2 ? "rain" : null }];
      const delta: Delta = { seq: step, ops };
      const next = apply(d, delta);
      expect(sameJson(apply(next, invert(delta)), d)).toBe(true);
      d = next;
    }
  });
});

interface GoldenCase { name: string; before: Document; delta: Delta; after?: Document; error?: unknown }

describe("golden deltas, shared with Python", () => {
  it.each((golden.cases as unknown as GoldenCase[]).map((c) => [c.name, c] as const))("%s", (_, c) => {
    if (!c.after) {
      const before = JSON.stringify(c.before);
      expect(() => apply(c.before, c.delta)).toThrow(DeltaConflict);
      expect(JSON.stringify(c.before)).toBe(before);
      return;
    }
    const after = apply(c.before, c.delta);
    expect(after).toEqual(c.after);
    expect(apply(after, invert(c.delta))).toEqual(c.before);
  });
});
