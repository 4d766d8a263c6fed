import { beforeEach, describe, expect, it } from "vitest";
import { isShown, shownHere, unwatch, watch, watchedBy } from "./watched-jobs";

const kept = new Map<string, string>();
const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };

beforeEach(() => {
  kept.clear();
  Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
});

describe("jobs that somebody waits for", () => {
  it("belong to one person, each once, until she was told", () => {
    watch("wu", { id: "1", title: "Import", path: "/datasets/a" });
    watch("wu", { id: "1", title: "Import", path: "/elsewhere" });
    watch("li", { id: "2", title: "Release", path: "/projects/b" });
    expect(watchedBy("wu")).toEqual([{ id: "1", title: "Import", path: "/datasets/a" }]);
    unwatch("wu", "2");
    unwatch("wu", "1");
    expect(watchedBy("wu")).toEqual([]);
    expect(watchedBy("li")).toHaveLength(1);
  });
  it("are forgotten when what was kept is damaged", () => {
    kept.set("doujia.jobs.wu", "{half");
    expect(watchedBy("wu")).toEqual([]);
  });
  it("are not told of while a page shows them", () => {
    const leaves = [shownHere("1"), shownHere("1")];
    leaves[0]?.();
    expect(isShown("1")).toBe(true);
    leaves[1]?.();
    expect(isShown("1")).toBe(false);
  });
});
