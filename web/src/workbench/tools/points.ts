/** Loose points, and skeletons of named points. */
import type { Geometry, Keypoints, Skeleton } from "../core/model";
import { bounds } from "../core/geometry";
import type { Overlay } from "../render/surface";
import { DrawTool } from "./draw";
import type { Handle } from "./handles";
import { moved, type Bench, type Point, type ToolState } from "./tool";

/** Placing point after point: the one at hand can be left out. */
interface PlacingState extends ToolState { skip(): void }

/** The place at hand, magnified where the person wants it. */
const loupe = (bench: Bench, place: { x: number; y: number } | null): Overlay[] => (bench.options.loupe && place ? [{ kind: "loupe", x: place.x, y: place.y }] : []);

/** One click, one point. */
export class PointsTool extends DrawTool {
  override readonly id = "points";
  private hand: Point | null = null;

  protected override track(p: Point): void { this.hand = p; this.bench.refresh(); }
  protected override extra(): Overlay[] { return loupe(this.bench, this.hand); }
  override exit(): void { this.hand = null; super.exit(); }

  protected begin(p: Point): void { this.to(this.pointing(p)); }

  private pointing(from: Point): ToolState {
    let here = from;
    return {
      name: "pointing",
      move: (p) => { here = p; this.bench.refresh(); },
      up: (p) => {
        this.toIdle();
        // Shift adds to the points that are chosen.
        const mark = this.one();
        if (p.shift && mark?.geometry?.kind === "points") {
          this.bench.reshape([{ id: mark.id, geometry: { kind: "points", xy: [...mark.geometry.xy, p.x, p.y] } }], "points.add");
        } else this.bench.add({ kind: "points", xy: [p.x, p.y] }, "points.draw");
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [{ kind: "handles", xy: [here.x, here.y], round: true, active: 0 }, ...loupe(this.bench, here)],
    };
  }
}

/**
 * A skeleton: its template is placed at once by dragging a rectangle (or two clicks) and then corrected point after
 * point; or the points are clicked one after the other in the schema's order.
 */
export class KeypointsTool extends DrawTool {
  override readonly id = "keypoints";

  /** Number of the point that the next click places while correcting, or null. */
  private correcting: number | null = null;

  get step(): number | null { return this.correcting ?? this.placing; }
  private placing: number | null = null;
  /** Where the hand is while a point waits for its place; null after a key has gone to the next one. */
  private hand: Point | null = null;

  protected override track(p: Point): void {
    if (this.correcting === null) return;
    this.hand = p;
    this.bench.refresh();
  }

  protected override draggingHandle(handle: Handle, first: Point): ToolState {
    const state = super.draggingHandle(handle, first);
    let at = first;
    return { ...state, move: (p) => { at = p; state.move?.(p); }, overlays: () => [...(state.overlays?.() ?? []), ...loupe(this.bench, at)] };
  }

  private skeleton(): Skeleton | null { return this.bench.skeletonFor(this.bench.label()); }

  protected begin(p: Point): void {
    const skeleton = this.skeleton();
    if (!skeleton) { this.bench.say("noSkeleton"); return; }
    const mark = this.one();
    if (this.correcting !== null && mark?.geometry?.kind === "keypoints") { this.to(this.pointingCorrection(mark.id, p)); return; }
    if (this.bench.options.skeletonBy === "template" && (skeleton.template?.length ?? 0) === 2 * skeleton.names.length) this.to(this.framing(p, skeleton));
    else this.to(this.placePoints(skeleton, [], [], p));
  }

  /** Rectangle for the template. */
  private framing(from: Point, skeleton: Skeleton): ToolState {
    let now = from, clicked = false;
    const done = (p: Point): void => {
      if (Math.abs(p.x - from.x) < 4 || Math.abs(p.y - from.y) < 4) return;
      this.toIdle();
      this.correcting = 0;
      this.bench.add(placeTemplate(skeleton, from, p), "keypoints.template");
      this.bench.say("placePoint", this.hint(skeleton, 0));
    };
    return {
      name: "framing",
      move: (p) => { now = p; this.bench.refresh(); },
      up: (p) => {
        if (clicked || moved(from, p)) { done(p); return; }
        if (this.clickOnBorder(p)) return;
        clicked = true;
      },
      cancel: () => { this.toIdle(); return true; },
      back: () => { this.toIdle(); return true; },
      overlays: () => [this.draft(placeTemplate(skeleton, from, now))],
    };
  }

  /** While points are being placed a click near another point places all the same; only a drag takes that point. */
  protected override takesHandle(p: Point): boolean { return this.correcting === null && super.takesHandle(p); }

  /** Template stands: every click moves the next point; keys skip, hide or mirror. */
  private pointingCorrection(id: string, from: Point): ToolState {
    const handle = this.handleUnder(from);
    let here = from;
    return {
      name: "correcting",
      move: (p) => {
        if (handle && moved(from, p)) { this.to(this.draggingHandle(handle, p)); return; }
        here = p;
        this.bench.refresh();
      },
      up: (p) => {
        const mark = this.bench.store.mark(id);
        const g = mark?.geometry;
        const at = this.correcting;
        if (g?.kind === "keypoints" && at !== null) {
          const xy = g.xy.slice(), v = g.v.slice();
          xy[2 * at] = p.x;
          xy[2 * at + 1] = p.y;
          v[at] = p.shift ? 1 : 2;
          this.bench.reshape([{ id, geometry: { ...g, xy, v } }], "keypoints.point");
          this.advance(1);
        }
        this.toIdle();
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => {
        const g = this.bench.store.mark(id)?.geometry;
        if (g?.kind !== "keypoints" || this.correcting === null) return [];
        const xy = g.xy.slice();
        xy[2 * this.correcting] = here.x;
        xy[2 * this.correcting + 1] = here.y;
        return [this.draft({ ...g, xy }), { kind: "handles", xy: [here.x, here.y], round: true, active: 0 }, ...loupe(this.bench, here)];
      },
    };
  }

  /** Point after point; Shift+click: hidden, the skip key: not in the picture. */
  private placePoints(skeleton: Skeleton, xy: number[], v: number[], pending: Point | null): PlacingState {
    let here: Point | null = pending;
    this.placing = v.length;
    this.bench.say("placePoint", this.hint(skeleton, v.length));
    const add = (x: number, y: number, value: number): void => {
      const nextXy = [...xy, x, y], nextV = [...v, value];
      if (nextV.length < skeleton.names.length) { this.to(this.placePoints(skeleton, nextXy, nextV, null)); return; }
      this.done(skeleton, nextXy, nextV);
    };
    return {
      name: "placing",
      move: (p) => { here = p; this.bench.refresh(); },
      up: (p) => add(p.x, p.y, p.shift ? 1 : 2),
      complete: () => {
        if (!v.some((value) => value > 0)) return false;
        const rest = skeleton.names.length - v.length;
        this.done(skeleton, [...xy, ...new Array<number>(2 * rest).fill(0)], [...v, ...new Array<number>(rest).fill(0)]);
        return true;
      },
      back: () => {
        if (v.length === 0) { this.placing = null; this.toIdle(); } else this.to(this.placePoints(skeleton, xy.slice(0, -2), v.slice(0, -1), null));
        return true;
      },
      cancel: () => { this.placing = null; this.bench.say(null); this.toIdle(); return true; },
      overlays: () => {
        const rest = skeleton.names.length - v.length;
        const g: Keypoints = { kind: "keypoints", xy: [...xy, ...new Array<number>(2 * rest).fill(0)], v: [...v, ...new Array<number>(rest).fill(0)], skeleton: skeleton.id };
        const out: Overlay[] = v.length > 0 ? [this.draft(g)] : [];
        if (here) out.push({ kind: "text", x: here.x, y: here.y, text: this.pointName(skeleton, v.length) }, ...loupe(this.bench, here));
        return out;
      },
      skip: () => add(0, 0, 0),
    };
  }

  private done(skeleton: Skeleton, xy: number[], v: number[]): void {
    this.placing = null;
    this.bench.say(null);
    this.toIdle();
    if (v.some((value) => value > 0)) this.bench.add({ kind: "keypoints", xy, v, skeleton: skeleton.id }, "keypoints.draw");
  }

  /** The point is not in the picture: leave it out and go to the next. */
  skip(): boolean {
    if ("skip" in this.state) { (this.state as PlacingState).skip(); return true; }
    return this.setVisibility(0) && this.advance(1);
  }

  /** Set the visibility of the point being corrected: 2 seen, 1 hidden, 0 not in the picture. */
  setVisibility(value: 0 | 1 | 2): boolean {
    const mark = this.one();
    const at = this.correcting ?? this.activeIndex;
    if (mark?.geometry?.kind !== "keypoints" || at === null) return false;
    const v = mark.geometry.v.slice();
    v[at] = value;
    this.bench.reshape([{ id: mark.id, geometry: { ...mark.geometry, v } }], "keypoints.visibility");
    return true;
  }

  /** Go to the next or the previous point of the chosen skeleton. */
  advance(by: 1 | -1): boolean {
    const mark = this.one();
    if (mark?.geometry?.kind !== "keypoints") return false;
    const n = mark.geometry.v.length;
    const next = this.correcting === null ? (by > 0 ? 0 : n - 1) : this.correcting + by;
    this.correcting = next >= 0 && next < n ? next : null;
    this.hand = null;
    const skeleton = this.bench.skeletonFor(mark.label ?? null);
    if (this.correcting === null || !skeleton) this.bench.say(this.correcting === null ? "pointsDone" : null);
    else this.bench.say("placePoint", this.hint(skeleton, this.correcting));
    this.bench.refresh();
    return true;
  }

  override chosenChanged(): void {
    super.chosenChanged();
    if (this.one()?.geometry?.kind !== "keypoints") this.correcting = null;
  }

  override get activeIndex(): number | null { return this.correcting ?? super.activeIndex; }

  override nudge(dx: number, dy: number): boolean {
    const mark = this.one();
    if (this.correcting !== null && mark?.geometry?.kind === "keypoints") {
      const xy = mark.geometry.xy.slice(), i = 2 * this.correcting;
      this.hand = null;
      xy[i] = (xy[i] as number) + dx;
      xy[i + 1] = (xy[i + 1] as number) + dy;
      this.bench.reshape([{ id: mark.id, geometry: { ...mark.geometry, xy } }], "keypoints.point.step");
      return true;
    }
    return super.nudge(dx, dy);
  }

  override cancel(): boolean {
    if (this.correcting !== null && this.state.name === "idle") {
      this.correcting = null;
      this.bench.say(null);
      this.bench.refresh();
      return true;
    }
    return super.cancel();
  }

  override complete(): boolean {
    if (this.state.name === "idle" && this.correcting !== null) return this.advance(1);
    return super.complete();
  }

  protected override extra(): Overlay[] {
    const mark = this.one();
    const g = mark?.geometry;
    if (this.correcting === null || g?.kind !== "keypoints") return [];
    const x = g.xy[2 * this.correcting] as number, y = g.xy[2 * this.correcting + 1] as number;
    const skeleton = this.bench.skeletonFor(mark?.label ?? null);
    return [
      { kind: "handles", xy: [x, y], round: true, active: 0 }, ...loupe(this.bench, this.hand ?? { x, y }),
      ...(skeleton ? [{ kind: "text" as const, x, y, text: this.pointName(skeleton, this.correcting) }] : []),
    ];
  }

  private pointName(skeleton: Skeleton, index: number): string { return `${index + 1} ${skeleton.names[index] ?? ""}`; }
  private hint(skeleton: Skeleton, index: number): Record<string, string | number> {
    return { name: this.pointName(skeleton, index), number: index + 1, count: skeleton.names.length };
  }
}

/** The skeleton's template stretched over the rectangle a–b; dragging to the left mirrors it. */
export function placeTemplate(skeleton: Skeleton, a: { x: number; y: number }, b: { x: number; y: number }): Keypoints {
  const template = skeleton.template ?? [];
  const xy: number[] = [];
  for (let i = 0; i + 1 < template.length; i += 2) {
    xy.push(a.x + (template[i] as number) * (b.x - a.x), Math.min(a.y, b.y) + (template[i + 1] as number) * Math.abs(b.y - a.y));
  }
  const g: Keypoints = { kind: "keypoints", xy, v: skeleton.names.map(() => 2), skeleton: skeleton.id };
  return b.x < a.x ? swapSides(g, skeleton) : g;
}

/** Exchange left and right points of the skeleton without moving anything. */
export function swapSides(g: Keypoints, skeleton: Skeleton): Keypoints {
  const xy = g.xy.slice(), v = g.v.slice();
  for (const [a, b] of skeleton.flip ?? []) {
    for (const k of [0, 1]) [xy[2 * a + k], xy[2 * b + k]] = [xy[2 * b + k] as number, xy[2 * a + k] as number];
    [v[a], v[b]] = [v[b] as number, v[a] as number];
  }
  return { ...g, xy, v };
}

/** Mirror a skeleton about the middle of its bounds, left becoming right. */
export function mirror(g: Keypoints, skeleton: Skeleton): Keypoints {
  const r = bounds(g as Geometry);
  const xy = g.xy.map((value, i) => (i % 2 === 0 && (g.v[i >> 1] ?? 0) > 0 ? r.x0 + r.x1 - value : value));
  return swapSides({ ...g, xy }, skeleton);
}
