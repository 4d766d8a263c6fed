import { describe, expect, it } from "vitest";
import { paragraphs } from "../guideline";

describe("the paragraphs of a guideline", () => {
  it("are its numbered lines, headings and points alike", () => {
    const text = "# 路口\n\n## 1 框什么\n1.1 看得清的都要框。\n- 1.2 小于 10×10 的不框\n2. 贴紧\n\n3、别的\n没有号的一段 2026 年";
    expect(paragraphs(text)).toEqual([
      { id: "1", text: "框什么" }, { id: "1.1", text: "看得清的都要框。" }, { id: "1.2", text: "小于 10×10 的不框" }, { id: "2", text: "贴紧" },
    ]);
  });
  it("are its headings where nothing is numbered", () => {
    expect(paragraphs("# 小路口\r\n只框车\r\n## 影子")).toEqual([{ id: "小路口", text: "" }, { id: "影子", text: "" }]);
    expect(paragraphs(`# ${"长".repeat(60)}`)[0]?.id).toHaveLength(40);
  });
  it("come once each, and none of an empty guideline", () => {
    expect(paragraphs("1. a\n2. b\n1. c").map((p) => p.id)).toEqual(["1", "2"]);
    expect(paragraphs("")).toEqual([]);
  });
});
