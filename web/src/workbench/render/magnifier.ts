/** The magnifier: the picture itself, three times as large, in the corner away from the hand. */
import type { Rect, Size } from "../core/viewport";
import type { Frame } from "./shapes";

const SIDE = 150;
const ZOOM = 3;

/** Where the magnifier stands for a place on the screen (target pixels), and the part of the picture it shows. */
export function magnifierAt(place: { x: number; y: number }, f: Frame, size: Size): { left: number; top: number; side: number; frame: Frame; part: Rect } {
  const side = SIDE * f.ratio, gap = 12 * f.ratio;
  const sx = place.x * f.scale + f.x, sy = place.y * f.scale + f.y;
  const left = sx > size.w / 2 ? gap : size.w - side - gap;
  const top = sy > size.h / 2 ? gap : size.h - side - gap;
  const scale = f.scale * ZOOM;
  const frame: Frame = { ratio: f.ratio, scale, x: left + side / 2 - place.x * scale, y: top + side / 2 - place.y * scale };
  const half = side / 2 / scale;
  return { left, top, side, frame, part: { x0: place.x - half, y0: place.y - half, x1: place.x + half, y1: place.y + half } };
}

/** Paint it; `paint` draws picture and marks of a part in a frame. */
export function paintMagnifier(c: CanvasRenderingContext2D, place: { x: number; y: number }, f: Frame, size: Size, paint: (frame: Frame, part: Rect) => void): void {
  const { left, top, side, frame, part } = magnifierAt(place, f, size);
  const radius = 8 * f.ratio;
  c.save();
  c.beginPath();
  c.roundRect(left, top, side, side, radius);
  c.clip();
  c.fillStyle = "#2B2D2C";
  c.fillRect(left, top, side, side);
  paint(frame, part);
  // A cross with an open middle: the pixel that counts stays in view.
  const x = Math.round(left + side / 2) + 0.5, y = Math.round(top + side / 2) + 0.5, open = 7 * f.ratio;
  c.beginPath();
  c.moveTo(x, top); c.lineTo(x, y - open); c.moveTo(x, y + open); c.lineTo(x, top + side);
  c.moveTo(left, y); c.lineTo(x - open, y); c.moveTo(x + open, y); c.lineTo(left + side, y);
  c.setLineDash([]);
  c.strokeStyle = "rgba(20,20,18,0.5)";
  c.lineWidth = 3 * f.ratio;
  c.stroke();
  c.strokeStyle = "#F6BE48";
  c.lineWidth = Math.max(1, Math.round(f.ratio));
  c.stroke();
  c.restore();
  c.strokeStyle = "#FFFFFF";
  c.lineWidth = 2 * f.ratio;
  c.beginPath();
  c.roundRect(left, top, side, side, radius);
  c.stroke();
}
