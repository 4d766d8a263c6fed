/** Polygons and polylines: click, drag freehand, follow a shared border, or let the line cling to edges. */
import { simplify, simplifyRing } from "../core/geometry";
import type { Geometry } from "../core/model";
import type { Overlay } from "../render/surface";
import { DrawTool } from "./draw";
import { follow, snap, type Snapped } from "./snap";
import { moved, px, type Point, type ToolState, type Wire } from "./tool";

const CLOSE_REACH = 10;

abstract class PathTool extends DrawTool {
  protected abstract readonly closed: boolean;

  /** A new outline often begins on a corner of the last one: corners are edited with Ctrl or the select tool. */
  protected override takesHandle(): boolean { return false; }

  protected begin(p: Point): void {
    const at = snap(this.bench, p);
    this.to(this.pointing([], [], p, at));
  }

  /** Pressed: a click sets a vertex, a drag draws freehand. */
  private pointing(xy: number[], marks: number[], from: Point, at: Snapped): ToolState {
    return {
      name: "pointing",
      move: (p) => { if (moved(from, p)) this.to(this.freehand([...xy, at.x, at.y], [...marks, xy.length], p)); },
      up: (p) => {
        if (xy.length === 0 && at.ring === undefined && this.clickOnBorder(p)) return;
        this.addVertex(xy, marks, at, p);
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.preview(xy, at),
    };
  }

  private lastSnap: Snapped | null = null;

  private addVertex(xy: number[], marks: number[], at: Snapped, p: Point): void {
    // Shift between two places on one border follows it, so that neighbours share every vertex.
    const between = p.shift && this.lastSnap && xy.length > 0 ? follow(this.lastSnap, at) : [];
    this.lastSnap = at;
    const clung = between.length > 0 ? between : xy.length > 0 ? this.between(at) : [];
    this.to(this.drawing([...xy, ...clung, at.x, at.y], [...marks, xy.length]));
    this.seeded(at.x, at.y);
  }

  /** Points that the line takes on its way to `at` (intelligent scissors); none for straight lines. */
  protected between(_at: { x: number; y: number }): number[] { return []; }
  /** A vertex was set. */
  protected seeded(_x: number, _y: number): void { /* straight lines need nothing */ }

  /** `marks` holds the length before each step, so that Backspace takes back whole steps. */
  protected drawing(xy: number[], marks: number[]): ToolState {
    let here: Snapped = { x: xy.at(-2) as number, y: xy.at(-1) as number };
    return {
      name: "drawing",
      move: (p) => { here = snap(this.bench, p); this.bench.refresh(); },
      down: (p) => {
        if (this.closes(xy, p)) { this.finish(xy); return; }
        if (p.double) { this.finish(xy); return; }
        this.to(this.pointing(xy, marks, p, snap(this.bench, p)));
      },
      complete: () => this.finish(xy),
      cancel: () => { this.lastSnap = null; this.toIdle(); return true; },
      back: () => {
        const before = marks.at(-1) ?? 0;
        if (before === 0) this.toIdle(); else { this.to(this.drawing(xy.slice(0, before), marks.slice(0, -1))); this.seeded(xy[before - 2] as number, xy[before - 1] as number); }
        this.lastSnap = null;
        return true;
      },
      overlays: () => this.preview([...xy, ...this.between(here)], here, xy),
    };
  }

  private freehand(xy: number[], marks: number[], first: Point): ToolState {
    const line = [...xy, first.x, first.y];
    const step = px(this.bench, 2);
    return {
      name: "freehand",
      move: (p) => {
        const lx = line.at(-2) as number, ly = line.at(-1) as number;
        if (Math.hypot(p.x - lx, p.y - ly) >= step) { line.push(p.x, p.y); this.bench.refresh(); }
      },
      up: (p) => {
        const tail = simplify([...line.slice(xy.length - 2), p.x, p.y], px(this.bench, this.bench.options.smooth));
        const all = [...xy, ...tail.slice(2)];
        this.lastSnap = null;
        if (this.closes(all, p) || !this.closed) this.finish(all); else { this.to(this.drawing(all, marks)); this.seeded(p.x, p.y); }
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.preview(line, null, []),
    };
  }

  private closes(xy: number[], p: Point): boolean {
    const reach = px(this.bench, CLOSE_REACH);
    return this.closed && xy.length >= 6 && Math.hypot(p.x - (xy[0] as number), p.y - (xy[1] as number)) <= reach;
  }

  protected finish(xy: number[]): boolean {
    const clean = withoutDoubles(xy, this.closed);
    if (clean.length < (this.closed ? 6 : 4)) { this.bench.say("morePoints", { count: this.closed ? 3 : 2 }); return false; }
    this.lastSnap = null;
    this.toIdle();
    this.made(clean);
    return true;
  }

  protected made(xy: number[]): void {
    const geometry: Geometry = this.closed ? { kind: "polygon", parts: [{ outer: xy }] } : { kind: "polyline", xy };
    this.bench.add(geometry, this.closed ? "polygon.draw" : "polyline.draw");
  }

  private preview(xy: number[], here: Snapped | null, fixed: number[] = xy): Overlay[] {
    const style = this.bench.styleFor(this.bench.label());
    const line = here ? [...xy, here.x, here.y] : xy;
    const out: Overlay[] = [];
    if (this.closed && line.length >= 6) out.push({ kind: "shape", geometry: { kind: "polygon", parts: [{ outer: line }] }, style, chosen: true });
    else if (line.length >= 4) out.push({ kind: "line", xy: line, colour: style.colour });
    out.push({ kind: "handles", xy: fixed, round: true });
    if (here?.ring) out.push({ kind: "ring", x: here.x, y: here.y, radius: px(this.bench, 8), colour: "#F6BE48" });
    return out;
  }
}

export class PolygonTool extends PathTool {
  override readonly id: string = "polygon";
  protected readonly closed: boolean = true;
}

export class PolylineTool extends PathTool {
  override readonly id = "polyline";
  protected readonly closed = false;
}

/** Intelligent scissors: between two clicks the line clings to the edges of the picture. */
export class ScissorsTool extends PolygonTool {
  override readonly id = "scissors";
  private wire: Wire | null = null;

  protected override between(at: { x: number; y: number }): number[] {
    const way = this.wire?.path(at.x, at.y) ?? [];
    return way.length > 2 ? simplify(way, px(this.bench, 1)).slice(2, -2) : [];
  }

  protected override seeded(x: number, y: number): void {
    this.wire = null;
    const picture = this.bench.picture();
    if (!picture) return;
    // The wire comes from the worker thread; until it is here lines are straight. A newer question overtakes it.
    this.bench.say("wireComing");
    void this.bench.help.wire(picture, x, y, Math.min(600, px(this.bench, 400))).then((wire) => {
      if (!wire) return;
      this.wire = wire;
      this.bench.say(null);
    });
  }

  protected override made(xy: number[]): void {
    this.wire = null;
    this.bench.say(null);
    super.made(simplifyRing(xy, Math.min(1, px(this.bench, 0.75))));
  }
}

/** Drop points that stand on their neighbour. */
export function withoutDoubles(xy: readonly number[], closed: boolean): number[] {
  const out: number[] = [];
  for (let i = 0; i + 1 < xy.length; i += 2) {
    const x = xy[i] as number, y = xy[i + 1] as number;
    if (out.length >= 2 && Math.hypot(x - (out.at(-2) as number), y - (out.at(-1) as number)) < 0.01) continue;
    out.push(x, y);
  }
  while (closed && out.length >= 4 && Math.hypot((out[0] as number) - (out.at(-2) as number), (out[1] as number) - (out.at(-1) as number)) < 0.01) out.length -= 2;
  return out;
}
