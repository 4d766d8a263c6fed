import { describe, expect, it } from "vitest";
import { withUsualShare } from "./share";

describe("the share that is checked", () => {
  it.each([
    ["all of one person's answers", { overlap: 3, review_share: 0.1 }, { overlap: 1 }, 1],
    ["a tenth where three people's answers become one", { overlap: 1, review_share: 1 }, { overlap: 3 }, 0.1],
    ["all where several answers stay apart", { overlap: 3, review_share: 0.1 }, { consensus: false }, 1],
    ["what somebody chose", { overlap: 1, review_share: 0.4 }, { overlap: 3 }, 0.4],
    ["none, where somebody chose none", { overlap: 3, review_share: 0 }, { overlap: 1 }, 0],
  ])("is %s", (_, before, change, share) => {
    expect(withUsualShare(before, change)).toEqual({ ...before, ...change, review_share: share });
  });
});
