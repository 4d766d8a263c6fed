/** What drawing tools share: the last mark stays chosen, and its handles can be taken without changing the tool. */
import type { Geometry } from "../core/model";
import type { Overlay } from "../render/surface";
import { cursorOf } from "./handles";
import { SelectTool } from "./select";
import type { Point, ToolState } from "./tool";

export abstract class DrawTool extends SelectTool {
  /** A press that is not on a handle of the chosen mark. */
  protected abstract begin(p: Point): void;
  /** Whether a press takes a handle of the chosen mark instead of drawing. */
  protected takesHandle(p: Point): boolean { return this.handleUnder(p) !== null; }
  /** Overlays while nothing is being drawn. */
  protected extra(): Overlay[] { return []; }
  /** The pointer moves while nothing is being drawn. */
  protected track(_p: Point): void { /* most tools wait */ }

  protected override idle(): ToolState {
    const base = super.idle();
    return {
      ...base,
      cursor: "crosshair",
      down: (p) => {
        if (p.ctrl || this.takesHandle(p)) { base.down?.(p); return; }
        this.begin(p);
      },
      move: (p) => {
        const handle = this.handleUnder(p);
        this.overHandle = handle && this.takesHandle(p) ? cursorOf(handle) : null;
        this.track(p);
      },
      overlays: () => [...this.chosenOverlays(), ...this.extra()],
    };
  }

  private overHandle: string | null = null;
  override get cursor(): string { return (this.state.name === "idle" ? this.overHandle : null) ?? this.state.cursor ?? "crosshair"; }

  /** A click on the border of a mark chooses it; inside it one may want to draw. */
  protected clickOnBorder(p: Point): boolean {
    const hit = this.hits(p).find((h) => h.part !== "inside");
    if (!hit) return false;
    this.bench.choose([hit.mark.id]);
    this.toIdle();
    return true;
  }

  protected draft(geometry: Geometry, tag?: string): Overlay {
    const label = this.bench.label();
    return {
      kind: "shape", geometry, style: this.bench.styleFor(label), chosen: true, edges: this.bench.edgesOf({ geometry, label }),
      ...(tag === undefined ? {} : { tag }),
    };
  }
}
