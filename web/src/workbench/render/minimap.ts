/** The small map of a picture that does not fit the view: where am I, and click to go there. */
import type { Viewport } from "../core/viewport";
import type { Picture } from "./surface";

export const MINIMAP_SIDE = 132;

/** Size of the map for a picture, CSS pixels. */
export function minimapSize(viewport: Viewport): { w: number; h: number; scale: number } {
  const scale = Math.min(MINIMAP_SIDE / viewport.picture.w, MINIMAP_SIDE / viewport.picture.h);
  return { w: Math.max(1, Math.round(viewport.picture.w * scale)), h: Math.max(1, Math.round(viewport.picture.h * scale)), scale };
}

/** The map is of use only when a good part of the picture is out of sight. */
export function needsMinimap(viewport: Viewport): boolean {
  const v = viewport.visible;
  const w = Math.min(v.x1, viewport.picture.w) - Math.max(0, v.x0), h = Math.min(v.y1, viewport.picture.h) - Math.max(0, v.y0);
  return Math.max(0, w) * Math.max(0, h) < viewport.picture.w * viewport.picture.h * 0.5;
}

export function paintMinimap(canvas: HTMLCanvasElement, picture: Picture, viewport: Viewport): void {
  const { w, h, scale } = minimapSize(viewport);
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(w * ratio);
  canvas.height = Math.round(h * ratio);
  const c = canvas.getContext("2d") as CanvasRenderingContext2D;
  picture.draw(c, 0, 0, scale * ratio, { x0: 0, y0: 0, x1: viewport.picture.w, y1: viewport.picture.h });
  const v = viewport.visible, k = scale * ratio;
  c.strokeStyle = "#1F1D1A";
  c.lineWidth = 4 * ratio;
  c.strokeRect(v.x0 * k, v.y0 * k, (v.x1 - v.x0) * k, (v.y1 - v.y0) * k);
  c.strokeStyle = "#F6BE48";
  c.lineWidth = 2 * ratio;
  c.strokeRect(v.x0 * k, v.y0 * k, (v.x1 - v.x0) * k, (v.y1 - v.y0) * k);
}

/** The view after a click at (x, y) of the map, CSS pixels. */
export function minimapGo(viewport: Viewport, x: number, y: number): Viewport {
  const { scale } = minimapSize(viewport);
  const [cx, cy] = viewport.toPicture(viewport.view.w / 2, viewport.view.h / 2);
  return viewport.panBy((cx - x / scale) * viewport.scale, (cy - y / scale) * viewport.scale);
}
