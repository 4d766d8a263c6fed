import { describe, expect, it } from "vitest";
import { comparable, cropOf, mistaken, scaleFrom } from "./reports";
import { qualitySearch } from "./search";

const rate = (value: number | null, low = value, high = value) => ({ value, low, high, of: 10 });

describe("a crop", () => {
  const picture = { width: 1000, height: 500 };
  const frame = { width: 200, height: 100 };

  it("puts the region into the middle and enlarges it at most twice", () => {
    // a 10-px square: 200 / 24 would be 8 times, twice is the most; its middle (505, 255) comes to (100, 50)
    expect(cropOf([500, 250, 510, 260], picture, frame)).toEqual({ scale: 2, left: -910, top: -460, pin: { left: 90, top: 40, width: 20, height: 20 } });
  });

  it("keeps to the picture's edges", () => {
    const { left, top, pin } = cropOf([0, 0, 10, 10], picture, frame);
    expect([left, top, pin.left, pin.top]).toEqual([0, 0, 0, 0]);
  });

  it("shows the whole picture around a region as large as it", () => {
    expect(cropOf([0, 0, 1000, 500], picture, frame)).toEqual({ scale: 0.2, left: 0, top: 0, pin: { left: 0, top: 0, width: 200, height: 100 } });
  });
});

describe("a scale", () => {
  it.each([
    ["below the lowest bound", [rate(0.9, 0.72, 0.97), rate(0.8, 0.61, 0.9)], 0.6],
    ["at nine tenths when all is well", [rate(0.99, 0.97, 1)], 0.9],
    ["with nothing counted", [rate(null)], 0.9],
    ["at nothing when nothing is right", [rate(0, 0, 0.3)], 0],
  ])("begins %s", (_, rates, from) => expect(scaleFrom(rates)).toBeCloseTo(from));
});

describe("what was mistaken", () => {
  it("leaves out what was right", () => {
    const pairs = [{ given: "a", right: "a", n: 90 }, { given: "a", right: "b", n: 2 }, { given: "", right: "a", n: 5 }];
    expect(mistaken(pairs).map((p) => p.n)).toEqual([5, 2]);
  });
});

describe("the address", () => {
  it("keeps what it knows and drops the rest", () => {
    expect(qualitySearch({ project: "p", view: "errors", days: 7, rule: 1.1, label: "car", nonsense: 1 })).toEqual({ project: "p", view: "errors", days: 7, rule: "1.1", label: "car", error_class: undefined, person: undefined });
    expect(qualitySearch({ view: "else", days: 8 })).toEqual({ project: undefined, view: undefined, days: undefined, rule: undefined, label: undefined, error_class: undefined, person: undefined });
  });
});

describe("parts of the data", () => {
  it("are shown where there are two to compare, the weakest first", () => {
    const one = (key: string, value: number) => ({ key, name: "", right: rate(value) });
    const slices = [one("attr:hidden=none", 0.9), one("attr:hidden=most", 0.5), one("attr:colour=red", 0.1), one("dataset:a", 0.2), one("suggested:yes", 0.8), one("suggested:no", 0.7)];
    expect(comparable(slices).map((s) => s.key)).toEqual(["attr:hidden=most", "suggested:no", "suggested:yes", "attr:hidden=none"]);
  });
});
