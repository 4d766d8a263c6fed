/** The live layer: chosen shapes, handles, lines, plates, and the helps of the eye. */
import { bounds, isEmpty } from "../core/geometry";
import type { Size } from "../core/viewport";
import { patchSprite } from "./masks";
import { paintShape, type Frame } from "./shapes";
import type { Helps, Overlay } from "./surface";
import { fontAt, paintPlate, paintTag } from "./tags";

const POD = "#1F6A51";
const HANDLE = 9;

export function paintOverlay(c: CanvasRenderingContext2D, o: Overlay, f: Frame, size: Size): void {
  const sx = (x: number): number => x * f.scale + f.x;
  const sy = (y: number): number => y * f.scale + f.y;
  switch (o.kind) {
    case "shape": {
      const look = { style: o.style, chosen: o.chosen ?? false, suggestion: o.suggestion ?? false, ...(o.edges ? { edges: o.edges } : {}) };
      paintShape(c, o.geometry, f, look);
      const r = bounds(o.geometry);
      if (o.tag !== undefined && !isEmpty(r)) paintTag(c, o.tag, sx(r.x0), sy(r.y0) - 4 * f.ratio, look, f.ratio, size);
      return;
    }
    case "handles": paintHandles(c, o, f); return;
    case "line": {
      if (o.xy.length < 4) return;
      c.beginPath();
      c.moveTo(sx(o.xy[0] as number), sy(o.xy[1] as number));
      for (let i = 2; i + 1 < o.xy.length; i += 2) c.lineTo(sx(o.xy[i] as number), sy(o.xy[i + 1] as number));
      c.lineJoin = "round";
      c.strokeStyle = "rgba(20,20,18,0.72)";
      c.lineWidth = ((o.width ?? 2) + 2) * f.ratio;
      c.setLineDash([]);
      c.stroke();
      c.setLineDash(o.dash ? [5 * f.ratio, 4 * f.ratio] : []);
      c.strokeStyle = o.colour ?? "#FFFFFF";
      c.lineWidth = (o.width ?? 2) * f.ratio;
      c.stroke();
      c.setLineDash([]);
      if (o.arrow) paintArrow(c, o.xy, f, o.colour ?? "#FFFFFF");
      return;
    }
    case "area": {
      const x = sx(o.rect.x0), y = sy(o.rect.y0), w = sx(o.rect.x1) - x, h = sy(o.rect.y1) - y;
      c.globalAlpha = 0.12;
      c.fillStyle = o.colour ?? "#FFFFFF";
      c.fillRect(x, y, w, h);
      c.globalAlpha = 1;
      c.setLineDash([4 * f.ratio, 3 * f.ratio]);
      c.strokeStyle = "rgba(20,20,18,0.72)";
      c.lineWidth = 3 * f.ratio;
      c.strokeRect(x, y, w, h);
      c.strokeStyle = o.colour ?? "#FFFFFF";
      c.lineWidth = 1.5 * f.ratio;
      c.strokeRect(x, y, w, h);
      c.setLineDash([]);
      return;
    }
    case "patch": {
      const sprite = patchSprite(o.patch, o.colour);
      if (!sprite) return;
      c.imageSmoothingEnabled = false;
      c.globalAlpha = 0.6;
      c.drawImage(sprite.canvas, sx(sprite.x), sy(sprite.y), sprite.w * f.scale, sprite.h * f.scale);
      c.globalAlpha = 1;
      return;
    }
    case "text": paintPlate(c, o.text, sx(o.x), sy(o.y) + (o.below ? 8 : -28) * f.ratio, f.ratio, size); return;
    case "ring": {
      c.beginPath();
      c.arc(sx(o.x), sy(o.y), Math.max(1, o.radius * f.scale), 0, Math.PI * 2);
      c.strokeStyle = "rgba(20,20,18,0.8)";
      c.lineWidth = 3 * f.ratio;
      c.stroke();
      c.strokeStyle = o.colour ?? "#FFFFFF";
      c.lineWidth = 1.5 * f.ratio;
      c.stroke();
      return;
    }
    case "loupe": return; // the renderer's: it needs the picture
    case "pin": paintPin(c, sx(o.x), sy(o.y), o.text, o.colour ?? POD, f.ratio); return;
  }
}

function paintHandles(c: CanvasRenderingContext2D, o: Extract<Overlay, { kind: "handles" }>, f: Frame): void {
  const side = (o.round ? HANDLE - 1 : HANDLE) * f.ratio;
  // More than a few hundred handles would hide the shape: show those near each other only once.
  let lx = -1e9, ly = -1e9;
  const crowded = o.xy.length > 400;
  for (let i = 0; i + 1 < o.xy.length; i += 2) {
    const x = (o.xy[i] as number) * f.scale + f.x, y = (o.xy[i + 1] as number) * f.scale + f.y;
    const active = o.active === i >> 1;
    if (crowded && !active && (x - lx) ** 2 + (y - ly) ** 2 < (14 * f.ratio) ** 2) continue;
    lx = x;
    ly = y;
    const colour = o.colours?.[i >> 1];
    c.beginPath();
    if (o.round) c.arc(x, y, side / 2, 0, Math.PI * 2); else c.rect(x - side / 2, y - side / 2, side, side);
    c.fillStyle = active ? "#F6BE48" : o.hollow?.[i >> 1] ? "rgba(255,255,255,0.25)" : colour ?? "#FFFFFF";
    c.fill();
    c.strokeStyle = "#1F1D1A";
    c.lineWidth = 1.5 * f.ratio;
    c.stroke();
  }
}

function paintArrow(c: CanvasRenderingContext2D, xy: readonly number[], f: Frame, colour: string): void {
  const n = xy.length;
  const x = (xy[n - 2] as number) * f.scale + f.x, y = (xy[n - 1] as number) * f.scale + f.y;
  const angle = Math.atan2((xy[n - 1] as number) - (xy[n - 3] as number), (xy[n - 2] as number) - (xy[n - 4] as number));
  const a = 11 * f.ratio;
  c.beginPath();
  c.moveTo(x, y);
  c.lineTo(x - a * Math.cos(angle - 0.45), y - a * Math.sin(angle - 0.45));
  c.lineTo(x - a * Math.cos(angle + 0.45), y - a * Math.sin(angle + 0.45));
  c.closePath();
  c.fillStyle = colour;
  c.strokeStyle = "rgba(20,20,18,0.72)";
  c.lineWidth = 2 * f.ratio;
  c.stroke();
  c.fill();
}

function paintPin(c: CanvasRenderingContext2D, x: number, y: number, text: string, colour: string, ratio: number): void {
  const r = 10 * ratio;
  c.beginPath();
  c.moveTo(x, y);
  c.lineTo(x - r * 0.7, y - r * 1.2);
  c.arc(x, y - r * 1.9, r, Math.PI * 0.75, Math.PI * 2.25);
  c.closePath();
  c.fillStyle = colour;
  c.strokeStyle = "#FFFFFF";
  c.lineWidth = 2 * ratio;
  c.stroke();
  c.fill();
  c.fillStyle = "#FFFFFF";
  c.font = fontAt(11 * ratio, true);
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(text, x, y - r * 1.9);
  c.textAlign = "start";
}

/** Crosshair and grid. */
export function paintHelps(c: CanvasRenderingContext2D, helps: Helps, pointer: { x: number; y: number } | null, f: Frame, size: Size, picture: Size | null): void {
  if (helps.grid && picture) paintGrid(c, helps.grid, f, size, picture);
  if (!pointer) return;
  const x = pointer.x * f.ratio, y = pointer.y * f.ratio;
  if (helps.crosshair) {
    for (const [colour, width] of [["rgba(20,20,18,0.6)", 3], ["#FFFFFF", 1]] as const) {
      c.strokeStyle = colour;
      c.lineWidth = width * f.ratio;
      c.beginPath();
      c.moveTo(0, y); c.lineTo(size.w, y);
      c.moveTo(x, 0); c.lineTo(x, size.h);
      c.stroke();
    }
  }
}

function paintGrid(c: CanvasRenderingContext2D, step: number, f: Frame, size: Size, picture: Size): void {
  let s = step;
  while (s * f.scale < 12) s *= 2;
  c.beginPath();
  for (let x = 0; x <= picture.w; x += s) {
    const px = Math.round(x * f.scale + f.x) + 0.5;
    if (px >= 0 && px <= size.w) { c.moveTo(px, Math.max(0, f.y)); c.lineTo(px, Math.min(size.h, picture.h * f.scale + f.y)); }
  }
  for (let y = 0; y <= picture.h; y += s) {
    const py = Math.round(y * f.scale + f.y) + 0.5;
    if (py >= 0 && py <= size.h) { c.moveTo(Math.max(0, f.x), py); c.lineTo(Math.min(size.w, picture.w * f.scale + f.x), py); }
  }
  c.strokeStyle = "rgba(255,255,255,0.35)";
  c.lineWidth = 1;
  c.stroke();
}
