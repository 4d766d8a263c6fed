import { describe, expect, it } from "vitest";
import { emptyDocument, type Delta } from "../deltas";
import type { Mark } from "../model";
import { MarkStore, MERGE_MS, removeMarks, setField } from "../store";

const box = (id: string, x = 0): Mark => ({ id, label: "car", geometry: { kind: "box", x0: x, y0: 0, x1: x + 10, y1: 10 } });

describe("the mark store", () => {
  it("undoes and redoes without limit", () => {
    const store = new MarkStore();
    store.open(emptyDocument());
    for (let i = 0; i < 500; i++) store.commit([{ op: "add", index: i, mark: box(`m${i}`) }], "box.draw");
    for (let i = 0; i < 500; i++) store.undo();
    expect(store.document.marks).toEqual([]);
    expect(store.canUndo).toBe(false);
    for (let i = 0; i < 500; i++) store.redo();
    expect(store.document.marks).toHaveLength(500);
    expect(store.mark("m499")?.id).toBe("m499");
  });

  it("forgets what was undone once something new is done", () => {
    const store = new MarkStore();
    store.open(emptyDocument());
    store.commit([{ op: "add", index: 0, mark: box("a") }], "box.draw");
    store.undo();
    store.commit([{ op: "add", index: 0, mark: box("b") }], "box.draw");
    expect(store.canRedo).toBe(false);
    expect(store.redo()).toBeNull();
  });

  it("undoes a run of nudges at once, and two runs apart in time one by one", () => {
    const store = new MarkStore();
    let now = 0;
    store.clock = () => now;
    store.open({ ...emptyDocument(), marks: [box("a")] });
    const nudge = (): void => {
      const mark = store.mark("a") as Mark;
      const g = mark.geometry as { x0: number; x1: number };
      store.commit([setField(mark, "geometry", { kind: "box", x0: g.x0 + 1, y0: 0, x1: g.x1 + 1, y1: 10 })], "object.nudge.step");
    };
    const x = (): number => (store.mark("a")?.geometry as { x0: number }).x0;
    for (let i = 0; i < 5; i++) { nudge(); now += 100; }
    now += MERGE_MS + 1;
    nudge();
    expect(x()).toBe(6);
    store.undo();
    expect(x()).toBe(5);
    store.undo();
    expect(x()).toBe(0);
  });

  it("restores document and undo history from the journal", () => {
    const log: Delta[] = [];
    const store = new MarkStore();
    store.open({ ...emptyDocument(), marks: [box("p")] });
    store.subscribe((change) => { if (change) log.push(change.delta); });
    store.commit([{ op: "add", index: 1, mark: box("a") }], "box.draw");
    store.commit([{ op: "add", index: 2, mark: box("b") }], "box.draw");
    store.undo();
    store.commit(removeMarks(store.document, new Set(["p"])), "object.delete");

    const again = new MarkStore();
    again.open({ ...emptyDocument(), marks: [box("p")] }, log);
    expect(again.document).toEqual(store.document);
    expect(again.document.marks.map((m) => m.id)).toEqual(["a"]);
    expect(again.lastSeq).toBe(4);
    again.undo();
    expect(again.document.marks.map((m) => m.id)).toEqual(["p", "a"]);
    again.undo();
    expect(again.document.marks.map((m) => m.id)).toEqual(["p"]);
    expect(again.canUndo).toBe(false);
  });

  it("takes relations away with their marks", () => {
    const store = new MarkStore();
    store.open({ marks: [box("a"), box("b")], relations: [{ id: "r", type: "on", source: "a", target: "b" }], item_attrs: {} });
    store.commit(removeMarks(store.document, new Set(["b"])), "object.delete");
    expect(store.document.relations).toEqual([]);
    store.undo();
    expect(store.document.relations).toHaveLength(1);
  });
});
