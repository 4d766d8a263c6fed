/**
 * Tools are small state machines. A state is an object with handlers and its own data; *pointing* (pressed, not yet
 * moved) and *dragging* are different states, so that a click is never a tiny drag.
 */
import type { Op } from "../core/deltas";
import type { ClassStyle, Geometry, Mark, Schema, Skeleton } from "../core/model";
import type { Patch } from "../core/rle";
import type { Selection } from "../core/selection";
import type { SpatialIndex } from "../core/spatial";
import type { MarkStore } from "../core/store";
import type { Size, Viewport } from "../core/viewport";
import type { Overlay, Picture } from "../render/surface";

/** A press must move this far (CSS pixels) to become a drag. */
export const DRAG_FROM = 4;

/** Where the pointer is: picture pixels (x, y) and screen pixels (sx, sy). */
export interface Point {
  x: number;
  y: number;
  sx: number;
  sy: number;
  shift?: boolean;
  ctrl?: boolean;
  alt?: boolean;
  /** Second press of a double click. */
  double?: boolean;
}

export interface ToolOptions {
  /** Box: drag or two clicks, or four extreme points. */
  boxBy: "drag" | "extreme";
  /** Brush radius, picture pixels. */
  brush: number;
  /** Flood fill: largest difference per channel. */
  tolerance: number;
  /** Snap to vertices and borders of other shapes. */
  snap: boolean;
  /** Simplify freehand lines, screen pixels. */
  smooth: number;
  /** What outline tools make. */
  outlineAs: "polygon" | "mask";
  /** Place a skeleton at once from its template, or point after point. */
  skeletonBy: "template" | "points";
  /** Magnify while points are placed. */
  loupe: boolean;
  /** Points may lie outside the picture. */
  outside: boolean;
  /** Pictures that only ask questions: the last answer hands in and goes on. */
  autoNext: boolean;
}

export const OPTIONS: ToolOptions = {
  boxBy: "drag", brush: 12, tolerance: 24, snap: true, smooth: 1.5, outlineAs: "polygon", skeletonBy: "template", loupe: true, outside: false, autoNext: false,
};

/** Help from the worker thread; every call can be overtaken by a newer one and then answers null. */
export interface HelpClient {
  outline(request: OutlineRequest): Promise<Patch | null>;
  wire(picture: Picture, x: number, y: number, radius: number): Promise<Wire | null>;
  superpixels(picture: Picture, rect: { x0: number; y0: number; x1: number; y1: number }, size: number): Promise<Superpixels | null>;
  cancel(): void;
}
export interface OutlineRequest {
  picture: Picture;
  box: { x0: number; y0: number; x1: number; y1: number };
  /** Clicks that say "belongs" or "does not belong". */
  seeds: { x: number; y: number; inside: boolean }[];
}
/** Cheapest ways to a start point; `path` walks from a place to the start. */
export interface Wire { path(x: number, y: number): number[] }
export interface Superpixels { at(x: number, y: number): Patch | null }

/** What tools may ask of the bench. */
export interface Bench {
  readonly store: MarkStore;
  readonly selection: Selection;
  readonly index: SpatialIndex;
  readonly options: ToolOptions;
  readonly help: HelpClient;
  schema(): Schema;
  viewport(): Viewport;
  pictureSize(): Size;
  picture(): Picture | null;
  /** Millimetres that a pixel of the picture is wide; null where the item does not say. */
  pixelMm(): number | null;
  /** The class that new marks get. */
  label(): string | null;
  skeletonFor(label: string | null): Skeleton | null;
  styleFor(label: string | null | undefined): ClassStyle;
  edgesOf(mark: Pick<Mark, "geometry" | "label">): readonly (readonly [number, number])[];
  tagFor(mark: Mark): string;
  /**
   * Add a mark of the current class and choose it softly: the next class key is for the next mark. `before` are
   * operations of the same step (what other masks lose).
   */
  add(geometry: Geometry, action: string, more?: Partial<Mark>, before?: readonly Op[]): Mark | null;
  /** Replace the geometry of marks as one step. */
  reshape(changes: readonly { id: string; geometry: Geometry }[], action: string): void;
  commit(ops: Op[], action: string): void;
  choose(ids: Iterable<string>, soft?: boolean): void;
  /** Whether the chosen mark was just drawn: the hand is at the next one already. */
  readonly softlyChosen: boolean;
  /** Take marks out of the resting bitmap while the hand moves them. */
  lift(ids: Iterable<string>): void;
  refresh(): void;
  /** A short hint in the status bar; a key of the workbench texts. */
  say(text: string | null, values?: Record<string, string | number>): void;
  /** Ask for a short text at a place (comments). */
  ask(question: string, x: number, y: number): Promise<string | null>;
}

export interface ToolState {
  readonly name: string;
  down?(p: Point): void;
  move?(p: Point): void;
  up?(p: Point): void;
  /** Esc. True when there was something to give up. */
  cancel?(): boolean;
  /** Enter or double click. True when something was completed. */
  complete?(): boolean;
  /** Backspace: one point back. */
  back?(): boolean;
  /** The tool or the task changes while this state is on. */
  interrupt?(): void;
  /** Arrow keys, picture pixels. True when used. */
  nudge?(dx: number, dy: number): boolean;
  overlays?(): Overlay[];
  readonly cursor?: string;
}

export abstract class Tool {
  abstract readonly id: string;
  private current: ToolState = { name: "off" };

  constructor(protected readonly bench: Bench) {}

  protected abstract idle(): ToolState;

  get state(): ToolState { return this.current; }
  /** Where the machine is, for tests and the status bar: `box.dragging`. */
  get path(): string { return `${this.id}.${this.current.name}`; }
  get busy(): boolean { return this.current.name !== "idle" && this.current.name !== "off"; }
  get cursor(): string { return this.current.cursor ?? "crosshair"; }

  enter(): void { this.to(this.idle()); }
  exit(): void {
    this.current.interrupt?.();
    this.bench.lift([]);
    this.current = { name: "off" };
    this.bench.refresh();
  }

  down(p: Point): void { this.current.down?.(this.keep(p)); }
  move(p: Point): void { this.current.move?.(this.keep(p)); }
  up(p: Point): void { this.current.up?.(this.keep(p)); }
  cancel(): boolean { return this.current.cancel?.() ?? false; }
  complete(): boolean { return this.current.complete?.() ?? false; }
  back(): boolean { return this.current.back?.() ?? false; }
  nudge(dx: number, dy: number): boolean { return this.current.nudge?.(dx, dy) ?? false; }
  overlays(): Overlay[] { return this.current.overlays?.() ?? []; }

  protected to(state: ToolState): void {
    this.current = state;
    this.bench.refresh();
  }

  protected toIdle(): void {
    this.bench.lift([]);
    this.to(this.idle());
  }

  /** Points stay inside the picture unless the project lets them out. */
  private keep(p: Point): Point {
    if (this.bench.options.outside) return p;
    const { w, h } = this.bench.pictureSize();
    return { ...p, x: Math.min(w, Math.max(0, p.x)), y: Math.min(h, Math.max(0, p.y)) };
  }
}

export const moved = (a: Point, b: Point): boolean => Math.hypot(a.sx - b.sx, a.sy - b.sy) >= DRAG_FROM;

/** Screen pixels to picture pixels. */
export const px = (bench: Bench, screen: number): number => screen / bench.viewport().scale;

/** Size as people read it: "123×104". */
export const sizeText = (x0: number, y0: number, x1: number, y1: number): string =>
  `${Math.round(Math.abs(x1 - x0))}×${Math.round(Math.abs(y1 - y0))}`;
