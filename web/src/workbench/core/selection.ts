/** Which marks are chosen, hidden, locked or filtered out. View state: never part of a delta. */
import type { Mark } from "./model";

/** A choice among the marks with a name, for the control that shows which one is on. */
export interface Filter { name: string; shows(mark: Mark): boolean }

export class Selection {
  private chosen = new Set<string>();
  readonly hidden = new Set<string>();
  readonly locked = new Set<string>();
  /** Hide everything while a key is held or until shown again. */
  allHidden = false;
  /** What the list and the stage show; null shows all. */
  filter: Filter | null = null;
  private listeners = new Set<() => void>();

  get ids(): ReadonlySet<string> { return this.chosen; }
  get size(): number { return this.chosen.size; }
  get only(): string | undefined { return this.chosen.size === 1 ? this.chosen.values().next().value : undefined; }
  has(id: string): boolean { return this.chosen.has(id); }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  set(ids: Iterable<string>): void { this.chosen = new Set(ids); this.tell(); }
  clear(): void { if (this.chosen.size > 0) this.set([]); }
  toggle(id: string): void {
    const next = new Set(this.chosen);
    if (!next.delete(id)) next.add(id);
    this.set(next);
  }
  toggleHidden(id: string): void { if (!this.hidden.delete(id)) this.hidden.add(id); this.tell(); }
  toggleLocked(id: string): void { if (!this.locked.delete(id)) this.locked.add(id); this.tell(); }
  showOnly(filter: Filter | null): void { this.filter = filter; this.tell(); }
  hideAll(hide: boolean): void { this.allHidden = hide; this.tell(); }
  reset(): void {
    this.chosen = new Set();
    this.hidden.clear();
    this.locked.clear();
    this.allHidden = false;
    this.filter = null;
    this.tell();
  }

  /** Drop ids of marks that no longer exist. */
  prune(exists: (id: string) => boolean): void {
    const kept = [...this.chosen].filter(exists);
    if (kept.length !== this.chosen.size) this.set(kept);
  }

  visible(mark: Mark): boolean {
    if (this.allHidden || this.hidden.has(mark.id)) return false;
    return this.filter === null || this.filter.shows(mark);
  }

  editable(mark: Mark): boolean { return this.visible(mark) && !this.locked.has(mark.id); }

  /** The mark after (or before) the chosen one in the order of the list, round and round. */
  step(marks: readonly Mark[], by: 1 | -1, wanted: (mark: Mark) => boolean = () => true): string | undefined {
    const usable = marks.filter((mark) => this.visible(mark) && wanted(mark));
    if (usable.length === 0) return undefined;
    const at = usable.findIndex((mark) => this.chosen.has(mark.id));
    const next = at < 0 ? (by > 0 ? 0 : usable.length - 1) : (at + by + usable.length) % usable.length;
    return usable[next]?.id;
  }

  private tell(): void { for (const listener of this.listeners) listener(); }
}
