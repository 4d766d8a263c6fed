import { describe, expect, it } from "vitest";
import { daysBetween, spans, withDays, type CalendarDay } from "./workdays";

const day = (date: string, more: Partial<CalendarDay> = {}): CalendarDay => ({ day: date, working: false, zh: "春节", en: "Spring Festival", own: false, ...more });

describe("days of a calendar", () => {
  it("run over the end of a month and of February", () => {
    expect(daysBetween("2026-02-27", "2026-03-01")).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
    expect(daysBetween("2028-02-28", "2028-03-01")).toHaveLength(3);
  });
  it.each([["2026-02-02", "2026-02-01"], ["", "2026-02-01"], ["2026-02-01", "soon"]])("from %s to %s are none", (first, last) => {
    expect(daysBetween(first, last)).toEqual([]);
  });
  it("are joined where they follow each other and say the same", () => {
    const found = spans([day("2026-02-14", { working: true, zh: "春节调休" }), day("2026-02-15"), day("2026-02-16"), day("2026-02-17", { own: true }), day("2026-02-19")]);
    expect(found.map((s) => [s.first, s.last, s.working, s.own])).toEqual([
      ["2026-02-14", "2026-02-14", true, false], ["2026-02-15", "2026-02-16", false, false], ["2026-02-17", "2026-02-17", false, true], ["2026-02-19", "2026-02-19", false, false],
    ]);
  });
  it("keep the later word about a day", () => {
    const own = withDays([{ day: "2026-03-09", working: false, name: "赶集" }], [{ day: "2026-03-09", working: true, name: "" }, { day: "2026-03-07", working: true, name: "" }]);
    expect(own.map((one) => [one.day, one.working])).toEqual([["2026-03-07", true], ["2026-03-09", true]]);
  });
});
