/** Keys for one hand: what lies on the other half of the keyboard moves over; the first key is the one that is shown. */
import type { KeyMap } from "../core/actions";

export type Profile = "both" | "left" | "right";

const LEFT: KeyMap = {
  "task.empty": ["Shift+KeyS", "KeyN"], "task.help": ["Shift+F1", "Shift+Slash"], "class.search": ["Shift+KeyW", "Slash"], "view.hide": ["Backquote", "KeyH"],
  "view.in": ["Alt+Digit5", "Equal", "NumpadAdd"], "view.out": ["Alt+Digit4", "Minus", "NumpadSubtract"], "view.fit": ["KeyZ", "Home"],
  "edit.redo": ["Ctrl+Shift+KeyZ", "Ctrl+KeyY"], "edit.enter": ["Alt+KeyF", "Enter", "NumpadEnter"], "edit.complete": ["Alt+Shift+KeyF", "Shift+Enter"], "edit.point_back": ["Alt+KeyZ", "Backspace"],
  "object.delete": ["KeyX", "Delete"], "tool.eraser": ["Alt+KeyX"],
  "object.move_left": ["Alt+KeyA", "ArrowLeft"], "object.move_right": ["Alt+KeyD", "ArrowRight"], "object.move_up": ["Alt+KeyW", "ArrowUp"], "object.move_down": ["Alt+KeyS", "ArrowDown"],
  "object.move_left_10": ["Alt+Shift+KeyA", "Shift+ArrowLeft"], "object.move_right_10": ["Alt+Shift+KeyD", "Shift+ArrowRight"],
  "object.move_up_10": ["Alt+Shift+KeyW", "Shift+ArrowUp"], "object.move_down_10": ["Alt+Shift+KeyS", "Shift+ArrowDown"],
  "object.turn_left": ["Alt+KeyC", "BracketLeft"], "object.turn_right": ["Alt+KeyV", "BracketRight"],
  "object.point_next": ["Alt+KeyE", "Period"], "object.point_previous": ["Alt+KeyQ", "Comma"], "object.point_skip": ["Alt+KeyR", "Semicolon"], "object.point_hidden": ["Alt+KeyT", "Quote"],
  "review.reject": ["Shift+KeyS", "Shift+KeyN"],
};

const RIGHT: KeyMap = {
  "task.finish": ["NumpadEnter", "KeyF", "Ctrl+Enter"], "task.back": ["NumpadSubtract", "KeyB"], "task.skip": ["Shift+NumpadEnter", "Shift+KeyF"], "task.ask": ["Alt+KeyN", "KeyQ"], "task.rules": ["Alt+Slash", "F1"],
  "edit.enter": ["Enter"], "edit.undo": ["NumpadDivide", "Ctrl+KeyZ"], "edit.redo": ["Ctrl+KeyY", "Ctrl+Shift+KeyZ"], "edit.repeat": ["NumpadMultiply", "KeyD"], "edit.duplicate": ["Shift+NumpadMultiply", "Ctrl+KeyD"],
  "view.in": ["Equal"], "view.out": ["Minus"], "object.next": ["NumpadDecimal", "Tab"], "object.previous": ["Shift+NumpadSubtract", "Ctrl+Backquote"], "object.relabel": ["Alt+KeyO", "KeyC"],
  "prelabel.accept": ["NumpadAdd", "KeyA"], "prelabel.reject": ["Shift+NumpadAdd", "KeyR"], "prelabel.next": ["Alt+NumpadAdd", "KeyT"],
  "review.accept": ["NumpadEnter", "KeyF"], "review.fix": ["Shift+NumpadEnter", "Shift+KeyF"], "review.finding": ["Alt+KeyI", "Shift+KeyE"],
};

export const PROFILES: Readonly<Record<Profile, KeyMap>> = { both: {}, left: LEFT, right: RIGHT };
