import { describe, expect, it } from "vitest";
import { pairsText, parsePairs } from "./pairs";

describe("pairs of points", () => {
  it("are written from one on", () => {
    expect(pairsText([[0, 1], [2, 0]])).toBe("1-2\n3-1");
  });
  it.each([
    ["1-2\n\n 2 – 3 ", 3, [[0, 1], [1, 2]], []],
    ["1-4", 3, [], ["1-4"]],
    ["0-1\n2-2\nnose-eye", 3, [], ["0-1", "2-2", "nose-eye"]],
  ])("%j of %i points", (text, count, pairs, bad) => {
    expect(parsePairs(text, count)).toEqual({ pairs, bad });
  });
});
