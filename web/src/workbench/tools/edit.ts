/** Editing tools: cut a polygon along a line, cut a hole, lasso choice, relation arrow, comment pin, ruler. */
import { bounds, centre, inRing, tidy } from "../core/geometry";
import { hitTest } from "../core/hit";
import { markId } from "../core/ids";
import type { Geometry, Mark, Polygon } from "../core/model";
import { touchOps } from "../core/provenance";
import { setField } from "../core/store";
import type { Overlay } from "../render/surface";
import { splitRing, subtract } from "./polygons";
import { PolygonTool } from "./path";
import { SelectTool } from "./select";
import { moved, px, Tool, type Point, type ToolState } from "./tool";

/** Draw a line across the chosen polygon: two marks with a shared border. */
export class CutTool extends SelectTool {
  override readonly id = "cut";

  protected override idle(): ToolState {
    const base = super.idle();
    return {
      ...base,
      cursor: "crosshair",
      down: (p) => {
        const g = this.one()?.geometry;
        if (g?.kind === "polygon") this.to(this.line([p.x, p.y]));
        else base.down?.(p);
      },
    };
  }

  private line(xy: number[]): ToolState {
    let here = xy.slice(-2);
    return {
      name: "line",
      cursor: "crosshair",
      move: (p) => { here = [p.x, p.y]; this.bench.refresh(); },
      down: (p) => { if (p.double) this.cut(xy); },
      up: (p) => {
        if (Math.hypot(p.x - (xy.at(-2) as number), p.y - (xy.at(-1) as number)) < px(this.bench, 4)) return;
        const next = [...xy, p.x, p.y];
        const g = this.one()?.geometry;
        // Outside of the polygon again: the line is complete.
        if (g?.kind === "polygon" && crosses(g, next) && !g.parts.some((part) => inRing(part.outer, p.x, p.y))) this.cut(next);
        else this.to(this.line(next));
      },
      complete: () => this.cut(xy),
      back: () => { if (xy.length <= 2) this.toIdle(); else this.to(this.line(xy.slice(0, -2))); return true; },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [...this.chosenOverlays(), { kind: "line", xy: [...xy, ...here], colour: "#F6BE48", dash: true }],
    };
  }

  private cut(xy: number[]): boolean {
    const mark = this.one();
    const g = mark?.geometry;
    this.toIdle();
    if (!mark || g?.kind !== "polygon") return false;
    const at = g.parts.findIndex((part) => splitRing(part.outer, xy) !== null);
    const part = g.parts[at];
    const pieces = part ? splitRing(part.outer, xy) : null;
    if (!part || !pieces) { this.bench.say("cutMissed"); return false; }
    const [a, b] = pieces.map((outer): Polygon => ({ kind: "polygon", parts: [{ outer }] })) as [Polygon, Polygon];
    const others = g.parts.filter((_, k) => k !== at);
    if (!part.holes?.length) { this.divide(mark, a, b, others); return true; }
    // The line may run through holes: each piece loses what lies in one.
    const holes: Polygon = { kind: "polygon", parts: part.holes.map((outer) => ({ outer })) };
    void Promise.all([subtract(a, holes), subtract(b, holes)]).then(([left, right]) => {
      if (left && right && this.bench.store.mark(mark.id) === mark) this.divide(mark, left, right, others);
    });
    return true;
  }

  /** The old mark keeps the first piece and its other parts; the second piece is a mark of its own. */
  private divide(mark: Mark, first: Polygon, second: Polygon, others: Polygon["parts"]): void {
    const { score: _score, origin: _origin, ...rest } = mark;
    const made: Mark = { ...rest, id: markId(), geometry: tidy(second) };
    const at = this.bench.store.document.marks.findIndex((m) => m.id === mark.id);
    this.bench.commit([
      setField(mark, "geometry", tidy({ kind: "polygon", parts: [...first.parts, ...others] })), ...touchOps(mark, "moved"), { op: "add", index: at + 1, mark: made },
    ], "polygon.cut");
    this.bench.choose([mark.id, made.id]);
  }
}

function crosses(g: Polygon, xy: number[]): boolean { return g.parts.some((part) => splitRing(part.outer, xy) !== null); }

/** Draw an area that is taken out of the chosen polygon, or else of the one it is drawn in. */
export class HoleTool extends PolygonTool {
  override readonly id: string = "hole";

  protected override made(xy: number[]): void {
    const mark = this.around(xy);
    const g = mark?.geometry;
    if (!mark || g?.kind !== "polygon") { this.bench.say("holeNowhere"); return; }
    void subtract(g, { kind: "polygon", parts: [{ outer: xy }] }).then((result) => {
      if (!result) this.bench.say("holeAll");
      else if (this.bench.store.mark(mark.id) === mark) { this.bench.reshape([{ id: mark.id, geometry: result }], "polygon.hole"); this.bench.choose([mark.id]); }
    });
  }

  private around(xy: readonly number[]): Mark | undefined {
    const chosen = this.one();
    if (chosen?.geometry?.kind === "polygon") return chosen;
    for (let i = 0; i + 1 < xy.length; i += 2) {
      const hit = this.hits({ x: xy[i] as number, y: xy[i + 1] as number, sx: 0, sy: 0 }).find(({ mark }) => mark.geometry?.kind === "polygon");
      if (hit) return hit.mark;
    }
    return undefined;
  }
}

/** Draw round marks to choose them: drag, or click corner by corner. */
export class LassoTool extends SelectTool {
  override readonly id = "lasso";

  protected override idle(): ToolState {
    const base = super.idle();
    return { ...base, cursor: "crosshair", down: (p) => { if (this.handleUnder(p)) base.down?.(p); else this.to(this.pointing(p)); } };
  }

  /** Pressed: a drag draws the loop freehand, a click sets its first corner. */
  private pointing(from: Point): ToolState {
    return {
      name: "pointing",
      move: (p) => { if (moved(from, p)) this.to(this.drawing(from, p)); },
      up: (p) => this.to(this.clicking([p.x, p.y])),
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.chosenOverlays(),
    };
  }

  private drawing(from: Point, first: Point): ToolState {
    const xy = [from.x, from.y, first.x, first.y];
    return {
      name: "drawing",
      move: (p) => { xy.push(p.x, p.y); this.bench.refresh(); },
      up: (p) => this.take(xy, p.shift ?? false),
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.loop(xy),
    };
  }

  private clicking(xy: number[]): ToolState {
    let here = xy.slice(-2);
    const closes = (p: Point): boolean => xy.length >= 6 && Math.hypot(p.x - (xy[0] as number), p.y - (xy[1] as number)) <= px(this.bench, 10);
    return {
      name: "clicking",
      move: (p) => { here = [p.x, p.y]; this.bench.refresh(); },
      down: (p) => { if (closes(p) || p.double) this.take(xy, p.shift ?? false); else this.to(this.clicking([...xy, p.x, p.y])); },
      complete: () => { this.take(xy, false); return true; },
      back: () => { if (xy.length <= 2) this.toIdle(); else this.to(this.clicking(xy.slice(0, -2))); return true; },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [...this.loop([...xy, ...here]), { kind: "handles", xy, round: true }],
    };
  }

  /** Choose what has its middle inside; a loop of less than three corners chooses nothing. */
  private take(xy: readonly number[], more: boolean): void {
    const inside = this.bench.store.document.marks.filter((mark) => {
      if (!this.bench.selection.editable(mark)) return false;
      const [x, y] = centre(mark.geometry);
      return inRing(xy, x, y);
    });
    const ids = inside.map((mark) => mark.id);
    this.bench.choose(more ? [...this.bench.selection.ids, ...ids] : ids);
    this.toIdle();
  }

  private loop(xy: readonly number[]): Overlay[] { return [...this.chosenOverlays(), { kind: "line", xy: [...xy, xy[0] as number, xy[1] as number], dash: true }]; }
}

/** Arrow from one mark to another. */
export class RelationTool extends Tool {
  readonly id = "relation";

  protected idle(): ToolState {
    return {
      name: "idle",
      down: (p) => { const mark = this.under(p); if (mark) this.to(this.pointing(mark, p)); else this.bench.choose([]); },
      cancel: () => { if (this.bench.selection.size === 0) return false; this.bench.choose([]); return true; },
      overlays: () => this.chosen(),
    };
  }

  /** Pressed on the first mark: a drag ends on the second one, a click waits for a second click. */
  private pointing(source: Mark, from: Point): ToolState {
    let here = from;
    return {
      name: "pointing",
      move: (p) => { here = p; this.bench.refresh(); },
      down: (p) => { here = p; },
      up: (p) => {
        const target = this.under(p);
        if (target && target.id !== source.id) { this.toIdle(); this.connect(source, target); } else if (!target && moved(from, p)) this.toIdle();
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => {
        const [x, y] = centre(source.geometry);
        const target = this.under(here);
        return [
          ...[source, ...(target && target.id !== source.id ? [target] : [])].map((mark): Overlay => ({ kind: "shape", geometry: mark.geometry as Geometry, style: this.bench.styleFor(mark.label), chosen: true })),
          { kind: "line", xy: [x, y, here.x, here.y], colour: "#F6BE48", arrow: true },
        ];
      },
    };
  }

  private connect(source: Mark, target: Mark): void {
    const types = (this.bench.schema().relations ?? []).filter(
      (type) => (!type.sources?.length || type.sources.includes(source.label ?? "")) && (!type.targets?.length || type.targets.includes(target.label ?? "")),
    );
    const type = types[0];
    if (!type) { this.bench.say("noRelation"); return; }
    const { relations } = this.bench.store.document;
    if (relations.some((r) => r.type === type.id && r.source === source.id && r.target === target.id)) { this.bench.say("relationThere"); return; }
    this.bench.commit([{ op: "relate", relation: { id: markId("r"), type: type.id, source: source.id, target: target.id } }], "relation.draw");
  }

  private under(p: Point): Mark | null {
    const { bench } = this;
    return hitTest(bench.index, (id) => bench.store.mark(id), p.x, p.y, px(bench, 6), (mark) => bench.selection.visible(mark))[0]?.mark ?? null;
  }

  private chosen(): Overlay[] {
    return [...this.bench.selection.ids].flatMap((id): Overlay[] => {
      const mark = this.bench.store.mark(id);
      return mark?.geometry ? [{ kind: "shape", geometry: mark.geometry, style: this.bench.styleFor(mark.label), chosen: true }] : [];
    });
  }
}

/** Pin a remark to a place. */
export class CommentTool extends Tool {
  readonly id = "comment";

  constructor(bench: ConstructorParameters<typeof Tool>[0], private post: (text: string, place: [number, number], mark: string | null) => void) { super(bench); }

  protected idle(): ToolState {
    return { name: "idle", up: (p) => { void this.write(p); } };
  }

  private async write(p: Point): Promise<void> {
    const hit = hitTest(this.bench.index, (id) => this.bench.store.mark(id), p.x, p.y, px(this.bench, 6))[0];
    const text = await this.bench.ask("commentAsk", p.sx, p.sy);
    if (text) this.post(text, [Math.round(p.x), Math.round(p.y)], hit?.mark.id ?? null);
  }
}

/** A length in the unit that people would use: three figures, mm up to 1 m, then metres. */
export function realLength(mm: number): string {
  return mm < 1000 ? `${Number(mm.toPrecision(3))} mm` : `${Number((mm / 1000).toPrecision(3))} m`;
}

/** Measure: pixels, and real size where the picture's scale is known. */
export class RulerTool extends Tool {
  readonly id = "ruler";
  private shown: [Point, Point] | null = null;

  protected idle(): ToolState {
    return {
      name: "idle",
      down: (p) => this.to(this.measuring(p)),
      cancel: () => { const had = this.shown !== null; this.shown = null; this.bench.refresh(); return had; },
      overlays: () => (this.shown ? this.line(...this.shown) : []),
    };
  }

  private measuring(from: Point): ToolState {
    let here = from, clicked = false;
    return {
      name: "measuring",
      move: (p) => { here = p; this.bench.refresh(); },
      up: (p) => {
        if (!clicked && !moved(from, p)) { clicked = true; return; }
        this.shown = [from, p];
        this.toIdle();
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.line(from, here),
    };
  }

  private line(a: Point, b: Point): Overlay[] {
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const mm = this.bench.pixelMm();
    const text = `${length.toFixed(1)} px${mm === null ? "" : ` · ${realLength(length * mm)}`} · ${Math.round(Math.abs(b.x - a.x))}×${Math.round(Math.abs(b.y - a.y))}`;
    return [
      { kind: "line", xy: [a.x, a.y, b.x, b.y], colour: "#F6BE48" },
      { kind: "handles", xy: [a.x, a.y, b.x, b.y], round: true },
      { kind: "text", x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, text },
    ];
  }
}

/** Arrows of the document's relations, drawn from border to border. */
export function relationOverlays(marks: (id: string) => Mark | undefined, relations: readonly { source: string; target: string }[], colour = "#F6BE48"): Overlay[] {
  return relations.flatMap((relation): Overlay[] => {
    const a = marks(relation.source)?.geometry, b = marks(relation.target)?.geometry;
    if (!a || !b) return [];
    const [ax, ay] = centre(a), [bx, by] = centre(b);
    const [sx, sy] = leave(bounds(a), ax, ay, bx, by), [tx, ty] = leave(bounds(b), bx, by, ax, ay);
    return [{ kind: "line", xy: [sx, sy, tx, ty], colour, arrow: true, width: 1.5 }];
  });
}

/** Where the way from the centre (x, y) towards (tx, ty) leaves the rectangle. */
function leave(r: { x0: number; y0: number; x1: number; y1: number }, x: number, y: number, tx: number, ty: number): [number, number] {
  const dx = tx - x, dy = ty - y;
  const k = Math.min(dx === 0 ? Infinity : Math.abs(((dx > 0 ? r.x1 : r.x0) - x) / dx), dy === 0 ? Infinity : Math.abs(((dy > 0 ? r.y1 : r.y0) - y) / dy), 1);
  return [x + dx * k, y + dy * k];
}
