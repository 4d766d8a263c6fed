/** Mouse, pen and finger on the stage: pan, zoom, and everything else to the tool at hand. */
import { hitTest } from "../core/hit";
import { DRAG_FROM, type Point } from "../tools/tool";
import type { ImageBench } from "./bench";

const DOUBLE_MS = 350;

/** Listen on the stage; returns the function that stops. */
export function attachPointer(bench: ImageBench, stage: HTMLElement): () => void {
  let pan: { x: number; y: number; id: number } | null = null;
  let pressed: number | null = null;
  let space = false;
  let last: { x: number; y: number; at: number } | null = null;
  let queued: PointerEvent | null = null;
  let frame = 0;
  let cursor = "";

  const place = (event: MouseEvent): Point => {
    const box = stage.getBoundingClientRect();
    const sx = event.clientX - box.left, sy = event.clientY - box.top;
    const [x, y] = bench.viewport().toPicture(sx, sy);
    return { x, y, sx, sy, shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey, alt: event.altKey };
  };
  const showCursor = (): void => {
    const wanted = pan ? "grabbing" : space ? "grab" : bench.tool.cursor;
    if (wanted !== cursor) { cursor = wanted; stage.style.cursor = wanted; }
  };

  const down = (event: PointerEvent): void => {
    // What lies on the stage (a plate with buttons) is not the picture: capturing the pointer would swallow its click.
    if (event.target instanceof Element && event.target.closest(".wb-plate, .wb-ask, .wb-veil")) return;
    stage.focus({ preventScroll: true });
    bench.keyPointer = null;
    if (event.button === 1 || (event.button === 0 && space)) {
      pan = { x: event.clientX, y: event.clientY, id: event.pointerId };
      stage.setPointerCapture(event.pointerId);
      event.preventDefault();
      showCursor();
      return;
    }
    if (event.button !== 0) return;
    flush();
    const p = place(event);
    const double = last !== null && event.timeStamp - last.at < DOUBLE_MS && Math.hypot(p.sx - last.x, p.sy - last.y) < DRAG_FROM;
    last = { x: p.sx, y: p.sy, at: event.timeStamp };
    bench.lastPress = { x: p.x, y: p.y };
    pressed = event.pointerId;
    stage.setPointerCapture(event.pointerId);
    bench.tool.down(double ? { ...p, double } : p);
    doubled = double;
  };
  let doubled = false;

  const handleMove = (event: PointerEvent): void => {
    if (pan) {
      bench.setView(bench.viewport().panBy(event.clientX - pan.x, event.clientY - pan.y));
      pan = { ...pan, x: event.clientX, y: event.clientY };
      return;
    }
    const p = place(event);
    bench.pointer = { x: p.x, y: p.y };
    bench.renderer.setPointer({ x: p.sx, y: p.sy });
    bench.tool.move(p);
    bench.onPointer?.();
    showCursor();
  };
  /** Pointer moves are handled once a frame. */
  const move = (event: PointerEvent): void => {
    queued = event;
    if (frame === 0) frame = requestAnimationFrame(() => { frame = 0; flush(); });
  };
  const flush = (): void => {
    const event = queued;
    queued = null;
    if (event) handleMove(event);
  };

  const up = (event: PointerEvent): void => {
    flush();
    if (pan && event.pointerId === pan.id) { pan = null; showCursor(); return; }
    if (pressed !== event.pointerId) return;
    pressed = null;
    const p = place(event);
    bench.tool.up(doubled ? { ...p, double: true } : p);
    showCursor();
  };
  const lost = (event: PointerEvent): void => {
    if (pressed !== event.pointerId) return;
    // The window lost the pointer (alt-tab, a dialog): the gesture is given up, nothing half-done stays.
    pressed = null;
    bench.tool.cancel();
  };
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const p = place(event);
    if (event.shiftKey) { bench.setView(bench.viewport().panBy(-event.deltaY || -event.deltaX, 0)); return; }
    const step = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    bench.zoom(Math.exp(-Math.max(-120, Math.min(120, step)) * 0.002), { x: p.sx, y: p.sy });
  };
  const leave = (): void => { bench.pointer = null; bench.renderer.setPointer(null); bench.onPointer?.(); };
  const key = (event: KeyboardEvent): void => {
    if (event.code !== "Space" || (event.target instanceof HTMLElement && event.target.closest("input, textarea, select, button, [contenteditable]"))) return;
    space = event.type === "keydown";
    event.preventDefault();
    showCursor();
  };
  const menu = (event: Event): void => event.preventDefault();

  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", lost);
  stage.addEventListener("pointerleave", leave);
  stage.addEventListener("wheel", wheel, { passive: false });
  stage.addEventListener("contextmenu", menu);
  window.addEventListener("keydown", key);
  window.addEventListener("keyup", key);
  return () => {
    cancelAnimationFrame(frame);
    stage.removeEventListener("pointerdown", down);
    stage.removeEventListener("pointermove", move);
    stage.removeEventListener("pointerup", up);
    stage.removeEventListener("pointercancel", lost);
    stage.removeEventListener("pointerleave", leave);
    stage.removeEventListener("wheel", wheel);
    stage.removeEventListener("contextmenu", menu);
    window.removeEventListener("keydown", key);
    window.removeEventListener("keyup", key);
  };
}

/** What lies at this place of the stage (CSS pixels) is chosen, unless it is chosen already; on empty ground nothing is. */
export function chooseUnder(bench: ImageBench, sx: number, sy: number): void {
  const [x, y] = bench.viewport().toPicture(sx, sy);
  const hits = hitTest(bench.index, (id) => bench.store.mark(id), x, y, 6 / bench.viewport().scale, (mark) => bench.selection.visible(mark));
  if (hits.some(({ mark }) => bench.selection.has(mark.id))) return;
  bench.choose(hits[0] ? [hits[0].mark.id] : []);
}

/**
 * Arrow keys move a pointer of their own while drawing: first one screen pixel, faster while the key is held.
 * Enter presses it. So every tool can be used without a mouse.
 */
export class KeyPointer {
  private run = 0;
  private lastAt = 0;

  constructor(private readonly bench: ImageBench, private readonly now: () => number = () => performance.now()) {}

  move(dx: number, dy: number, fast: boolean): void {
    const { bench } = this;
    const t = this.now();
    this.run = t - this.lastAt < 150 ? this.run + 1 : 0;
    this.lastAt = t;
    const step = fast ? 20 : Math.min(16, 1 + Math.floor(this.run / 4) * 2);
    const view = bench.viewport();
    const { w, h } = bench.pictureSize();
    const v = view.visible;
    const start = bench.keyPointer ?? bench.pointer ?? { x: (Math.max(0, v.x0) + Math.min(w, v.x1)) / 2, y: (Math.max(0, v.y0) + Math.min(h, v.y1)) / 2 };
    const by = step / view.scale;
    bench.keyPointer = { x: Math.min(w, Math.max(0, start.x + dx * by)), y: Math.min(h, Math.max(0, start.y + dy * by)) };
    bench.pointer = bench.keyPointer;
    const p = this.point();
    if (p.sx < 8 || p.sy < 8 || p.sx > view.view.w - 8 || p.sy > view.view.h - 8) {
      bench.setView(view.panBy(p.sx < 8 ? 80 : p.sx > view.view.w - 8 ? -80 : 0, p.sy < 8 ? 80 : p.sy > view.view.h - 8 ? -80 : 0));
    }
    bench.renderer.setPointer({ x: p.sx, y: p.sy });
    bench.tool.move(p);
    bench.notify();
  }

  press(): boolean {
    if (!this.bench.keyPointer) return false;
    const p = this.point();
    this.bench.tool.down(p);
    this.bench.tool.up(p);
    this.bench.notify();
    return true;
  }

  private point(): Point {
    const { x, y } = this.bench.keyPointer ?? { x: 0, y: 0 };
    const [sx, sy] = this.bench.viewport().toScreen(x, y);
    return { x, y, sx, sy };
  }
}
