/**
 * Keys by their place on the keyboard (`event.code`), so that they work with any input method and layout.
 *
 * A chord is `Ctrl+Alt+Shift+Code` in that order, for example `Ctrl+Shift+KeyZ`.
 */

export interface KeyLike {
  code: string;
  key?: string;
  ctrlKey?: boolean;
  metaKey?: boolean;
  altKey?: boolean;
  shiftKey?: boolean;
  isComposing?: boolean;
  keyCode?: number;
}

const MODIFIERS = new Set(["ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight", "AltLeft", "AltRight", "MetaLeft", "MetaRight"]);

/** Chords that belong to input methods and to the system; nothing may be bound to them. */
export const RESERVED = new Set([
  "Ctrl+Space", "Shift+Space", "Ctrl+Period", "Ctrl+Shift+Space", "Ctrl+KeyW", "Ctrl+KeyT", "Ctrl+KeyN", "Alt+F4", "F5", "F11", "F12", "Ctrl+KeyR",
]);

/** The chord of an event, or null while composing and for modifiers alone. */
export function chordOf(event: KeyLike): string | null {
  if (isComposing(event) || !event.code || MODIFIERS.has(event.code)) return null;
  return (
    (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") +
    (event.shiftKey ? "Shift+" : "") + event.code
  );
}

/** An input method is putting a character together: keyCode 229 is what Chrome sends for its keys. */
export function isComposing(event: KeyLike): boolean {
  return event.isComposing === true || event.keyCode === 229 || event.key === "Process";
}

/** A place where people write, in which keys are letters. */
export function isTextField(target: EventTarget | null): boolean {
  if (target === null || !("tagName" in target)) return false;
  const element = target as HTMLElement;
  if (element.isContentEditable) return true;
  if (element.tagName === "TEXTAREA" || element.tagName === "SELECT") return true;
  if (element.tagName !== "INPUT") return false;
  const type = (element as HTMLInputElement).type;
  return !["button", "checkbox", "radio", "range", "color", "submit", "reset", "file"].includes(type);
}

const NAMES: Record<string, string> = {
  Space: "␣", Escape: "Esc", Enter: "Enter", Backspace: "⌫", Delete: "Del", Tab: "Tab", ArrowLeft: "←", ArrowRight: "→",
  ArrowUp: "↑", ArrowDown: "↓", Slash: "/", Period: ".", Comma: ",", Semicolon: ";", Quote: "'", BracketLeft: "[",
  BracketRight: "]", Minus: "-", Equal: "=", Backquote: "`", Backslash: "\\", PageUp: "PgUp", PageDown: "PgDn",
  NumpadEnter: "Num Enter", NumpadAdd: "Num +", NumpadSubtract: "Num -", NumpadDecimal: "Num .", NumpadMultiply: "Num *", NumpadDivide: "Num /",
};

/** How a chord is shown to people. */
export function chordName(chord: string): string {
  const parts = chord.split("+");
  const code = parts.pop() as string;
  if (code === "Slash" && parts.length === 1 && parts[0] === "Shift") return "?";
  const name = NAMES[code] ?? code.replace(/^(Key|Digit)/, "").replace(/^Numpad(\d)$/, "Num $1");
  return [...parts, name].join(" ");
}

/** Keys for classes: digits first, then letters that no action uses. */
export function classKeys(count: number, taken: ReadonlySet<string>, wishes: readonly (string | null | undefined)[] = [], digits = true): (string | null)[] {
  const pool = [
    ...(digits ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((n) => `Digit${n}`) : [1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((n) => `Numpad${n}`)),
    ...Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (c) => `Key${c}`),
  ];
  const used = new Set<string>(taken);
  const keys: (string | null)[] = new Array<string | null>(count).fill(null);
  wishes.slice(0, count).forEach((wish, i) => {
    if (wish && !used.has(wish) && !RESERVED.has(wish)) { keys[i] = wish; used.add(wish); }
  });
  let next = 0;
  for (let i = 0; i < count; i++) {
    if (keys[i]) continue;
    while (next < pool.length && used.has(pool[next] as string)) next++;
    const key = pool[next];
    if (key === undefined) break;
    keys[i] = key;
    used.add(key);
  }
  return keys;
}
