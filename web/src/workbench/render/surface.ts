/**
 * What the bench asks of a renderer. Canvas2D stands behind it today; nothing outside this folder knows that.
 *
 * A scene has two layers: marks at rest, painted once into a bitmap that is moved while panning and zooming, and
 * what lives (chosen marks, the shape under the hand, handles), painted every frame.
 */
import type { Document } from "../core/deltas";
import type { ClassStyle, Geometry, Mark } from "../core/model";
import type { Patch } from "../core/rle";
import type { Selection } from "../core/selection";
import type { SpatialIndex } from "../core/spatial";
import type { Rect, Size, Viewport } from "../core/viewport";
import type { Adjust } from "./adjust";

export interface Scene {
  document(): Document;
  mark(id: string): Mark | undefined;
  index: SpatialIndex;
  selection: Selection;
  styleOf(mark: Mark): ClassStyle;
  /** Text of the tag: class name and what helps to tell marks apart. */
  tagOf(mark: Mark): string;
  /** Edges of a skeleton, for keypoints. */
  edgesOf(mark: Mark): readonly (readonly [number, number])[];
}

/** Something on the live layer, in picture pixels unless said otherwise. */
export type Overlay =
  | { kind: "shape"; geometry: Geometry; style: ClassStyle; chosen?: boolean; suggestion?: boolean; tag?: string; edges?: readonly (readonly [number, number])[] }
  | { kind: "handles"; xy: readonly number[]; round?: boolean; active?: number; colours?: readonly string[]; hollow?: readonly boolean[] }
  | { kind: "line"; xy: readonly number[]; colour?: string; dash?: boolean; arrow?: boolean; width?: number }
  | { kind: "area"; rect: Rect; colour?: string }
  | { kind: "patch"; patch: Patch; colour: string }
  | { kind: "text"; x: number; y: number; text: string; below?: boolean }
  | { kind: "ring"; x: number; y: number; radius: number; colour?: string }
  | { kind: "pin"; x: number; y: number; text: string; colour?: string }
  /** Magnify this place, whatever the person has set. */
  | { kind: "loupe"; x: number; y: number };

/** Helps of the eye that follow the pointer; screen pixels. */
export interface Helps {
  crosshair: boolean;
  grid: number | null;
  magnifier: boolean;
}

export interface Picture {
  readonly size: Size;
  /** Draw the part `visible` (picture pixels) so that picture (0, 0) lands on (x, y) and one pixel is `scale` wide. */
  draw(context: CanvasRenderingContext2D, x: number, y: number, scale: number, visible: Rect): void;
  /** Tell when something sharper has arrived. */
  onReady(listener: () => void): void;
  setAdjust(adjust: Adjust): void;
  /** Pixels of a part, for helps and flood fill; `null` while they are not here yet. */
  pixels(rect: Rect, most?: number): { data: ImageData; x: number; y: number; scale: number } | null;
  close(): void;
}

export interface FrameStats { frames: number; lastPaintMs: number; lastFrameMs: number; sharp: boolean }

export interface Renderer {
  readonly stats: FrameStats;
  mount(host: HTMLElement): void;
  setScene(scene: Scene): void;
  setPicture(picture: Picture | null): void;
  setViewport(viewport: Viewport): void;
  setLive(overlays: () => readonly Overlay[]): void;
  setHelps(helps: Helps): void;
  setPointer(point: { x: number; y: number } | null): void;
  /** Marks that the live layer shows now and the bitmap must not. */
  lift(ids: ReadonlySet<string>): void;
  /** These rectangles (picture pixels) changed; without argument everything did. */
  invalidate(...rects: Rect[]): void;
  /** Only the live layer changed. */
  refresh(): void;
  destroy(): void;
}
