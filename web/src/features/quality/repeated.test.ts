import { describe, expect, it } from "vitest";
import { headingsOf } from "./repeated";

describe("headings of a guideline", () => {
  it("leave out what stands in code, and come once", () => {
    expect(headingsOf("# A\n## B ##\n```\n## no\n```\ntext # no\n## B\n### C d")).toEqual(["A", "B", "C d"]);
    expect(headingsOf("")).toEqual([]);
  });
});
