/** Shapes as paths in screen pixels: a dark halo under the class colour, pattern with the colour, dashes for suggestions. */
import { CUBOID_EDGES, cuboidCorners, oboxCorners } from "../core/geometry";
import type { ClassStyle, Geometry } from "../core/model";
import { maskSprite } from "./masks";

/** From picture to the target's pixels; `ratio` is target pixels per CSS pixel. */
export interface Frame { x: number; y: number; scale: number; ratio: number }

export interface Look {
  style: ClassStyle;
  chosen?: boolean;
  suggestion?: boolean;
  edges?: readonly (readonly [number, number])[];
}

const OPEN = new Set<Geometry["kind"]>(["polyline", "cuboid2"]);
const HALO = "rgba(20,20,18,0.72)";

/** Add a ring or line to a path; vertices closer than √`least` px to the last one are left out. */
export function addPath(path: Path2D, xy: ArrayLike<number>, f: Frame, closed: boolean, least = 0.5): void {
  const n = xy.length;
  if (n < 2) return;
  let lx = (xy[0] as number) * f.scale + f.x, ly = (xy[1] as number) * f.scale + f.y;
  path.moveTo(lx, ly);
  for (let i = 2; i + 1 < n; i += 2) {
    const x = (xy[i] as number) * f.scale + f.x, y = (xy[i + 1] as number) * f.scale + f.y;
    const dx = x - lx, dy = y - ly;
    if (dx * dx + dy * dy < least && i + 2 < n) continue;
    path.lineTo(x, y);
    lx = x;
    ly = y;
  }
  if (closed) path.closePath();
}

/** Outline of a geometry; null for what has no outline (points, masks, nothing). */
export function outline(g: Geometry, f: Frame, into?: Path2D, least = 0.5): Path2D | null {
  const path = into ?? new Path2D();
  switch (g.kind) {
    case "box":
      path.rect(g.x0 * f.scale + f.x, g.y0 * f.scale + f.y, (g.x1 - g.x0) * f.scale, (g.y1 - g.y0) * f.scale);
      return path;
    case "obox": addPath(path, oboxCorners(g), f, true); return path;
    case "polygon":
      for (const part of g.parts) {
        addPath(path, part.outer, f, true, least);
        for (const hole of part.holes ?? []) addPath(path, hole, f, true, least);
      }
      return path;
    case "polyline": addPath(path, g.xy, f, false, least); return path;
    case "ellipse": {
      const cx = g.cx * f.scale + f.x, cy = g.cy * f.scale + f.y;
      path.moveTo(cx + g.rx * f.scale * Math.cos(g.angle), cy + g.rx * f.scale * Math.sin(g.angle));
      path.ellipse(cx, cy, Math.max(0, g.rx * f.scale), Math.max(0, g.ry * f.scale), g.angle, 0, Math.PI * 2);
      return path;
    }
    case "cuboid2": {
      const xy = cuboidCorners(g);
      for (const [a, b] of CUBOID_EDGES) {
        path.moveTo((xy[2 * a] as number) * f.scale + f.x, (xy[2 * a + 1] as number) * f.scale + f.y);
        path.lineTo((xy[2 * b] as number) * f.scale + f.x, (xy[2 * b + 1] as number) * f.scale + f.y);
      }
      return path;
    }
    default: return null;
  }
}

/** Dashes of a pattern, or of a suggestion, in target pixels. */
export function dashOf(look: Look, ratio: number): number[] {
  if (look.suggestion) return [6 * ratio, 4 * ratio];
  if (look.style.pattern === "dash") return [10 * ratio, 4 * ratio];
  if (look.style.pattern === "dot") return [2 * ratio, 4 * ratio];
  return [];
}

/**
 * Shapes of a few pixels, a hundred in one path: a thin line without halo says all that can be seen. One pixel wide and
 * no more: rasterisers draw hairlines several times faster than anything wider.
 */
export function strokeSmall(context: CanvasRenderingContext2D, path: Path2D, look: Look): void {
  context.setLineDash([]);
  context.lineJoin = "miter";
  context.strokeStyle = look.style.colour;
  context.lineWidth = 1;
  context.stroke(path);
}

/** One shape among hundreds: the usual look, with corners that cost less than rounded ones. */
export function paintPlain(context: CanvasRenderingContext2D, g: Geometry, f: Frame, look: Look): void {
  const path = outline(g, f, undefined, f.ratio);
  if (path) strokeLook(context, path, look, f.ratio, !OPEN.has(g.kind), "miter");
}

/** Stroke (and softly fill) a ready path. */
export function strokeLook(context: CanvasRenderingContext2D, path: Path2D, look: Look, ratio: number, fill: boolean, join: CanvasLineJoin = "round"): void {
  const { colour } = look.style;
  if (fill) {
    context.globalAlpha = look.chosen ? 0.22 : look.suggestion ? 0.06 : 0.1;
    context.fillStyle = colour;
    context.fill(path, "evenodd");
    context.globalAlpha = 1;
  }
  const width = (look.chosen ? 2.5 : 2) * ratio;
  context.lineJoin = join;
  context.miterLimit = 3;
  context.setLineDash([]);
  context.strokeStyle = HALO;
  context.lineWidth = width + 2 * ratio;
  context.stroke(path);
  context.setLineDash(dashOf(look, ratio));
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke(path);
  context.setLineDash([]);
  if (look.style.pattern === "double" && !look.suggestion) {
    context.strokeStyle = HALO;
    context.lineWidth = Math.max(1, 0.7 * ratio);
    context.stroke(path);
  }
}

/** Paint one geometry. */
export function paintShape(context: CanvasRenderingContext2D, g: Geometry, f: Frame, look: Look): void {
  switch (g.kind) {
    case "none": return;
    case "mask": {
      const sprite = maskSprite(g, look.style.colour);
      if (!sprite) return;
      context.imageSmoothingEnabled = false;
      context.globalAlpha = look.chosen ? 0.75 : look.suggestion ? 0.35 : 0.55;
      context.drawImage(sprite.canvas, sprite.x * f.scale + f.x, sprite.y * f.scale + f.y, sprite.w * f.scale, sprite.h * f.scale);
      context.globalAlpha = 1;
      return;
    }
    case "points": paintDots(context, g.xy, null, f, look); return;
    case "keypoints": {
      const path = new Path2D();
      for (const [a, b] of look.edges ?? []) {
        if (!(g.v[a] && g.v[b])) continue;
        path.moveTo((g.xy[2 * a] as number) * f.scale + f.x, (g.xy[2 * a + 1] as number) * f.scale + f.y);
        path.lineTo((g.xy[2 * b] as number) * f.scale + f.x, (g.xy[2 * b + 1] as number) * f.scale + f.y);
      }
      strokeLook(context, path, look, f.ratio, false);
      paintDots(context, g.xy, g.v, f, look);
      return;
    }
    default: {
      const path = outline(g, f);
      if (path) strokeLook(context, path, look, f.ratio, !OPEN.has(g.kind));
      if (g.kind === "cuboid2") {
        const front = new Path2D();
        addPath(front, g.front, f, true);
        context.globalAlpha = 0.18;
        context.fillStyle = look.style.colour;
        context.fill(front);
        context.globalAlpha = 1;
      }
    }
  }
}

/** Points: filled when visible, hollow when hidden (v = 1), none when not labelled (v = 0). */
function paintDots(context: CanvasRenderingContext2D, xy: readonly number[], v: readonly number[] | null, f: Frame, look: Look): void {
  const many = xy.length > 60;
  const radius = (look.chosen ? 4 : many ? 2.5 : 3.5) * f.ratio;
  for (const wanted of v ? [2, 1] : [2]) {
    const path = new Path2D();
    let any = false;
    for (let i = 0; i + 1 < xy.length; i += 2) {
      if (v && v[i >> 1] !== wanted) continue;
      const x = (xy[i] as number) * f.scale + f.x, y = (xy[i + 1] as number) * f.scale + f.y;
      path.moveTo(x + radius, y);
      path.arc(x, y, radius, 0, Math.PI * 2);
      any = true;
    }
    if (!any) continue;
    context.strokeStyle = HALO;
    context.lineWidth = 3 * f.ratio;
    context.stroke(path);
    context.fillStyle = wanted === 2 ? look.style.colour : "#ffffff";
    context.fill(path);
    if (wanted === 1) {
      context.strokeStyle = look.style.colour;
      context.lineWidth = 1.5 * f.ratio;
      context.stroke(path);
    }
  }
}
