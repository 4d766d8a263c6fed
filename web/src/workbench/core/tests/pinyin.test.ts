import { describe, expect, it } from "vitest";
import { initialsOf, match, search } from "../pinyin";

describe("pinyin initials", () => {
  // Readings from a dictionary: one or two everyday characters for each initial letter.
  it.each(Object.entries({
    a: "安奥", b: "八白", c: "草晨", d: "电灯", e: "儿鹅", f: "房飞", g: "高狗", h: "货黑", j: "家机", k: "开看", l: "路绿", m: "猫门",
    n: "牛鸟", o: "欧", p: "盘皮", q: "汽清", r: "人日", s: "三树", t: "托天", w: "王外", x: "小信", y: "眼鱼", z: "自站",
  }))("%s: %s", (letter, characters) => {
    for (const c of characters) expect(initialsOf(c)).toBe(letter);
  });
  it("knows characters with several readings", () => {
    expect(match("行人", "xr")).toBeGreaterThan(0);
    expect(match("银行", "yh")).toBeGreaterThan(0);
    expect(match("车辆", "cl")).toBeGreaterThan(0);
  });
  it("puts the best first", () => {
    const names = ["小汽车", "汽车", "货车", "行人", "car"];
    expect(search(names, "qc", (n) => [n])).toEqual(["汽车", "小汽车"]);
    expect(search(names, "车", (n) => [n])).toEqual(["小汽车", "汽车", "货车"]);
    expect(search(names, "ca", (n) => [n])).toEqual(["car"]);
    expect(search(names, "zzz", (n) => [n])).toEqual([]);
  });
});
