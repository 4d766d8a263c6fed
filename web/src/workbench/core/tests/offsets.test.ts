import { describe, expect, it } from "vitest";
import golden from "../../../../../tests/golden/offsets.json";
import { toCodePoints, toUnits, unitOffsets } from "../offsets";

describe("golden offsets, shared with Python", () => {
  it.each(golden.texts.map((t) => [t.name, t] as const))("%s", (_, t) => {
    expect(unitOffsets(t.text)).toEqual(t.cp2u16);
    t.cp2u16.forEach((unit, codePoint) => {
      expect(toUnits(t.text, codePoint)).toBe(unit);
      expect(toCodePoints(t.text, unit)).toBe(codePoint);
    });
    for (const span of t.spans) expect(t.text.slice(...(span.u16 as [number, number]))).toBe(span.quote);
  });

  it("refuses what is outside the text or inside a character", () => {
    expect(() => toUnits("𠮷", 2)).toThrow(RangeError);
    expect(() => toUnits("𠮷", -1)).toThrow(RangeError);
    expect(() => toCodePoints("𠮷", 1)).toThrow(RangeError);
    expect(() => toCodePoints("𠮷", 3)).toThrow(RangeError);
  });
});
