/** Masks: brush, eraser, filled lasso, flood fill, superpixel brush. Stored as COCO run lengths. */
import type { Mask, Mark } from "../core/model";
import { touchOps } from "../core/provenance";
import { combine, expand, fillPolygon, flood, stroke } from "../core/raster";
import { fromPatch, toPatch, type Patch } from "../core/rle";
import { removeMarks, setField } from "../core/store";
import type { Overlay } from "../render/surface";
import { DrawTool } from "./draw";
import { claim, isEmptyMask } from "./overlap";
import { moved, px, type Bench, type Point, type Superpixels, type ToolState } from "./tool";

/**
 * Add `stamp` to the chosen mask of the current class, or start a new one; `value` 0 takes away. One step, together with
 * what other masks lose by it. A mask that is erased to its last pixel goes.
 */
export function applyStamp(bench: Bench, stamp: Patch, value: 0 | 1, action: string): void {
  const { w, h } = bench.pictureSize();
  const mark = chosenMask(bench);
  if (!mark) {
    if (value === 0) { bench.say("eraseWhat"); return; }
    const { stamp: own, ops } = claim(bench, stamp, new Set());
    const mask = fromPatch(own, [h, w]);
    if (!isEmptyMask(mask)) bench.add(mask, action, {}, ops);
    return;
  }
  const { stamp: own, ops } = value === 1 ? claim(bench, stamp, new Set([mark.id])) : { stamp, ops: [] };
  const old = toPatch(mark.geometry as Mask);
  const mask = fromPatch(combine({ ...old, data: old.data.slice() }, own, value), [h, w]);
  if (isEmptyMask(mask)) bench.commit(removeMarks(bench.store.document, new Set([mark.id])), action);
  else bench.commit([setField(mark, "geometry", mask), ...touchOps(mark, "moved"), ...ops], action);
}

function chosenMask(bench: Bench): Mark | null {
  const id = bench.selection.only;
  const mark = id === undefined ? undefined : bench.store.mark(id);
  return mark?.geometry?.kind === "mask" && !bench.selection.locked.has(mark.id) ? mark : null;
}

/** Round brush; Shift while pressing erases. Alt+click paints a straight line from where the last stroke ended. */
export class BrushTool extends DrawTool {
  override readonly id: string = "brush";
  protected readonly value: 0 | 1 = 1;
  private here: Point | null = null;
  /** Where the last stroke ended. */
  private tip: Point | null = null;

  override enter(): void { this.tip = null; super.enter(); }
  protected begin(p: Point): void { this.to(this.painting(p, p.shift ? 0 : this.value)); }
  protected override track(p: Point): void { this.here = p; this.bench.refresh(); }
  protected override handleUnder(): null { return null; }

  private painting(from: Point, value: 0 | 1): ToolState {
    const radius = this.bench.options.brush;
    const { w, h } = this.bench.pictureSize();
    let patch: Patch = { x: 0, y: 0, w: 0, h: 0, data: new Uint8Array(0) };
    let last = from.alt && this.tip ? this.tip : from;
    const paint = (p: Point): void => {
      const x0 = Math.max(0, Math.floor(Math.min(last.x, p.x) - radius)), y0 = Math.max(0, Math.floor(Math.min(last.y, p.y) - radius));
      const x1 = Math.min(w, Math.ceil(Math.max(last.x, p.x) + radius)), y1 = Math.min(h, Math.ceil(Math.max(last.y, p.y) + radius));
      // Room is made in steps of 64, so that a long stroke does not copy itself for every pixel.
      patch = expand(patch, Math.max(0, x0 - 64), Math.max(0, y0 - 64), Math.min(w, x1 + 64), Math.min(h, y1 + 64));
      stroke(patch, last.x, last.y, p.x, p.y, radius, 1);
      last = p;
      this.here = p;
      this.bench.refresh();
    };
    paint(from);
    const colour = value === 1 ? this.bench.styleFor(chosenMask(this.bench)?.label ?? this.bench.label()).colour : "#FFFFFF";
    return {
      name: value === 1 ? "painting" : "erasing",
      cursor: "none",
      move: paint,
      up: () => {
        this.toIdle();
        this.tip = last;
        applyStamp(this.bench, patch, value, value === 1 ? "mask.paint" : "mask.erase");
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [...this.chosenOverlays(), { kind: "patch", patch, colour }, ...this.ring()],
    };
  }

  protected override extra(): Overlay[] { return this.ring(); }
  private ring(): Overlay[] {
    return this.here ? [{ kind: "ring", x: this.here.x, y: this.here.y, radius: this.bench.options.brush, ...(this.value === 0 ? { colour: "#F6BE48" } : {}) }] : [];
  }
  override get cursor(): string { return "none"; }
}

export class EraserTool extends BrushTool {
  override readonly id = "eraser";
  protected override readonly value = 0;
}

/** Draw round a region; it is filled. Shift takes it away. */
export class FillTool extends DrawTool {
  override readonly id = "fill";
  protected begin(p: Point): void { this.to(this.lasso(p)); }
  protected override handleUnder(): null { return null; }

  private lasso(from: Point): ToolState {
    const xy = [from.x, from.y];
    let here = from;
    const done = (): boolean => {
      if (xy.length < 6) return false;
      this.toIdle();
      applyStamp(this.bench, fillPolygon({ kind: "polygon", parts: [{ outer: xy }] }), from.shift ? 0 : 1, "mask.fill");
      return true;
    };
    let dragged = false;
    return {
      name: "lasso",
      move: (p) => {
        here = p;
        if (this.held && moved(from, p)) dragged = true;
        if (dragged && this.held && Math.hypot(p.x - (xy.at(-2) as number), p.y - (xy.at(-1) as number)) >= px(this.bench, 2)) xy.push(p.x, p.y);
        this.bench.refresh();
      },
      down: (p) => {
        this.held = true;
        if (p.double || Math.hypot(p.x - from.x, p.y - from.y) <= px(this.bench, 10)) { done(); return; }
        xy.push(p.x, p.y);
        this.bench.refresh();
      },
      up: () => { this.held = false; if (dragged) done(); },
      complete: done,
      back: () => { if (xy.length <= 2) this.toIdle(); else xy.length -= 2; this.bench.refresh(); return true; },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [...this.chosenOverlays(), { kind: "line", xy: [...xy, here.x, here.y, from.x, from.y], dash: true }],
    };
  }
  private held = true;
  override enter(): void { this.held = true; super.enter(); }
  protected override toIdle(): void { this.held = true; super.toIdle(); }
}

const FLOOD_PIXELS = 4_000_000;

/** Click: the connected region of like colour. Shift takes it away. */
export class FloodTool extends DrawTool {
  override readonly id = "flood";
  protected begin(p: Point): void { this.to(this.pointing(p)); }
  protected override handleUnder(): null { return null; }

  private pointing(from: Point): ToolState {
    return {
      name: "pointing",
      up: () => {
        this.toIdle();
        // The whole picture, so that no region ends at the border of the view; of a huge one the part in view.
        const { w, h } = this.bench.pictureSize();
        const part = w * h <= FLOOD_PIXELS ? { x0: 0, y0: 0, x1: w, y1: h } : this.bench.viewport().visible;
        const got = this.bench.picture()?.pixels(part, FLOOD_PIXELS);
        if (!got) return;
        const patch = flood(got.data, (from.x - got.x) * got.scale, (from.y - got.y) * got.scale, this.bench.options.tolerance);
        applyStamp(this.bench, scaled(patch, got.scale, got.x, got.y), from.shift ? 0 : 1, "mask.flood");
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.chosenOverlays(),
    };
  }
}

/** A patch of a picture shown `scale` times as large, back in picture pixels. */
export function scaled(patch: Patch, scale: number, x: number, y: number): Patch {
  if (scale === 1) return { ...patch, x: patch.x + x, y: patch.y + y };
  const w = Math.round(patch.w / scale), h = Math.round(patch.h / scale);
  const data = new Uint8Array(w * h);
  for (let row = 0; row < h; row++) {
    const from = Math.min(patch.h - 1, Math.floor((row + 0.5) * scale)) * patch.w;
    for (let column = 0; column < w; column++) data[row * w + column] = patch.data[from + Math.min(patch.w - 1, Math.floor((column + 0.5) * scale))] as number;
  }
  return { x: x + Math.round(patch.x / scale), y: y + Math.round(patch.y / scale), w, h, data };
}

/** Paint with regions that follow the edges of the picture. Shift takes away. */
export class SuperpixelTool extends DrawTool {
  override readonly id = "superpixel";
  private regions: Superpixels | null = null;
  private wanted = "";
  private under: Patch | null = null;

  protected override handleUnder(): null { return null; }
  protected begin(p: Point): void { this.to(this.painting(p)); }

  protected override track(p: Point): void {
    this.prepare();
    this.under = this.regions?.at(p.x, p.y) ?? null;
    this.bench.refresh();
  }

  /** Regions are computed for the part in view, in the worker thread. */
  private prepare(): void {
    const picture = this.bench.picture();
    if (!picture) return;
    const v = this.bench.viewport();
    const key = `${v.scale.toFixed(4)} ${Math.round(v.x)} ${Math.round(v.y)}`;
    if (key === this.wanted) return;
    this.wanted = key;
    this.bench.say("superpixelsComing");
    void this.bench.help.superpixels(picture, v.visible, px(this.bench, 18)).then((regions) => {
      if (regions && key === this.wanted) { this.regions = regions; this.bench.say(null); this.bench.refresh(); }
    });
  }

  private painting(from: Point): ToolState {
    let patch: Patch = { x: 0, y: 0, w: 0, h: 0, data: new Uint8Array(0) };
    const paint = (p: Point): void => {
      const region = this.regions?.at(p.x, p.y);
      if (region) patch = combine(patch, region, 1);
      this.bench.refresh();
    };
    this.prepare();
    paint(from);
    const colour = from.shift ? "#FFFFFF" : this.bench.styleFor(this.bench.label()).colour;
    return {
      name: "painting",
      move: paint,
      up: () => { this.toIdle(); applyStamp(this.bench, patch, from.shift ? 0 : 1, "mask.superpixel"); },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [...this.chosenOverlays(), { kind: "patch", patch, colour }],
    };
  }

  protected override extra(): Overlay[] { return this.under ? [{ kind: "patch", patch: this.under, colour: "#FFFFFF" }] : []; }
  override exit(): void { this.regions = null; this.wanted = ""; super.exit(); }
}
