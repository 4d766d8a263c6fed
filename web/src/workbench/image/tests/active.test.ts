import { describe, expect, it } from "vitest";
import { ActiveClock, GAP_MS, REST_AFTER_MS } from "../active";

describe("active time", () => {
  const clock = (): { clock: ActiveClock; go: (ms: number) => void } => {
    let now = 1000;
    const made = new ActiveClock(() => now);
    made.start();
    return { clock: made, go: (ms) => { now += ms; made.touch(); } };
  };
  it("counts the time between touches, a pause only up to the cap", () => {
    const { clock: c, go } = clock();
    go(5000);
    go(10 * 60_000);
    expect(c.ms).toBe(5000 + GAP_MS);
  });
  it("goes on from what was spent before", () => {
    let now = 0;
    const c = new ActiveClock(() => now);
    c.start(7000);
    now = 1500;
    c.touch();
    expect(c.ms).toBe(8500);
  });
  it("suggests a rest once after three quarters of an hour; five minutes away are a rest", () => {
    const { clock: c, go } = clock();
    for (let t = 0; t < REST_AFTER_MS - 60_000; t += 60_000) go(60_000);
    expect(c.timeToRest()).toBe(false);
    go(60_000);
    expect(c.timeToRest()).toBe(true);
    expect(c.timeToRest()).toBe(false);
    for (let i = 0; i < 40; i++) go(60_000);
    go(6 * 60_000);
    for (let i = 0; i < 10; i++) go(60_000);
    expect(c.timeToRest()).toBe(false);
  });
});
