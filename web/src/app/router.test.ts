import { describe, expect, it } from "vitest";
import { safeNext } from "./router";

describe("the address after a login", () => {
  it.each([
    ["/work/abc?x=1", "/work/abc?x=1"],
    ["//evil.example", undefined],
    ["/\\evil.example", undefined],
    ["https://evil.example", undefined],
    ["javascript:alert(1)", undefined],
    [undefined, undefined],
  ])("%s → %s", (given, expected) => {
    expect(safeNext(given)).toBe(expected);
  });
});
