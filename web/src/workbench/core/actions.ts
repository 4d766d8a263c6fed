/**
 * The action registry: everything a person can do, with its key. Keys, menus, the help sheet and the key settings
 * all read it. It refuses two actions on one key.
 */
import { RESERVED, chordOf, isTextField, type KeyLike } from "./keys";

export interface Action<C> {
  /** Stable name, `group.verb`; also the key of its text (`workbench:action.<id>`). */
  id: string;
  group: "task" | "class" | "tool" | "object" | "edit" | "view" | "review";
  keys: readonly string[];
  enabled?: (context: C) => boolean;
  perform: (context: C) => void;
  /** Fires again while the key is held (nudge, zoom). */
  repeat?: boolean;
  /** Works also while the pointer is in a text field (finish with Ctrl+Enter). */
  inText?: boolean;
  /** Ready text instead of a translation (class names). */
  label?: string;
}

export type KeyMap = Readonly<Record<string, readonly string[]>>;

/** Two actions want the same key. */
export class KeyClash extends Error {
  readonly code = "key_clash";
  constructor(readonly chord: string, readonly first: string, readonly second: string) {
    super(`${chord} is the key of ${first} already; ${second} cannot have it.`);
  }
}

/** The key belongs to the input method or the browser. */
export class KeyReserved extends Error {
  readonly code = "key_reserved";
  constructor(readonly chord: string, readonly action: string) {
    super(`${chord} belongs to the input method or the browser; ${action} cannot have it.`);
  }
}

export class ActionRegistry<C> {
  private actions = new Map<string, Action<C>>();
  private chords = new Map<string, string>();
  private listeners = new Set<() => void>();

  /** @param changed the person's own keys, by action id; they replace the defaults. */
  constructor(private changed: KeyMap = {}) {}

  /** Register all or none. @throws KeyClash, KeyReserved */
  register(...actions: Action<C>[]): void {
    const chords = new Map(this.chords);
    for (const action of actions) {
      if (this.actions.has(action.id)) throw new Error(`action ${action.id} is registered already`);
      this.claim(chords, action.id, this.keysFor(action));
    }
    for (const action of actions) this.actions.set(action.id, action);
    this.chords = chords;
    this.tell();
  }

  /** Take out the actions of a group (classes change with the project). */
  unregister(wanted: (action: Action<C>) => boolean): void {
    for (const [id, action] of this.actions) {
      if (!wanted(action)) continue;
      this.actions.delete(id);
      for (const [chord, owner] of this.chords) if (owner === id) this.chords.delete(chord);
    }
    this.tell();
  }

  /** Put the person's keys in place. On a clash nothing changes. */
  rebind(changed: KeyMap): void {
    const chords = new Map<string, string>();
    for (const action of this.actions.values()) this.claim(chords, action.id, changed[action.id] ?? action.keys);
    this.changed = changed;
    this.chords = chords;
    this.tell();
  }

  get keyMap(): KeyMap { return this.changed; }
  get taken(): ReadonlySet<string> { return new Set(this.chords.keys()); }
  all(): Action<C>[] { return [...this.actions.values()]; }
  get(id: string): Action<C> | undefined { return this.actions.get(id); }
  ownerOf(chord: string): string | undefined { return this.chords.get(chord); }
  keysOf(id: string): readonly string[] {
    const action = this.actions.get(id);
    return action ? this.keysFor(action) : [];
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  isEnabled(id: string, context: C): boolean {
    const action = this.actions.get(id);
    return action !== undefined && (action.enabled?.(context) ?? true);
  }

  perform(id: string, context: C): boolean {
    const action = this.actions.get(id);
    if (!action || !(action.enabled?.(context) ?? true)) return false;
    action.perform(context);
    return true;
  }

  /**
   * Act on a key event. Returns true when it was taken (the caller then prevents the default).
   *
   * Silent while an input method composes and in text fields.
   */
  handle(event: KeyLike & { target?: EventTarget | null; repeat?: boolean }, context: C): boolean {
    const chord = chordOf(event);
    if (chord === null) return false;
    const id = this.chords.get(chord);
    const action = id === undefined ? undefined : this.actions.get(id);
    if (!action) return false;
    if (!action.inText && isTextField(event.target ?? null)) return false;
    if (!(action.enabled?.(context) ?? true)) return false;
    if (!event.repeat || action.repeat) action.perform(context);
    return true;
  }

  private keysFor(action: Action<C>): readonly string[] { return this.changed[action.id] ?? action.keys; }

  private claim(chords: Map<string, string>, id: string, keys: readonly string[]): void {
    for (const chord of keys) {
      const owner = chords.get(chord);
      if (owner !== undefined && owner !== id) throw new KeyClash(chord, owner, id);
      if (RESERVED.has(chord)) throw new KeyReserved(chord, id);
      chords.set(chord, id);
    }
  }

  private tell(): void { for (const listener of this.listeners) listener(); }
}
