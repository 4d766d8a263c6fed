/** Rotated boxes, ellipses and 2D cuboids. */
import type { Cuboid2D, Ellipse, Geometry, RotatedBox } from "../core/model";
import { DrawTool } from "./draw";
import { moved, type Point, type ToolState } from "./tool";

/** One side first (two clicks or a drag), then the width: the box gets its direction from the first side. */
export class RotatedBoxTool extends DrawTool {
  override readonly id = "obox";

  protected begin(p: Point): void { this.to(this.side(p)); }

  /** Drag along one side, or click its two ends. */
  private side(from: Point): ToolState {
    let to = from, clicked = false;
    const go = (p: Point): void => { if (moved(from, p)) this.to(this.width(from, p)); };
    return {
      name: "side",
      move: (p) => { to = p; this.bench.refresh(); },
      up: (p) => {
        if (clicked || moved(from, p)) { go(p); return; }
        if (this.clickOnBorder(p)) return;
        clicked = true;
      },
      cancel: () => { this.toIdle(); return true; },
      back: () => { this.toIdle(); return true; },
      overlays: () => [...this.chosenOverlays(), { kind: "line", xy: [from.x, from.y, to.x, to.y] }, { kind: "handles", xy: [from.x, from.y], round: true }],
    };
  }

  private width(a: Point, b: Point): ToolState {
    let box = fromSide(a, b, b);
    const place = (p: Point): void => { box = fromSide(a, b, p); this.bench.refresh(); };
    return {
      name: "width",
      move: place,
      down: place,
      up: (p) => { this.finish(fromSide(a, b, p)); },
      back: () => { this.toIdle(); return true; },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [this.draft(box)],
    };
  }

  private finish(box: RotatedBox): void {
    if (Math.min(box.w, box.h) < 1) return;
    this.toIdle();
    this.bench.add(box, "obox.draw");
  }
}

/** The box with side a–b whose other side goes through p. */
export function fromSide(a: { x: number; y: number }, b: { x: number; y: number }, p: { x: number; y: number }): RotatedBox {
  const angle = Math.atan2(b.y - a.y, b.x - a.x);
  const nx = -Math.sin(angle), ny = Math.cos(angle);
  const across = (p.x - a.x) * nx + (p.y - a.y) * ny;
  const w = Math.hypot(b.x - a.x, b.y - a.y);
  return {
    kind: "obox", cx: (a.x + b.x) / 2 + (nx * across) / 2, cy: (a.y + b.y) / 2 + (ny * across) / 2, w, h: Math.abs(across), angle,
  };
}

/** Drag (or click twice) over the bounds; Alt from the centre, Shift a circle. */
export class EllipseTool extends DrawTool {
  override readonly id = "ellipse";

  protected begin(p: Point): void { this.to(this.pointing(p)); }

  private pointing(from: Point): ToolState {
    return {
      name: "pointing",
      move: (p) => { if (moved(from, p)) this.to(this.sizing(from, p, "dragging")); },
      up: (p) => { if (!this.clickOnBorder(p)) this.to(this.sizing(from, p, "second_corner")); },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.chosenOverlays(),
    };
  }

  private sizing(from: Point, first: Point, name: string): ToolState {
    let now = ellipseOf(from, first);
    return {
      name,
      move: (p) => { now = ellipseOf(from, p); this.bench.refresh(); },
      up: (p) => {
        const g = ellipseOf(from, p);
        this.toIdle();
        if (Math.min(g.rx, g.ry) >= 1) this.bench.add(g, "ellipse.draw");
      },
      cancel: () => { this.toIdle(); return true; },
      back: () => { this.toIdle(); return true; },
      overlays: () => [this.draft(now)],
    };
  }
}

function ellipseOf(a: Point, b: Point): Ellipse {
  let dx = b.x - a.x, dy = b.y - a.y;
  if (b.shift) { const side = Math.max(Math.abs(dx), Math.abs(dy)); dx = Math.sign(dx || 1) * side; dy = Math.sign(dy || 1) * side; }
  if (b.alt) return { kind: "ellipse", cx: a.x, cy: a.y, rx: Math.abs(dx), ry: Math.abs(dy), angle: 0 };
  return { kind: "ellipse", cx: a.x + dx / 2, cy: a.y + dy / 2, rx: Math.abs(dx) / 2, ry: Math.abs(dy) / 2, angle: 0 };
}

/** The near face like a box, then a click where the far face's lower right corner goes. */
export class CuboidTool extends DrawTool {
  override readonly id = "cuboid2";

  protected begin(p: Point): void { this.to(this.front(p)); }

  private front(from: Point): ToolState {
    let now = from, first = true;
    const done = (p: Point): void => {
      if (Math.abs(p.x - from.x) >= 2 && Math.abs(p.y - from.y) >= 2) this.to(this.depth(from, p));
    };
    return {
      name: "front",
      move: (p) => { now = p; this.bench.refresh(); },
      up: (p) => {
        if (moved(from, p)) { done(p); return; }
        if (first && this.clickOnBorder(p)) return;
        first = false;
      },
      cancel: () => { this.toIdle(); return true; },
      back: () => { this.toIdle(); return true; },
      overlays: () => [this.draft({ kind: "box", x0: Math.min(from.x, now.x), y0: Math.min(from.y, now.y), x1: Math.max(from.x, now.x), y1: Math.max(from.y, now.y) })],
    };
  }

  private depth(a: Point, b: Point): ToolState {
    let now: Geometry = cuboidOf(a, b, b);
    const place = (p: Point): void => { now = cuboidOf(a, b, p); this.bench.refresh(); };
    return {
      name: "depth",
      move: place,
      up: (p) => {
        const g = cuboidOf(a, b, p);
        this.toIdle();
        this.bench.add(g, "cuboid.draw");
      },
      back: () => { this.toIdle(); return true; },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [this.draft(now)],
    };
  }
}

/** Near face a–b; the far face is four fifths as large and its lower right corner stands at p. */
export function cuboidOf(a: { x: number; y: number }, b: { x: number; y: number }, p: { x: number; y: number }): Cuboid2D {
  const x0 = Math.min(a.x, b.x), x1 = Math.max(a.x, b.x), y0 = Math.min(a.y, b.y), y1 = Math.max(a.y, b.y);
  const k = p.x === x1 && p.y === y1 ? 1 : 0.8;
  const w = (x1 - x0) * k, h = (y1 - y0) * k;
  return {
    kind: "cuboid2", front: [x0, y0, x1, y0, x1, y1, x0, y1],
    back: [p.x - w, p.y - h, p.x, p.y - h, p.x, p.y, p.x - w, p.y],
  };
}
