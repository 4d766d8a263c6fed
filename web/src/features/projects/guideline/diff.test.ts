import { describe, expect, it } from "vitest";
import { lineDiff } from "./diff";

const show = (before: string, after: string) =>
  lineDiff(before, after).map(({ kind, text }) => ({ same: " ", added: "+", removed: "-" })[kind] + text);

describe("what changed in a guideline", () => {
  it.each([
    ["nothing", "a\nb", "a\nb", [" a", " b"]],
    ["a first text", "", "a\nb", ["+a", "+b"]],
    ["a line in the middle", "a\nb\nc", "a\nx\nc", [" a", "-b", "+x", " c"]],
    ["lines put in", "a\nd", "a\nb\nc\nd", [" a", "+b", "+c", " d"]],
    ["a moved line", "a\nb\nc", "b\nc\na", ["-a", " b", " c", "+a"]],
  ])("%s", (_name, before, after, expected) => {
    expect(show(before, after)).toEqual(expected);
  });
});
