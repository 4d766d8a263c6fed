/** Which tools there are, their keys, and which of them a schema asks for. To add a tool, add a row. */
import type { Kind, Schema } from "../core/model";
import { BoxTool } from "../tools/box";
import { CutTool, HoleTool, LassoTool, RelationTool, RulerTool } from "../tools/edit";
import { BrushTool, EraserTool, FillTool, FloodTool, SuperpixelTool } from "../tools/mask";
import { OutlineTool } from "../tools/outline";
import { PolygonTool, PolylineTool, ScissorsTool } from "../tools/path";
import { KeypointsTool, PointsTool } from "../tools/points";
import { SelectTool } from "../tools/select";
import type { Bench, Tool } from "../tools/tool";
import { CuboidTool, EllipseTool, RotatedBoxTool } from "../tools/turned";

export interface ToolRow {
  id: string;
  key: string;
  /** The tool is offered when the schema allows one of these kinds; none means always. */
  kinds?: readonly Kind[];
  /** Offered only with relations in the schema. */
  relations?: boolean;
  make: (bench: Bench) => Tool;
  /** Behind "more" in the tool strip. */
  second?: boolean;
  /** Changes nothing: also in read-only mode. */
  looks?: boolean;
}

export const TOOLS: readonly ToolRow[] = [
  { id: "select", key: "KeyV", make: (b) => new SelectTool(b) },
  { id: "box", key: "Shift+KeyV", kinds: ["box"], make: (b) => new BoxTool(b) },
  { id: "obox", key: "KeyO", kinds: ["obox"], make: (b) => new RotatedBoxTool(b) },
  { id: "polygon", key: "KeyP", kinds: ["polygon"], make: (b) => new PolygonTool(b) },
  { id: "polyline", key: "KeyL", kinds: ["polyline"], make: (b) => new PolylineTool(b) },
  { id: "points", key: "Shift+KeyK", kinds: ["points"], make: (b) => new PointsTool(b) },
  { id: "keypoints", key: "KeyK", kinds: ["keypoints"], make: (b) => new KeypointsTool(b) },
  { id: "ellipse", key: "KeyE", kinds: ["ellipse"], make: (b) => new EllipseTool(b) },
  { id: "cuboid2", key: "KeyU", kinds: ["cuboid2"], make: (b) => new CuboidTool(b) },
  { id: "brush", key: "KeyW", kinds: ["mask"], make: (b) => new BrushTool(b) },
  { id: "eraser", key: "KeyX", kinds: ["mask"], make: (b) => new EraserTool(b) },
  { id: "fill", key: "Shift+KeyP", kinds: ["mask"], make: (b) => new FillTool(b), second: true },
  { id: "flood", key: "KeyM", kinds: ["mask"], make: (b) => new FloodTool(b), second: true },
  { id: "superpixel", key: "KeyS", kinds: ["mask"], make: (b) => new SuperpixelTool(b), second: true },
  { id: "outline", key: "KeyG", kinds: ["polygon", "mask"], make: (b) => new OutlineTool(b) },
  { id: "scissors", key: "KeyI", kinds: ["polygon"], make: (b) => new ScissorsTool(b) },
  { id: "cut", key: "Shift+KeyC", kinds: ["polygon"], make: (b) => new CutTool(b), second: true },
  { id: "hole", key: "Shift+KeyO", kinds: ["polygon"], make: (b) => new HoleTool(b), second: true },
  { id: "lasso", key: "Shift+KeyA", make: (b) => new LassoTool(b), second: true },
  { id: "relation", key: "KeyJ", relations: true, make: (b) => new RelationTool(b) },
  { id: "ruler", key: "Shift+KeyR", make: (b) => new RulerTool(b), second: true, looks: true },
];

/** Kinds that the schema allows; a class without kinds allows every one of the picture. */
export function kindsOf(schema: Schema): ReadonlySet<string> {
  const all = new Set<string>();
  for (const own of schema.classes ?? []) {
    if (own.abstract) continue;
    if ((own.kinds ?? []).length === 0) for (const row of TOOLS) for (const kind of row.kinds ?? []) all.add(kind);
    for (const kind of own.kinds ?? []) all.add(kind);
  }
  return all;
}

/** The tools that a schema asks for, in the order of the strip. */
export function toolsFor(schema: Schema): ToolRow[] {
  const kinds = kindsOf(schema);
  return TOOLS.filter((row) => {
    if (row.relations) return (schema.relations ?? []).length > 0;
    return !row.kinds || row.kinds.some((kind) => kinds.has(kind));
  });
}

/** The tool that draws a kind, for class keys. */
export function toolForKind(kind: string | undefined): string | null {
  switch (kind) {
    case "mask": return "brush";
    case "none":
    case undefined: return null;
    default: return TOOLS.some((row) => row.id === kind) ? kind : null;
  }
}
