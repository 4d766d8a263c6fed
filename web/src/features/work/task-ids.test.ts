import { afterEach, describe, expect, it, vi } from "vitest";
import { api } from "../../api/client";
import { ANY_TASK } from "./board";
import { taskIds } from "./task-ids";

afterEach(() => vi.restoreAllMocks());

describe("all tasks that a filter admits", () => {
  it("come page by page, each page asked for when it is wanted", async () => {
    const pages = [{ ids: ["a", "b"], next: "2" }, { ids: [], next: "3" }, { ids: ["c"], next: null }];
    const asked = vi.spyOn(api, "get").mockImplementation(() => Promise.resolve(pages[asked.mock.calls.length - 1]) as never);
    const seen: string[][] = [];
    for await (const ids of taskIds("/work/projects/p", { ...ANY_TASK, state: "parked" })) {
      seen.push(ids);
      if (seen.length === 1) expect(asked).toHaveBeenCalledTimes(1);
    }
    expect(seen).toEqual([["a", "b"], ["c"]]);
    expect(asked.mock.calls.map(([path, query]) => [path, query?.state, query?.cursor])).toEqual([
      ["/work/projects/p/task-ids", "parked", null], ["/work/projects/p/task-ids", "parked", "2"], ["/work/projects/p/task-ids", "parked", "3"],
    ]);
  });
});
