/** Outline from a box (GrabCut), put right by clicks: plain clicks belong, Shift+clicks do not. */
import { normalBox, ringArea, simplifyRing } from "../core/geometry";
import type { Geometry, Polygon } from "../core/model";
import { fillPolygon, trace } from "../core/raster";
import { fromPatch, type Patch } from "../core/rle";
import type { Overlay } from "../render/surface";
import { DrawTool } from "./draw";
import { claim, isEmptyMask } from "./overlap";
import { moved, px, sizeText, type Point, type ToolState } from "./tool";

type Seed = { x: number; y: number; inside: boolean };
type Rectangle = Extract<Geometry, { kind: "box" }>;

export class OutlineTool extends DrawTool {
  override readonly id = "outline";

  protected begin(p: Point): void {
    // A chosen box is taken as the frame: one key and one click.
    this.to(this.pointing(p));
  }

  /** Start from the chosen box without drawing. */
  fromChosen(): boolean {
    const g = this.one()?.geometry;
    if (g?.kind !== "box") return false;
    void this.ask(g, []);
    return true;
  }

  private pointing(from: Point): ToolState {
    return {
      name: "pointing",
      move: (p) => { if (moved(from, p)) this.to(this.framing(from, p)); },
      up: (p) => { if (!this.clickOnBorder(p)) this.to(this.framing(from, p)); },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => this.chosenOverlays(),
    };
  }

  private framing(from: Point, first: Point): ToolState {
    let box = boxOf(from, first);
    return {
      name: "framing",
      move: (p) => { box = boxOf(from, p); this.bench.refresh(); },
      up: (p) => {
        box = boxOf(from, p);
        if (box.x1 - box.x0 < 3 || box.y1 - box.y0 < 3) { this.bench.say("boxTooSmall"); this.toIdle(); return; }
        void this.ask(box, []);
      },
      cancel: () => { this.toIdle(); return true; },
      overlays: () => [{ kind: "area", rect: box, colour: "#F6BE48" }, { kind: "text", x: box.x0, y: box.y1, text: sizeText(box.x0, box.y0, box.x1, box.y1), below: true }],
    };
  }

  /** Ask the worker thread; the person may go on or give up meanwhile. */
  private async ask(box: Rectangle, seeds: Seed[], before: Patch | null = null): Promise<void> {
    const picture = this.bench.picture();
    if (!picture) return;
    this.to(this.waiting(box, before));
    this.bench.say("outlineComing");
    const patch = await this.bench.help.outline({ picture, box, seeds });
    if (this.state.name !== "waiting") return;
    if (!patch) { this.bench.say("outlineFailed"); if (before) this.to(this.refining(box, seeds, before)); else this.toIdle(); return; }
    this.bench.say("outlineRefine");
    this.to(this.refining(box, seeds, patch));
  }

  private waiting(box: Rectangle, before: Patch | null): ToolState {
    return {
      name: "waiting",
      cursor: "progress",
      cancel: () => { this.bench.help.cancel(); this.bench.say(null); this.toIdle(); return true; },
      interrupt: () => { this.bench.help.cancel(); this.bench.say(null); },
      overlays: () => [{ kind: "area", rect: box, colour: "#F6BE48" }, ...this.patch(before)],
    };
  }

  private refining(box: Rectangle, seeds: Seed[], patch: Patch): ToolState {
    return {
      name: "refining",
      up: (p) => {
        if (p.double) { this.accept(patch); return; }
        void this.ask(box, [...seeds, { x: p.x, y: p.y, inside: !p.shift && !p.alt }], patch);
      },
      complete: () => { this.accept(patch); return true; },
      back: () => { if (seeds.length === 0) { this.bench.say(null); this.toIdle(); } else void this.ask(box, seeds.slice(0, -1), patch); return true; },
      cancel: () => { this.bench.say(null); this.toIdle(); return true; },
      interrupt: () => { this.accept(patch); },
      overlays: () => [
        { kind: "area", rect: box, colour: "#F6BE48" }, ...this.patch(patch),
        { kind: "handles", xy: seeds.flatMap((s) => [s.x, s.y]), round: true, colours: seeds.map((s) => (s.inside ? "#2C7D61" : "#A8321F")) },
      ],
    };
  }

  private accept(patch: Patch): void {
    this.bench.say(null);
    const { w, h } = this.bench.pictureSize();
    this.toIdle();
    if (this.bench.options.outlineAs === "mask") {
      const { stamp, ops } = claim(this.bench, patch, new Set());
      const mask = fromPatch(stamp, [h, w]);
      if (!isEmptyMask(mask)) this.bench.add(mask, "outline.mask", {}, ops);
      return;
    }
    const polygon = polygonOf(patch, Math.max(0.75, px(this.bench, this.bench.options.smooth)));
    if (polygon) this.bench.add(polygon, "outline.polygon");
  }

  private patch(patch: Patch | null): Overlay[] {
    return patch ? [{ kind: "patch", patch, colour: this.bench.styleFor(this.bench.label()).colour }] : [];
  }
}

/** Outline of a patch as a polygon with holes; specks below a hundredth of the largest piece are dropped. */
export function polygonOf(patch: Patch, tolerance: number): Polygon | null {
  const rings = trace(patch).map((xy) => ({ xy, area: ringArea(xy) }));
  const outers = rings.filter((ring) => ring.area > 0).sort((a, b) => b.area - a.area);
  const largest = outers[0]?.area ?? 0;
  if (largest === 0) return null;
  const parts = outers.filter((ring) => ring.area >= Math.max(4, largest / 100)).map((ring) => ({ ring, outer: simplifyRing(ring.xy, tolerance), holes: [] as number[][] }));
  for (const hole of rings.filter((ring) => ring.area < 0 && -ring.area >= Math.max(9, largest / 100))) {
    const owner = parts.find((part) => contains(part.ring.xy, hole.xy));
    owner?.holes.push(simplifyRing(hole.xy, tolerance));
  }
  return { kind: "polygon", parts: parts.map(({ outer, holes }) => (holes.length > 0 ? { outer, holes } : { outer })) };
}

function contains(outer: number[], inner: number[]): boolean {
  const patch = fillPolygon({ kind: "polygon", parts: [{ outer }] });
  const x = Math.floor(inner[0] as number) - patch.x, y = Math.floor(inner[1] as number) - patch.y;
  return x >= 0 && y >= 0 && x < patch.w && y < patch.h && patch.data[y * patch.w + x] === 1;
}

function boxOf(a: Point, b: Point): Rectangle { return normalBox({ kind: "box", x0: a.x, y0: a.y, x1: b.x, y1: b.y }); }
