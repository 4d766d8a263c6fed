/**
 * Spatial index: a uniform grid over the picture with the shapes' bounds in flat arrays.
 *
 * A grid beats a tree here because shapes are added and moved one at a time all day: an update touches only the
 * cells it leaves and enters. Shapes that would cover very many cells are kept in a short list of their own.
 */
import { bounds, isEmpty } from "./geometry";
import type { Mark } from "./model";
import type { Rect } from "./viewport";

const SIDE = 128;
const MANY_CELLS = 1024;

export class SpatialIndex {
  private slots = new Map<string, number>();
  private ids: (string | null)[] = [];
  private rects = new Float64Array(4 * 256);
  private free: number[] = [];
  private cells: (number[] | undefined)[] = new Array<number[] | undefined>(SIDE * SIDE);
  private large = new Set<number>();
  private seen = new Uint32Array(256);
  private stamp = 0;
  private cw = 1;
  private ch = 1;

  constructor(width = 1, height = 1) { this.reset(width, height); }

  get size(): number { return this.slots.size; }

  reset(width: number, height: number): void {
    this.cw = Math.max(1, width) / SIDE;
    this.ch = Math.max(1, height) / SIDE;
    this.slots.clear();
    this.ids = [];
    this.free = [];
    this.large.clear();
    this.cells = new Array<number[] | undefined>(SIDE * SIDE);
  }

  load(marks: readonly Mark[], width: number, height: number): void {
    this.reset(width, height);
    for (const mark of marks) this.set(mark.id, bounds(mark.geometry));
  }

  /** Add or move a shape; an empty rectangle removes it. */
  set(id: string, rect: Rect): void {
    this.delete(id);
    if (isEmpty(rect)) return;
    const slot = this.free.pop() ?? this.ids.length;
    this.ids[slot] = id;
    this.slots.set(id, slot);
    this.ensure(slot + 1);
    this.rects.set([rect.x0, rect.y0, rect.x1, rect.y1], 4 * slot);
    const [c0, r0, c1, r1] = this.range(rect);
    if ((c1 - c0 + 1) * (r1 - r0 + 1) > MANY_CELLS) { this.large.add(slot); return; }
    for (let r = r0; r <= r1; r++) for (let c = c0; c <= c1; c++) (this.cells[r * SIDE + c] ??= []).push(slot);
  }

  delete(id: string): void {
    const slot = this.slots.get(id);
    if (slot === undefined) return;
    this.slots.delete(id);
    this.ids[slot] = null;
    this.free.push(slot);
    if (this.large.delete(slot)) return;
    const [c0, r0, c1, r1] = this.range(this.rect(slot));
    for (let r = r0; r <= r1; r++) for (let c = c0; c <= c1; c++) {
      const cell = this.cells[r * SIDE + c];
      const at = cell?.indexOf(slot) ?? -1;
      if (cell && at >= 0) { cell[at] = cell[cell.length - 1] as number; cell.pop(); }
    }
  }

  rectOf(id: string): Rect | undefined {
    const slot = this.slots.get(id);
    return slot === undefined ? undefined : this.rect(slot);
  }

  /** Ids whose bounds touch `rect`, each once, in no particular order. */
  search(rect: Rect, into: string[] = []): string[] {
    const stamp = ++this.stamp;
    const take = (slot: number): void => {
      if (this.seen[slot] === stamp) return;
      this.seen[slot] = stamp;
      const o = 4 * slot;
      if (
        (this.rects[o] as number) <= rect.x1 && (this.rects[o + 2] as number) >= rect.x0 &&
        (this.rects[o + 1] as number) <= rect.y1 && (this.rects[o + 3] as number) >= rect.y0
      ) into.push(this.ids[slot] as string);
    };
    const [c0, r0, c1, r1] = this.range(rect);
    if ((c1 - c0 + 1) * (r1 - r0 + 1) > SIDE * SIDE * 0.6) {
      for (const slot of this.slots.values()) take(slot);
      return into;
    }
    for (const slot of this.large) take(slot);
    for (let r = r0; r <= r1; r++) for (let c = c0; c <= c1; c++) {
      const cell = this.cells[r * SIDE + c];
      if (cell) for (let i = 0; i < cell.length; i++) take(cell[i] as number);
    }
    return into;
  }

  private rect(slot: number): Rect {
    const o = 4 * slot;
    return { x0: this.rects[o] as number, y0: this.rects[o + 1] as number, x1: this.rects[o + 2] as number, y1: this.rects[o + 3] as number };
  }

  private range(rect: Rect): [number, number, number, number] {
    const clamp = (v: number): number => (v < 0 ? 0 : v >= SIDE ? SIDE - 1 : Math.floor(v));
    return [clamp(rect.x0 / this.cw), clamp(rect.y0 / this.ch), clamp(rect.x1 / this.cw), clamp(rect.y1 / this.ch)];
  }

  private ensure(count: number): void {
    if (this.seen.length >= count) return;
    const size = Math.max(count, this.seen.length * 2);
    const rects = new Float64Array(4 * size);
    rects.set(this.rects.subarray(0, Math.min(this.rects.length, 4 * size)));
    this.rects = rects;
    const seen = new Uint32Array(size);
    seen.set(this.seen);
    this.seen = seen;
  }
}
