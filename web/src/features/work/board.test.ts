import { describe, expect, it } from "vitest";
import { doing, recentHours, type PersonRow } from "./board";

const NOW = "2026-11-25T08:00:00Z";
const none = { value: null, low: null, high: null, of: 0 };
const row = (patch: Partial<PersonRow>): PersonRow => ({
  person: "p", name: "", items_today: 0, items: 0, reviews: 0, active_ms_today: 0, seconds_per_item: null, accepted: 0, returned: 0, skipped: 0,
  extras: 0, passed: none, holds: 0, lease_until: null, last_at: null, stuck: null, ...patch,
});

describe("what a person is doing", () => {
  it.each([
    ["holds a task and hands in", { holds: 2, last_at: "2026-11-25T07:59:00Z" }, "working"],
    ["holds a task without a sign", { holds: 1, stuck: "2026-11-25T07:40:00Z" }, "stuck"],
    ["has just handed in her last", { last_at: "2026-11-25T07:50:00Z" }, "idle"],
    ["left an hour ago", { last_at: "2026-11-25T07:00:00Z" }, "away"],
    ["never came", {}, "away"],
  ] as const)("%s", (_name, patch, expected) => {
    expect(doing(row(patch), NOW)).toBe(expected);
  });
});

describe("the hours of the last day", () => {
  const at = "2026-11-25T10:30:00Z"; // 18:30 in Shanghai
  it("run on to now, with those in which nobody worked", () => {
    const hours = [{ day: "2026-11-25", hour: 16, answers: 2 }, { day: "2026-11-25", hour: 18, answers: 9 }];
    expect(recentHours({ at, hours }).map((h) => [h.hour, h.answers])).toEqual([[16, 2], [17, 0], [18, 9]]);
  });
  it("go back over midnight, and no further than a day", () => {
    const hours = [{ day: "2026-11-24", hour: 18, answers: 5 }, { day: "2026-11-24", hour: 19, answers: 3 }];
    const shown = recentHours({ at, hours });
    expect([shown.length, shown[0]]).toEqual([24, { day: "2026-11-24", hour: 19, answers: 3 }]);
    expect(recentHours({ at, hours: [] })).toEqual([]);
  });
});
