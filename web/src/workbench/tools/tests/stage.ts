/** A bench without a screen, and a hand on it: for the tests of tools. */
import type { Document } from "../../core/deltas";
import type { Geometry, Mark, Schema } from "../../core/model";
import { maskArea } from "../../core/rle";
import type { Viewport } from "../../core/viewport";
import { ImageBench, type BenchSettings } from "../../image/bench";
import type { Picture, Renderer } from "../../render/surface";
import type { HelpClient, Point } from "../tool";

/** A renderer that draws nothing. */
export const blind = (): Renderer => ({
  stats: { frames: 0, lastPaintMs: 0, lastFrameMs: 0, sharp: true }, mount: () => undefined, setScene: () => undefined, setPicture: () => undefined, setViewport: (_: Viewport) => undefined,
  setLive: () => undefined, setHelps: () => undefined, setPointer: () => undefined, lift: () => undefined, invalidate: () => undefined, refresh: () => undefined, destroy: () => undefined,
});

export const SCHEMA: Schema = {
  classes: [{ id: "car", kinds: ["box", "polygon", "mask", "points"] }, { id: "road", kinds: ["polygon", "mask"] }, { id: "face", kinds: ["keypoints"], skeleton: "s" }],
  attributes: [{ id: "view", type: "choice", values: ["front", "rear"], classes: ["car"] }],
  skeletons: [{ id: "s", names: ["l", "r", "n"], edges: [[0, 1]], flip: [[0, 1]], template: [0, 0, 1, 0, 0.5, 1] }],
  relations: [{ id: "on", sources: ["car"] }],
};
export const SETTINGS: BenchSettings = { language: "en", minSize: 3, palette: undefined, readOnly: false };
export const NO_HELP: HelpClient = { outline: async () => null, wire: async () => null, superpixels: async () => null, cancel: () => undefined };

export const box = (id: string, x0: number, y0: number, x1: number, y1: number, more: Partial<Mark> = {}): Mark => ({ id, label: "car", geometry: { kind: "box", x0, y0, x1, y1 }, ...more });
export const polygon = (id: string, outer: number[], holes: number[][] = []): Mark => ({ id, label: "car", geometry: { kind: "polygon", parts: [holes.length > 0 ? { outer, holes } : { outer }] } });

/** The bench with a picture of 500×250, shown twice as large; a hand that presses, drags and clicks in picture pixels. */
export class TestStage {
  readonly said: string[] = [];
  readonly bench: ImageBench;

  constructor(base: Partial<Document> = {}, schema: Schema = SCHEMA, size = { w: 500, h: 250 }, settings: Partial<BenchSettings> = {}) {
    this.bench = new ImageBench(blind(), NO_HELP, { ask: async () => null, changed: () => undefined });
    const say = this.bench.say.bind(this.bench);
    this.bench.say = (text, values) => { if (text) this.said.push(text); say(text, values); };
    this.bench.setViewSize({ w: 2 * size.w, h: 2 * size.h });
    this.open(base, schema, size, settings);
  }

  open(base: Partial<Document> = {}, schema: Schema = SCHEMA, size = { w: 500, h: 250 }, settings: Partial<BenchSettings> = {}): void {
    this.bench.open({ schema, size, base: { marks: [], relations: [], item_attrs: {}, ...base }, settings: { ...SETTINGS, ...settings } });
  }

  show(picture: Picture): void { this.bench.setPicture(picture); }

  at(x: number, y: number, keys: Partial<Point> = {}): Point { return { x, y, sx: x * 2, sy: y * 2, ...keys }; }
  click(x: number, y: number, keys: Partial<Point> = {}): void { const p = this.at(x, y, keys); this.bench.tool.move(p); this.bench.tool.down(p); this.bench.tool.up(p); }
  drag(path: readonly (readonly [number, number])[], keys: Partial<Point> = {}): void {
    const [first, ...rest] = path as [[number, number], ...[number, number][]];
    this.bench.tool.down(this.at(...first, keys));
    for (const p of rest) this.bench.tool.move(this.at(...p, keys));
    this.bench.tool.up(this.at(...(rest.at(-1) ?? first), keys));
  }

  get marks(): Mark[] { return this.bench.store.document.marks; }
  mark(id: string): Mark { return this.bench.store.mark(id) as Mark; }
  get last(): Geometry { return this.marks.at(-1)?.geometry as Geometry; }
}

export const pixels = (mark: Mark | undefined): number => (mark?.geometry?.kind === "mask" ? maskArea(mark.geometry) : NaN);
