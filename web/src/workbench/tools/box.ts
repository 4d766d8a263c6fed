/** Boxes: drag, or two clicks, or four extreme points. */
import { boundsOfXy, normalBox } from "../core/geometry";
import type { Box } from "../core/model";
import { DrawTool } from "./draw";
import { moved, sizeText, type Point, type ToolState } from "./tool";

export class BoxTool extends DrawTool {
  override readonly id: string = "box";

  protected begin(p: Point): void {
    if (this.bench.options.boxBy === "extreme") this.to(this.extreme([p.x, p.y]));
    else this.to(this.pointing(p));
  }

  private pointing(from: Point): ToolState {
    return {
      name: "pointing",
      move: (p) => { if (moved(from, p)) this.to(this.dragging(from, p)); },
      up: (p) => { if (!this.clickOnBorder(p)) this.to(this.second(from)); },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.chosenOverlays(),
    };
  }

  private dragging(from: Point, first: Point): ToolState {
    let now = boxOf(from, first);
    return {
      name: "dragging",
      move: (p) => { now = boxOf(from, p); this.bench.refresh(); },
      up: (p) => { this.finish(boxOf(from, p)); },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.preview(now),
    };
  }

  /** The first corner stands; the next click sets the other one. */
  private second(from: Point): ToolState {
    let now = boxOf(from, from);
    const place = (p: Point): void => { now = boxOf(from, p); this.bench.refresh(); };
    return {
      name: "second_corner",
      move: place,
      down: place,
      up: (p) => { this.finish(boxOf(from, p)); },
      cancel: () => { this.toIdle(); return true; },
      back: () => { this.toIdle(); return true; },
      overlays: () => [...this.preview(now), { kind: "handles", xy: [from.x, from.y], round: true }],
    };
  }

  /** Left-most, top-most, right-most and bottom-most point of the object, in any order. */
  private extreme(xy: number[]): ToolState {
    let here = xy.slice(-2);
    return {
      name: "extreme",
      // Each press is a point: there is nothing to drag here.
      down: (p) => {
        const next = [...xy, p.x, p.y];
        if (next.length < 8) this.to(this.extreme(next));
        else this.finish({ kind: "box", ...boundsOfXy(next) });
      },
      move: (p) => { here = [p.x, p.y]; this.bench.refresh(); },
      back: () => { if (xy.length <= 2) this.toIdle(); else this.to(this.extreme(xy.slice(0, -2))); return true; },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [
        ...this.preview({ kind: "box", ...boundsOfXy([...xy, ...here]) }),
        { kind: "handles", xy, round: true },
      ],
    };
  }

  private finish(box: Box): void {
    this.toIdle();
    if (box.x1 - box.x0 < 1 || box.y1 - box.y0 < 1) return;
    this.bench.add(box, "box.draw");
  }

  private preview(box: Box): ReturnType<NonNullable<ToolState["overlays"]>> {
    return [this.draft(box), { kind: "text", x: box.x0, y: box.y1, text: sizeText(box.x0, box.y0, box.x1, box.y1), below: true }];
  }
}

function boxOf(a: Point, b: Point): Box {
  if (!b.shift) return normalBox({ kind: "box", x0: a.x, y0: a.y, x1: b.x, y1: b.y });
  // Shift draws a square.
  const side = Math.max(Math.abs(b.x - a.x), Math.abs(b.y - a.y));
  return normalBox({ kind: "box", x0: a.x, y0: a.y, x1: a.x + Math.sign(b.x - a.x || 1) * side, y1: a.y + Math.sign(b.y - a.y || 1) * side });
}
