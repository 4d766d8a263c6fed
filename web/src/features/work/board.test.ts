import { describe, expect, it } from "vitest";
import { doing, type PersonRow } from "./board";

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
