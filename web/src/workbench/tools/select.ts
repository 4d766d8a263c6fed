/** Choose, move, resize, turn and edit vertices. */
import { bounds, nearestOnPath, stretch, translate } from "../core/geometry";
import { cycle, hitTest } from "../core/hit";
import { isSuggestion, type Geometry, type Mark } from "../core/model";
import { maskTranslate } from "../core/rle";
import type { Rect } from "../core/viewport";
import type { Overlay } from "../render/surface";
import { boundsOfAll, cursorOf, dragHandle, groupHandles, handleAt, handlesOf, insertVertex, removeVertex, sideAt, type Handle } from "./handles";
import { ringsOf, snap } from "./snap";
import { moved, px, sizeText, Tool, type Point, type ToolState } from "./tool";

const HANDLE_REACH = 9;
const EDGE_REACH = 6;
/** A side is taken anywhere along it, but not of a mark just drawn: the next one may begin beside it. */
const SIDE_REACH = 5;
export const ROTATE_REACH = 26;

export class SelectTool extends Tool {
  readonly id: string = "select";
  /** Vertex that the keys act on. */
  protected vertex: Handle | null = null;
  private hover: string | null = null;
  private lastClick: Point | null = null;

  protected idle(): ToolState {
    return {
      name: "idle",
      cursor: "default",
      down: (p) => this.press(p),
      move: (p) => this.hovering(p),
      overlays: () => this.chosenOverlays(),
      cancel: () => {
        if (this.vertex) { this.vertex = null; this.bench.refresh(); return true; }
        if (this.bench.selection.size === 0) return false;
        this.bench.choose([]);
        return true;
      },
      back: () => this.deleteVertex(),
      nudge: (dx, dy) => this.nudgeVertex(dx, dy),
    };
  }

  override get cursor(): string { return this.hoverCursor ?? this.state.cursor ?? "default"; }
  private hoverCursor: string | null = null;

  /** Forget the active vertex when the choice changes from outside. */
  chosenChanged(): void { this.vertex = null; }

  /** Step through the vertices of the chosen mark with the keys. */
  stepVertex(by: 1 | -1): boolean {
    const mark = this.one();
    const list = handlesOf(mark?.geometry, 0).filter((h) => h.kind === "vertex");
    if (list.length === 0) return false;
    const at = this.vertex ? list.findIndex((h) => same(h, this.vertex as Handle)) : by > 0 ? -1 : 0;
    this.vertex = list[(at + by + list.length) % list.length] as Handle;
    this.bench.refresh();
    return true;
  }

  /** Index of the active keypoint, or null. */
  get activeIndex(): number | null { return this.vertex?.index ?? null; }

  protected one(): Mark | undefined {
    const id = this.bench.selection.only;
    return id === undefined ? undefined : this.bench.store.mark(id);
  }

  private press(p: Point): void {
    const handle = this.handleUnder(p);
    if (handle) { this.to(this.pointingHandle(p, handle)); return; }
    const again = this.lastClick !== null && !moved(this.lastClick, p);
    const hits = this.hits(p);
    const chosenHit = hits.find((hit) => this.bench.selection.has(hit.mark.id));
    if (hits.length === 0) { this.to(this.pointingEmpty(p)); return; }
    if (p.shift || p.ctrl) { this.to(this.pointingMark(p, hits[0]?.mark.id ?? "", "toggle")); return; }
    // A press on something already chosen may begin a move: what is under it is only changed when it was a click.
    const target = chosenHit && !again ? chosenHit.mark : (cycle(hits, this.bench.selection.ids, again)?.mark as Mark);
    this.to(this.pointingMark(p, target.id, chosenHit ? "later" : "now"));
  }

  private pointingMark(from: Point, id: string, how: "now" | "later" | "toggle"): ToolState {
    if (how === "now") { this.vertex = null; this.bench.choose([id]); }
    return {
      name: "pointing_mark",
      cursor: "move",
      move: (p) => {
        if (!moved(from, p)) return;
        if (how === "toggle" && !this.bench.selection.has(id)) this.bench.choose([...this.bench.selection.ids, id]);
        this.to(this.moving(from, p));
      },
      up: (p) => {
        if (how === "toggle") this.bench.selection.toggle(id);
        else if (how === "later") {
          const hits = this.hits(p);
          const again = this.lastClick !== null && !moved(this.lastClick, p);
          const next = cycle(hits, this.bench.selection.ids, again);
          if (again && next) this.bench.choose([next.mark.id]); else this.bench.choose([id]);
        }
        if (p.double) this.insertAt(p);
        this.lastClick = from;
        this.toIdle();
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.chosenOverlays(),
    };
  }

  private moving(from: Point, first: Point): ToolState {
    const marks = this.editable();
    const start = new Map(marks.map((mark) => [mark.id, mark.geometry as Geometry]));
    let now = start;
    const place = (p: Point): void => {
      const [dx, dy] = keepInside(boundsOfAll([...start.values()]), p.x - from.x, p.y - from.y, this.bench.options.outside ? null : this.bench.pictureSize());
      now = new Map([...start].map(([id, g]) => [id, g.kind === "mask" ? g : translate(g, dx, dy)]));
      shift = [dx, dy];
      this.bench.refresh();
    };
    let shift: [number, number] = [0, 0];
    this.bench.lift(marks.map((mark) => mark.id));
    place(first);
    return {
      name: "moving",
      cursor: "move",
      move: place,
      up: () => {
        const changes = [...start].map(([id, g]) => ({ id, geometry: g.kind === "mask" ? maskTranslate(g, shift[0], shift[1]) : (now.get(id) as Geometry) }));
        this.bench.reshape(changes, "object.move");
        this.toIdle();
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => marks.map((mark) => this.shape(mark, now.get(mark.id) as Geometry)),
    };
  }

  private pointingHandle(from: Point, handle: Handle): ToolState {
    this.vertex = handle.kind === "vertex" ? handle : null;
    return {
      name: "pointing_handle",
      move: (p) => { if (moved(from, p)) this.to(this.draggingHandle(handle, p)); },
      up: (p) => {
        if (p.alt && handle.kind === "vertex") this.deleteVertex();
        this.toIdle();
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.chosenOverlays(),
    };
  }

  protected draggingHandle(handle: Handle, first: Point): ToolState {
    const marks = this.editable();
    const single = marks.length === 1 ? (marks[0] as Mark) : null;
    const ids = new Set(marks.map((mark) => mark.id));
    const all = boundsOfAll(marks.map((mark) => mark.geometry));
    let now = marks.map((mark) => ({ id: mark.id, geometry: mark.geometry as Geometry }));
    const place = (p: Point): void => {
      if (single) {
        const at = handle.kind === "vertex" ? snap(this.bench, p, ids) : p;
        now = [{ id: single.id, geometry: dragHandle(single.geometry as Geometry, handle, at.x, at.y, p) }];
      } else {
        const box = dragHandle({ kind: "box", ...all }, handle, p.x, p.y, p) as Extract<Geometry, { kind: "box" }>;
        now = marks.map((mark) => ({ id: mark.id, geometry: stretch(mark.geometry as Geometry, all, box) }));
      }
      if (handle.kind === "vertex") this.vertex = { ...handle, x: p.x, y: p.y };
      this.bench.refresh();
    };
    this.bench.lift(ids);
    place(first);
    return {
      name: handle.kind === "rotate" ? "rotating" : handle.kind === "vertex" ? "dragging_vertex" : "resizing",
      cursor: cursorOf(handle),
      move: place,
      up: () => {
        this.bench.reshape(now, handle.kind === "rotate" ? "object.rotate" : handle.kind === "vertex" ? "object.vertex" : "object.resize");
        this.toIdle();
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => now.flatMap(({ id, geometry }) => {
        const mark = this.bench.store.mark(id) as Mark;
        const r = bounds(geometry);
        const plate: Overlay[] = single ? [{ kind: "text", x: r.x0, y: r.y1, text: sizeText(r.x0, r.y0, r.x1, r.y1), below: true }] : [];
        return [this.shape(mark, geometry), ...(single ? [this.handles(geometry)] : []), ...plate];
      }),
    };
  }

  private pointingEmpty(from: Point): ToolState {
    return {
      name: "pointing_empty",
      move: (p) => { if (moved(from, p)) this.to(this.banding(from, p)); },
      up: () => {
        if (!from.shift && !from.ctrl) this.bench.choose([]);
        this.lastClick = from;
        this.toIdle();
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.chosenOverlays(),
    };
  }

  private banding(from: Point, first: Point): ToolState {
    let rect: Rect = toRect(from, first);
    return {
      name: "banding",
      move: (p) => { rect = toRect(from, p); this.bench.refresh(); },
      up: (p) => {
        const inside = this.bench.index.search(rect).filter((id) => {
          const mark = this.bench.store.mark(id);
          const r = bounds(mark?.geometry);
          return mark && this.bench.selection.editable(mark) && r.x0 >= rect.x0 && r.y0 >= rect.y0 && r.x1 <= rect.x1 && r.y1 <= rect.y1;
        });
        this.bench.choose(p.shift || p.ctrl ? [...this.bench.selection.ids, ...inside] : inside);
        this.toIdle();
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [...this.chosenOverlays(), { kind: "area", rect }],
    };
  }

  private hovering(p: Point): void {
    const handle = this.handleUnder(p);
    const mark = this.one();
    const angle = mark?.geometry?.kind === "obox" || mark?.geometry?.kind === "ellipse" ? mark.geometry.angle : 0;
    const hit = handle ? null : (this.hits(p)[0]?.mark.id ?? null);
    const cursor = handle ? cursorOf(handle, angle) : hit ? "pointer" : null;
    if (hit === this.hover && cursor === this.hoverCursor) return;
    this.hover = hit;
    this.hoverCursor = cursor;
    this.bench.refresh();
  }

  protected hits(p: Point): ReturnType<typeof hitTest> {
    const { bench } = this;
    return hitTest(bench.index, (id) => bench.store.mark(id), p.x, p.y, px(bench, EDGE_REACH), (mark) => bench.selection.editable(mark));
  }

  protected handleUnder(p: Point): Handle | null {
    const { bench } = this;
    const reach = px(bench, HANDLE_REACH), rotate = px(bench, ROTATE_REACH);
    if (bench.selection.size > 1) {
      const all = boundsOfAll(this.editable().map((mark) => mark.geometry));
      return handleAt(Number.isFinite(all.x0) ? { kind: "box", ...all } : undefined, p.x, p.y, reach, 0);
    }
    const mark = this.one();
    if (!mark || !bench.selection.editable(mark)) return null;
    return handleAt(mark.geometry, p.x, p.y, reach, rotate) ?? (this.bench.softlyChosen ? null : sideAt(mark.geometry, p.x, p.y, px(bench, SIDE_REACH)));
  }

  private editable(): Mark[] {
    return [...this.bench.selection.ids].flatMap((id) => {
      const mark = this.bench.store.mark(id);
      return mark?.geometry && this.bench.selection.editable(mark) ? [mark] : [];
    });
  }

  /** Double click on a border: a new vertex there. */
  private insertAt(p: Point): boolean {
    const mark = this.one();
    const g = mark?.geometry;
    if (!mark || (g?.kind !== "polygon" && g?.kind !== "polyline")) return false;
    const reach = px(this.bench, HANDLE_REACH) ** 2;
    let ringIndex = 0;
    for (const { xy, closed } of ringsOf(g)) {
      const near = nearestOnPath(xy, closed, p.x, p.y);
      if (near.d2 <= reach) {
        const at = g.kind === "polygon" ? ringAddress(g, ringIndex) : { part: 0, hole: -1 };
        this.bench.reshape([{ id: mark.id, geometry: insertVertex(g, { ...at, index: near.index }, near.x, near.y) }], "object.vertex_add");
        this.vertex = { kind: "vertex", ...at, index: near.index + 1, x: near.x, y: near.y };
        return true;
      }
      ringIndex++;
    }
    return false;
  }

  /** Take out the active vertex. */
  deleteVertex(): boolean {
    const mark = this.one();
    if (!mark?.geometry || !this.vertex) return false;
    const geometry = removeVertex(mark.geometry, this.vertex);
    if (!geometry) return false;
    this.bench.reshape([{ id: mark.id, geometry }], "object.vertex_delete");
    this.vertex = null;
    return true;
  }

  private nudgeVertex(dx: number, dy: number): boolean {
    const mark = this.one();
    if (!mark?.geometry || !this.vertex) return false;
    const at = handlesOf(mark.geometry, 0).find((h) => same(h, this.vertex as Handle));
    if (!at) return false;
    this.bench.reshape([{ id: mark.id, geometry: dragHandle(mark.geometry, at, at.x + dx, at.y + dy) }], "object.vertex.step");
    this.vertex = { ...at, x: at.x + dx, y: at.y + dy };
    return true;
  }

  /** The chosen marks with their handles, and the outline of what the pointer is over. */
  protected chosenOverlays(): Overlay[] {
    const { bench } = this;
    const out: Overlay[] = [];
    const hovered = this.hover ? bench.store.mark(this.hover) : undefined;
    if (hovered?.geometry && !bench.selection.has(hovered.id) && hovered.geometry.kind !== "mask") out.push({ ...this.shape(hovered, hovered.geometry), chosen: false } as Overlay);
    const marks = [...bench.selection.ids].flatMap((id) => { const mark = bench.store.mark(id); return mark?.geometry ? [mark] : []; });
    if (bench.selection.allHidden) return [];
    for (const mark of marks) out.push(this.shape(mark, mark.geometry as Geometry));
    if (marks.length === 1) {
      const mark = marks[0] as Mark;
      if (bench.selection.editable(mark)) out.push(this.handles(mark.geometry as Geometry));
    } else if (marks.length > 1) {
      const all = boundsOfAll(marks.map((mark) => mark.geometry));
      if (Number.isFinite(all.x0)) out.push({ kind: "area", rect: all, colour: "#F6BE48" }, { kind: "handles", xy: groupHandles(all).flatMap((h) => [h.x, h.y]) });
    }
    return out;
  }

  protected shape(mark: Mark, geometry: Geometry): Overlay {
    const r = bounds(geometry);
    const suggestion = isSuggestion(mark);
    const tag = this.bench.selection.size > 1 ? undefined : `${this.bench.tagFor(mark)}${geometry.kind === "box" && !suggestion ? ` · ${sizeText(r.x0, r.y0, r.x1, r.y1)}` : ""}`;
    return {
      kind: "shape", geometry, style: this.bench.styleFor(mark.label), chosen: true, suggestion,
      ...(tag === undefined ? {} : { tag }), edges: this.bench.edgesOf(mark),
    };
  }

  protected handles(g: Geometry): Overlay {
    const list = handlesOf(g, px(this.bench, ROTATE_REACH));
    const active = this.vertex ? list.findIndex((h) => same(h, this.vertex as Handle)) : -1;
    return {
      kind: "handles", xy: list.flatMap((h) => [h.x, h.y]), round: list[0]?.kind === "vertex",
      ...(active >= 0 ? { active } : {}), ...(g.kind === "keypoints" ? { hollow: g.v.map((v) => v !== 2) } : {}),
    };
  }
}

function same(a: Handle, b: Handle): boolean {
  return a.kind === b.kind && a.part === b.part && a.hole === b.hole && a.index === b.index && a.u === b.u && a.v === b.v;
}

function toRect(a: Point, b: Point): Rect {
  return { x0: Math.min(a.x, b.x), y0: Math.min(a.y, b.y), x1: Math.max(a.x, b.x), y1: Math.max(a.y, b.y) };
}

/** Limit a move so that the shapes stay inside the picture as far as they were inside. */
export function keepInside(r: Rect, dx: number, dy: number, size: { w: number; h: number } | null): [number, number] {
  if (!size || !Number.isFinite(r.x0)) return [dx, dy];
  const clamp = (d: number, low: number, high: number, most: number): number =>
    Math.min(Math.max(d, Math.min(0, -low)), Math.max(0, most - high));
  return [clamp(dx, r.x0, r.x1, size.w), clamp(dy, r.y0, r.y1, size.h)];
}

function ringAddress(g: Extract<Geometry, { kind: "polygon" }>, ringIndex: number): { part: number; hole: number } {
  let i = 0;
  for (let part = 0; part < g.parts.length; part++) {
    if (i++ === ringIndex) return { part, hole: -1 };
    for (let hole = 0; hole < (g.parts[part]?.holes?.length ?? 0); hole++) if (i++ === ringIndex) return { part, hole };
  }
  return { part: 0, hole: -1 };
}

