import { describe, expect, it } from "vitest";
import { ActionRegistry } from "../../core/actions";
import { RESERVED } from "../../core/keys";
import { editActions, objectActions, reviewActions, taskActions, toolActions, viewActions } from "../actions";
import type { Desk } from "../desk";
import { PROFILES } from "../profiles";
import { TOOLS } from "../toolbox";

const LETTERS = { left: "QWERTASDFGZXCVB", right: "YUIOPHJKLNM" };
const LEFT = new Set(["Backquote", "Tab", "Escape", "Space", "F1", "F2", ...Array.from("123456", (d) => `Digit${d}`), ...Array.from(LETTERS.left, (c) => `Key${c}`)]);
const RIGHT = new Set([
  "Enter", "Backspace", "Delete", "Home", "End", "PageUp", "PageDown", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "BracketLeft", "BracketRight", "Semicolon", "Quote", "Comma", "Period", "Slash", "Minus", "Equal",
  ...["Enter", "Add", "Subtract", "Multiply", "Divide", "Decimal"].map((k) => `Numpad${k}`), ...Array.from(LETTERS.right, (c) => `Key${c}`),
]);
/** What a box, point or classification task cannot be done without. */
const WORK = [
  "task.finish", "task.back", "task.empty", "task.skip", "task.ask", "task.rules", "task.help", "class.search", "edit.undo", "edit.redo", "edit.repeat", "edit.enter",
  "object.delete", "object.next", "object.previous", "object.relabel", "object.point_next", "object.point_previous", "object.point_skip", "object.point_hidden",
  ...["left", "right", "up", "down"].flatMap((d) => [`object.move_${d}`, `object.move_${d}_10`]), "prelabel.accept", "prelabel.reject", "prelabel.next", "view.fit", "view.in", "view.out", "view.hide",
];
const REVIEW = ["review.accept", "review.fix", "review.reject", "review.finding"];

const registry = (profile: keyof typeof PROFILES, mode: "work" | "review"): ActionRegistry<Desk> => {
  const made = new ActionRegistry<Desk>(PROFILES[profile]);
  const tasks = taskActions().filter(({ id }) => mode === "work" || !["task.finish", "task.skip", "task.empty"].includes(id));
  made.register(...tasks, ...(mode === "review" ? reviewActions() : []), ...editActions(), ...objectActions(), ...viewActions(), ...toolActions(TOOLS));
  return made;
};

describe.each(["left", "right"] as const)("the profile for the %s hand", (hand) => {
  const near = hand === "left" ? LEFT : RIGHT;
  it.each([["work", WORK], ["review", REVIEW]] as const)("has a key in reach for everything that %s needs, without clash, and shows it first", (mode, ids) => {
    const keys = registry(hand, mode);
    const away = ids.filter((id) => !near.has((keys.keysOf(id)[0] ?? "").split("+").pop() ?? ""));
    expect(away).toEqual([]);
    expect(keys.all().flatMap(({ id }) => keys.keysOf(id)).filter((chord) => RESERVED.has(chord))).toEqual([]);
  });
});
