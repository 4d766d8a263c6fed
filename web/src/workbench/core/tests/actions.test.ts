import { describe, expect, it, vi } from "vitest";
import { ActionRegistry, KeyClash, KeyReserved, type Action } from "../actions";
import { chordName, chordOf, classKeys } from "../keys";

const action = (id: string, keys: string[], extra: Partial<Action<null>> = {}): Action<null> => ({ id, group: "edit", keys, perform: vi.fn(), ...extra });

describe("the action registry", () => {
  it("refuses two actions on one key and keeps what it had", () => {
    const registry = new ActionRegistry<null>();
    registry.register(action("a", ["KeyF"]));
    expect(() => registry.register(action("c", ["KeyQ"]), action("b", ["KeyF"]))).toThrow(KeyClash);
    expect(registry.get("c")).toBeUndefined();
    expect(registry.ownerOf("KeyQ")).toBeUndefined();
  });

  it("refuses the input method's keys", () => {
    expect(() => new ActionRegistry<null>().register(action("a", ["Ctrl+Space"]))).toThrow(KeyReserved);
  });

  it("acts by place on the keyboard and respects enabled and repeat", () => {
    const registry = new ActionRegistry<null>();
    const f = action("finish", ["KeyF"]);
    const off = action("off", ["KeyG"], { enabled: () => false });
    const nudge = action("nudge", ["ArrowLeft"], { repeat: true });
    registry.register(f, off, nudge);
    expect(registry.handle({ code: "KeyF", key: "ф" }, null)).toBe(true);
    expect(registry.handle({ code: "KeyF", repeat: true }, null)).toBe(true);
    expect(registry.handle({ code: "KeyG" }, null)).toBe(false);
    registry.handle({ code: "ArrowLeft" }, null);
    registry.handle({ code: "ArrowLeft", repeat: true }, null);
    expect(f.perform).toHaveBeenCalledTimes(1);
    expect(off.perform).not.toHaveBeenCalled();
    expect(nudge.perform).toHaveBeenCalledTimes(2);
  });

  it.each([
    ["isComposing", { code: "Digit1", isComposing: true }],
    ["keyCode 229", { code: "Digit1", keyCode: 229 }],
    ["Process", { code: "Digit1", key: "Process" }],
  ])("is silent while an input method composes (%s)", (_, event) => {
    const registry = new ActionRegistry<null>();
    const one = action("class.1", ["Digit1"]);
    registry.register(one);
    expect(registry.handle(event, null)).toBe(false);
    expect(one.perform).not.toHaveBeenCalled();
  });

  it("is silent in text fields, except where an action says otherwise", () => {
    const registry = new ActionRegistry<null>();
    registry.register(action("f", ["KeyF"]), action("finish", ["Ctrl+Enter"], { inText: true }));
    const input = { tagName: "INPUT", type: "text" } as unknown as EventTarget;
    const slider = { tagName: "INPUT", type: "range" } as unknown as EventTarget;
    expect(registry.handle({ code: "KeyF", target: input }, null)).toBe(false);
    expect(registry.handle({ code: "KeyF", target: slider }, null)).toBe(true);
    expect(registry.handle({ code: "Enter", ctrlKey: true, target: input }, null)).toBe(true);
  });

  it("takes changed keys, frees the old ones and refuses a changed key that clashes", () => {
    const registry = new ActionRegistry<null>();
    registry.register(action("a", ["KeyA"]), action("b", ["KeyB"]));
    registry.rebind({ a: ["KeyX"] });
    expect(registry.handle({ code: "KeyA" }, null)).toBe(false);
    expect(registry.handle({ code: "KeyX" }, null)).toBe(true);
    expect(() => registry.rebind({ a: ["KeyB"] })).toThrow(KeyClash);
    expect(registry.ownerOf("KeyX")).toBe("a");
  });
});

describe("keys", () => {
  it("names chords as people say them", () => {
    expect(chordName("Ctrl+Shift+KeyZ")).toBe("Ctrl Shift Z");
    expect(chordName("Shift+Slash")).toBe("?");
    expect(chordName("Digit1")).toBe("1");
  });
  it("knows no chord for a modifier alone", () => {
    expect(chordOf({ code: "ShiftLeft", shiftKey: true })).toBeNull();
    expect(chordOf({ code: "KeyZ", ctrlKey: true, shiftKey: true })).toBe("Ctrl+Shift+KeyZ");
  });
  it("gives classes digits, then letters bound to no action, wishes first", () => {
    expect(classKeys(12, new Set(["KeyA", "KeyB"]))).toEqual([...[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((n) => `Digit${n}`), "KeyC", "KeyD"]);
    expect(classKeys(3, new Set(), [null, "Digit1", "KeyQ"])).toEqual(["Digit2", "Digit1", "KeyQ"]);
    expect(classKeys(40, new Set()).filter((k) => k === null)).toHaveLength(4);
  });
});
