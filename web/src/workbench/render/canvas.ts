/**
 * Canvas2D renderer: a bitmap with a margin around the view holds picture and resting marks; panning and zooming
 * move it, and it is painted anew, in slices, when the gesture settles. The live layer is a second canvas.
 */
import { bounds, grow, intersects, isEmpty } from "../core/geometry";
import { isSuggestion, type Mark } from "../core/model";
import { Viewport, type Rect, type Size } from "../core/viewport";
import { paintMagnifier } from "./magnifier";
import { paintHelps, paintOverlay } from "./overlay";
import { outline, paintPlain, paintShape, strokeSmall, type Frame, type Look } from "./shapes";
import type { FrameStats, Helps, Overlay, Picture, Renderer, Scene } from "./surface";
import { paintTag, TAG_HEIGHT } from "./tags";

/** Margin of the bitmap around the view, CSS pixels: short pans need no painting. */
const MARGIN = 96;
/** A gesture has settled when nothing moved for this long. */
const SETTLE_MS = 45;
/** Longest slice of painting in one frame. */
const SLICE_MS = 14;
/** A full painting quicker than this is simply done in every frame. */
const CHEAP_MS = 5;
/** More marks in view than this are painted plainly, those of a few pixels in shared paths, and without tags. */
const BATCH_FROM = 400;
const TAGS_UP_TO = 160;
/** In batches: below these sizes (CSS pixels) a shape is a thin outline, or a dot. */
const SMALL = 18;
const DOT = 5;
/** Most marks that the magnifier shows. */
const MAGNIFIED = 60;

interface Buffer { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D; viewport: Viewport | null }

export class CanvasRenderer implements Renderer {
  readonly stats: FrameStats = { frames: 0, lastPaintMs: 0, lastFrameMs: 0, sharp: true };
  private front = document.createElement("canvas");
  private live = document.createElement("canvas");
  private frontContext = this.front.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
  private liveContext = this.live.getContext("2d") as CanvasRenderingContext2D;
  private buffer = makeBuffer();
  private spare = makeBuffer();
  private scene: Scene | null = null;
  private picture: Picture | null = null;
  private viewport: Viewport | null = null;
  private overlays: () => readonly Overlay[] = () => [];
  private helps: Helps = { crosshair: false, grid: null, magnifier: false };
  private pointer: { x: number; y: number } | null = null;
  private lifted: ReadonlySet<string> = new Set();
  private dirty: Rect[] = [];
  private allDirty = true;
  private viewDirty = true;
  private liveDirty = true;
  private frame = 0;
  private settle: ReturnType<typeof setTimeout> | undefined;
  private slices: Generator<void> | null = null;
  private slicesCarry = false;
  private moving = false;
  private ratio = 1;
  private host: HTMLElement | null = null;

  mount(host: HTMLElement): void {
    this.host = host;
    for (const canvas of [this.front, this.live]) {
      canvas.style.cssText = "position:absolute;inset:0;width:100%;height:100%;display:block";
      canvas.setAttribute("aria-hidden", "true");
      host.append(canvas);
    }
    this.live.style.pointerEvents = "none";
  }

  setScene(scene: Scene): void { this.scene = scene; this.invalidate(); }

  setPicture(picture: Picture | null): void {
    this.picture = picture;
    picture?.onReady(() => { if (this.picture === picture) this.invalidate(); });
    this.buffer.viewport = null;
    this.invalidate();
  }

  setViewport(viewport: Viewport): void {
    if (this.viewport?.same(viewport) && this.ratio === window.devicePixelRatio) return;
    const resized = !this.viewport || this.viewport.view.w !== viewport.view.w || this.viewport.view.h !== viewport.view.h || this.ratio !== window.devicePixelRatio;
    this.viewport = viewport;
    if (resized) this.resize();
    this.viewDirty = true;
    this.liveDirty = true;
    this.stopSlices();
    if (resized) this.allDirty = true; else this.waitForRest();
    this.schedule();
  }

  setLive(overlays: () => readonly Overlay[]): void { this.overlays = overlays; this.refresh(); }
  setHelps(helps: Helps): void { this.helps = helps; this.refresh(); }
  setPointer(point: { x: number; y: number } | null): void {
    this.pointer = point;
    if (this.helps.crosshair || this.helps.magnifier) this.refresh();
  }

  lift(ids: ReadonlySet<string>): void {
    const changed: Rect[] = [];
    for (const id of new Set([...ids, ...this.lifted])) {
      if (ids.has(id) === this.lifted.has(id)) continue;
      const rect = this.scene?.index.rectOf(id);
      if (rect) changed.push(rect);
    }
    this.lifted = ids;
    if (changed.length > 0) this.invalidate(...changed);
  }

  invalidate(...rects: Rect[]): void {
    if (rects.length === 0 || this.dirty.length + rects.length > 40) { this.slices = null; this.allDirty = true; this.dirty = []; }
    else if (!this.allDirty) this.dirty.push(...rects.filter((r) => !isEmpty(r)));
    this.liveDirty = true;
    this.schedule();
  }

  refresh(): void { this.liveDirty = true; this.schedule(); }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.settle);
    this.stopSlices();
    this.front.remove();
    this.live.remove();
    for (const buffer of [this.buffer, this.spare]) buffer.canvas.width = buffer.canvas.height = 0;
    this.host = null;
  }

  private schedule(): void {
    if (this.frame === 0 && this.host) this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); });
  }

  private waitForRest(): void {
    clearTimeout(this.settle);
    this.moving = true;
    this.settle = setTimeout(() => {
      this.moving = false;
      if (!this.sharp()) this.beginSlices();
      else this.schedule();
    }, SETTLE_MS);
  }

  private sharp(): boolean {
    return this.viewport !== null && (this.buffer.viewport?.same(this.viewport) ?? false);
  }

  private draw(): void {
    const start = performance.now();
    const { viewport } = this;
    if (!viewport || !this.scene || this.front.width === 0) return;
    if (this.slices) this.runSlice();
    else if (this.allDirty && !(this.moving && this.buffer.viewport)) {
      if (!this.buffer.viewport || this.stats.lastPaintMs < 40) this.paintNow();
      else this.beginSlices();
    } else if (this.viewDirty && !this.sharp() && this.stats.lastPaintMs < CHEAP_MS) this.paintNow();
    else if (this.dirty.length > 0 && this.buffer.viewport) this.repair();
    if (this.viewDirty) this.blit();
    if (this.liveDirty) this.drawLive();
    this.stats.frames++;
    this.stats.sharp = this.sharp() && !this.allDirty;
    this.stats.lastFrameMs = performance.now() - start;
    if (this.slices) this.schedule();
  }

  /** Show the bitmap where it belongs in the present view; beneath it the bare picture where it has run out. */
  private blit(): void {
    const { frontContext: c, buffer, viewport, ratio } = this;
    if (!viewport || !buffer.viewport) return;
    const margin = MARGIN * ratio;
    const k = viewport.scale / buffer.viewport.scale;
    const dx = (viewport.x - buffer.viewport.x * k) * ratio - margin * k;
    const dy = (viewport.y - buffer.viewport.y * k) * ratio - margin * k;
    const w = buffer.canvas.width * k, h = buffer.canvas.height * k;
    const covers = dx <= 0 && dy <= 0 && dx + w >= this.front.width && dy + h >= this.front.height;
    if (!covers) {
      c.fillStyle = "#2B2D2C";
      c.fillRect(0, 0, this.front.width, this.front.height);
      this.picture?.draw(c, viewport.x * ratio, viewport.y * ratio, viewport.scale * ratio, clipTo(viewport));
    }
    c.imageSmoothingEnabled = k !== 1;
    c.imageSmoothingQuality = "low";
    if (k === 1) c.drawImage(buffer.canvas, Math.round(dx), Math.round(dy));
    else c.drawImage(buffer.canvas, dx, dy, w, h);
    this.viewDirty = false;
  }

  private paintNow(): void {
    this.stopSlices();
    const slices = this.paintAll(this.buffer, this.viewport as Viewport);
    const start = performance.now();
    while (!slices.next().done);
    this.painted(performance.now() - start);
  }

  private beginSlices(): void {
    this.stopSlices();
    if (!this.viewport || !this.scene) return;
    const target = this.spare;
    const all = this.paintAll(target, this.viewport);
    let spent = 0;
    this.slices = (function* (self: CanvasRenderer): Generator<void> {
      for (;;) {
        const start = performance.now();
        let done = false;
        while (!done && performance.now() - start < SLICE_MS) done = all.next().done === true;
        spent += performance.now() - start;
        if (done) break;
        yield;
      }
      self.spare = self.buffer;
      self.buffer = target;
      self.painted(spent);
    })(this);
    this.slicesCarry = this.allDirty || this.dirty.length > 0;
    this.allDirty = false;
    this.dirty = [];
    this.schedule();
  }

  private runSlice(): void {
    if (this.slices?.next().done) this.slices = null;
    // What changed while the slices ran is repaired on the fresh bitmap.
    if (!this.slices && this.dirty.length > 0) this.repair();
  }

  private stopSlices(): void {
    if (!this.slices) return;
    this.slices = null;
    // Changes that only the unfinished bitmap knew must not be forgotten; a mere move may be.
    if (this.slicesCarry) this.allDirty = true;
  }

  private painted(ms: number): void {
    this.stats.lastPaintMs = ms;
    this.allDirty = false;
    if (!this.slices) this.dirty = [];
    this.viewDirty = true;
  }

  /** Paint everything that the buffer shows; yields between chunks. */
  private *paintAll(buffer: Buffer, viewport: Viewport): Generator<void> {
    const { ratio } = this;
    const w = Math.round(viewport.view.w * ratio + 2 * MARGIN * ratio), h = Math.round(viewport.view.h * ratio + 2 * MARGIN * ratio);
    if (buffer.canvas.width !== w || buffer.canvas.height !== h) { buffer.canvas.width = w; buffer.canvas.height = h; }
    buffer.viewport = null;
    yield* this.paintRect(buffer.context, viewport, this.seen(viewport), { x: 0, y: 0, w, h });
    buffer.viewport = viewport;
  }

  /** Part of the picture that the bitmap covers. */
  private seen(viewport: Viewport): Rect {
    const [x0, y0] = viewport.toPicture(-MARGIN, -MARGIN);
    const [x1, y1] = viewport.toPicture(viewport.view.w + MARGIN, viewport.view.h + MARGIN);
    return { x0, y0, x1, y1 };
  }

  private *paintRect(c: CanvasRenderingContext2D, viewport: Viewport, rect: Rect, px: { x: number; y: number; w: number; h: number }): Generator<void> {
    const { scene, picture, ratio } = this;
    if (!scene) return;
    const f: Frame = { x: (viewport.x + MARGIN) * ratio, y: (viewport.y + MARGIN) * ratio, scale: viewport.scale * ratio, ratio };
    c.fillStyle = "#2B2D2C";
    c.fillRect(px.x, px.y, px.w, px.h);
    picture?.draw(c, f.x, f.y, f.scale, rect);
    yield;
    const marks = this.marksIn(grow(rect, (TAG_HEIGHT + 8) / viewport.scale));
    if (marks.length > BATCH_FROM) { yield* this.paintBatched(c, marks, f); return; }
    const total = scene.selection.allHidden ? 0 : marks.length;
    for (const mark of marks) { this.paintMark(c, mark, f); yield; }
    if (total > TAGS_UP_TO) return;
    for (const mark of marks) {
      const r = bounds(mark.geometry);
      if (isEmpty(r) || (r.x1 - r.x0) * viewport.scale < 6) continue;
      paintTag(c, scene.tagOf(mark), r.x0 * f.scale + f.x, r.y0 * f.scale + f.y - 2 * ratio, this.lookOf(mark), ratio);
    }
  }

  private marksIn(rect: Rect): Mark[] {
    const scene = this.scene as Scene;
    if (scene.selection.allHidden) return [];
    const ids = scene.index.search(rect);
    const marks: Mark[] = [];
    for (const id of ids) {
      const mark = scene.mark(id);
      if (mark && !this.lifted.has(id) && scene.selection.visible(mark)) marks.push(mark);
    }
    if (marks.length <= BATCH_FROM) {
      const order = new Map(marks.length > 1 ? scene.document().marks.map((m, i) => [m.id, i]) : []);
      marks.sort((a, b) => (a.z ?? 0) - (b.z ?? 0) || (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
    }
    return marks;
  }

  private lookOf(mark: Mark): Look {
    const scene = this.scene as Scene;
    const look: Look = { style: scene.styleOf(mark) };
    if (isSuggestion(mark)) look.suggestion = true;
    if (mark.geometry?.kind === "keypoints") look.edges = scene.edgesOf(mark);
    return look;
  }

  private paintMark(c: CanvasRenderingContext2D, mark: Mark, f: Frame): void {
    if (mark.geometry) paintShape(c, mark.geometry, f, this.lookOf(mark));
  }

  /**
   * Many marks. Those of a few pixels share hairline paths by colour; the others are painted one by one, since a path
   * that is spread over the bitmap costs the rasteriser several times what its shapes cost alone.
   */
  private *paintBatched(c: CanvasRenderingContext2D, marks: readonly Mark[], f: Frame): Generator<void> {
    const groups = new Map<string, { path: Path2D; look: Look; count: number }>();
    let n = 0;
    for (const mark of marks) {
      const g = mark.geometry;
      if (!g || g.kind === "none") continue;
      if (g.kind === "mask" || g.kind === "points" || g.kind === "keypoints") { this.paintMark(c, mark, f); yield; continue; }
      const look = this.lookOf(mark);
      // Level of detail: a dot, a thin outline, or the whole look.
      const r = this.scene?.index.rectOf(mark.id);
      const extent = r ? Math.max(r.x1 - r.x0, r.y1 - r.y0) * f.scale : SMALL * f.ratio;
      if (extent >= SMALL * f.ratio) { paintPlain(c, g, f, look); if (++n % 20 === 0) yield; continue; }
      const key = look.style.colour;
      let group = groups.get(key);
      // A path of a few hundred shapes strokes in a few milliseconds: short enough for a slice.
      if (!group || group.count >= 100) {
        if (group) { strokeSmall(c, group.path, group.look); yield; }
        groups.set(key, (group = { path: new Path2D(), look, count: 0 }));
      }
      if (r && extent < DOT * f.ratio) group.path.rect(r.x0 * f.scale + f.x, r.y0 * f.scale + f.y, Math.max(1, (r.x1 - r.x0) * f.scale), Math.max(1, (r.y1 - r.y0) * f.scale));
      else outline(g, f, group.path, 4 * f.ratio);
      group.count++;
      if (++n % 100 === 0) yield;
    }
    for (const group of groups.values()) { strokeSmall(c, group.path, group.look); yield; }
  }

  /** Paint only the rectangles that changed, on the bitmap and on the screen. */
  private repair(): void {
    const { buffer, ratio } = this;
    const viewport = buffer.viewport;
    if (!viewport) return;
    const start = performance.now();
    const seen = this.seen(viewport);
    for (const rect of this.dirty) {
      const reach = grow(rect, 14 / viewport.scale);
      // The tag stands above and may be wider than its mark.
      const area: Rect = { x0: reach.x0, y0: reach.y0 - (TAG_HEIGHT + 4) / viewport.scale, x1: Math.max(reach.x1, reach.x0 + 200 / viewport.scale), y1: reach.y1 };
      if (!intersects(area, seen)) continue;
      const x0 = Math.max(0, Math.floor(((area.x0 * viewport.scale + viewport.x) + MARGIN) * ratio));
      const y0 = Math.max(0, Math.floor(((area.y0 * viewport.scale + viewport.y) + MARGIN) * ratio));
      const x1 = Math.min(buffer.canvas.width, Math.ceil(((area.x1 * viewport.scale + viewport.x) + MARGIN) * ratio));
      const y1 = Math.min(buffer.canvas.height, Math.ceil(((area.y1 * viewport.scale + viewport.y) + MARGIN) * ratio));
      if (x1 <= x0 || y1 <= y0) continue;
      const c = buffer.context;
      c.save();
      c.beginPath();
      c.rect(x0, y0, x1 - x0, y1 - y0);
      c.clip();
      const part: Rect = {
        x0: (x0 / ratio - MARGIN - viewport.x) / viewport.scale, y0: (y0 / ratio - MARGIN - viewport.y) / viewport.scale,
        x1: (x1 / ratio - MARGIN - viewport.x) / viewport.scale, y1: (y1 / ratio - MARGIN - viewport.y) / viewport.scale,
      };
      const steps = this.paintRect(c, viewport, part, { x: x0, y: y0, w: x1 - x0, h: y1 - y0 });
      while (!steps.next().done);
      c.restore();
    }
    this.dirty = [];
    this.viewDirty = true;
    if (performance.now() - start > this.stats.lastPaintMs) this.stats.lastPaintMs = performance.now() - start;
  }

  private drawLive(): void {
    const { liveContext: c, viewport, ratio } = this;
    if (!viewport) return;
    c.clearRect(0, 0, this.live.width, this.live.height);
    const f: Frame = { x: viewport.x * ratio, y: viewport.y * ratio, scale: viewport.scale * ratio, ratio };
    const size = { w: this.live.width, h: this.live.height };
    const overlays = this.overlays();
    for (const overlay of overlays) paintOverlay(c, overlay, f, size);
    paintHelps(c, this.helps, this.pointer, f, size, this.picture?.size ?? null);
    this.magnify(c, overlays, f, size);
    this.liveDirty = false;
  }

  /** Enlarge where a tool asks for it, else under the pointer where the person wants it. */
  private magnify(c: CanvasRenderingContext2D, overlays: readonly Overlay[], f: Frame, size: Size): void {
    const { pointer, viewport } = this;
    const asked = overlays.find((overlay): overlay is Extract<Overlay, { kind: "loupe" }> => overlay.kind === "loupe");
    const [x, y] = this.helps.magnifier && pointer && viewport ? viewport.toPicture(pointer.x, pointer.y) : [NaN, NaN];
    const place = asked ?? (Number.isFinite(x) ? { x, y } : null);
    if (!place) return;
    paintMagnifier(c, place, f, size, (frame, part) => {
      this.picture?.draw(c, frame.x, frame.y, frame.scale, part);
      for (const mark of this.marksIn(part).slice(0, MAGNIFIED)) this.paintMark(c, mark, frame);
      for (const overlay of overlays) if (overlay.kind === "shape" || overlay.kind === "line") paintOverlay(c, overlay.kind === "shape" ? { ...overlay, tag: undefined } : overlay, frame, size);
    });
  }

  private resize(): void {
    const { viewport } = this;
    if (!viewport) return;
    this.ratio = window.devicePixelRatio || 1;
    const w = Math.max(1, Math.round(viewport.view.w * this.ratio)), h = Math.max(1, Math.round(viewport.view.h * this.ratio));
    for (const canvas of [this.front, this.live]) {
      if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    }
    this.buffer.viewport = null;
    this.allDirty = true;
  }
}

function makeBuffer(): Buffer {
  const canvas = document.createElement("canvas");
  return { canvas, context: canvas.getContext("2d", { alpha: false }) as CanvasRenderingContext2D, viewport: null };
}

function clipTo(viewport: Viewport): Rect { return viewport.visible; }
