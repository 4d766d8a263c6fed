/** Masks as small tinted pictures, made once for each mask and colour. */
import type { Mask } from "../core/model";
import { toPatch, type Patch } from "../core/rle";

export interface Sprite { canvas: HTMLCanvasElement; x: number; y: number; w: number; h: number }

const sprites = new WeakMap<Mask, Map<string, Sprite | null>>();

/** The mask's picture in `colour`, or null when the mask is empty. */
export function maskSprite(mask: Mask, colour: string): Sprite | null {
  let byColour = sprites.get(mask);
  if (!byColour) sprites.set(mask, (byColour = new Map()));
  if (!byColour.has(colour)) byColour.set(colour, patchSprite(toPatch(mask), colour));
  return byColour.get(colour) ?? null;
}

/** Tint a patch: the border full and dark-edged, the inside half transparent. */
export function patchSprite(patch: Patch, colour: string): Sprite | null {
  if (patch.w === 0 || patch.h === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = patch.w;
  canvas.height = patch.h;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(patch.w, patch.h);
  const [r, g, b] = rgb(colour);
  const { data, w, h } = patch;
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
    const p = y * w + x;
    if (!data[p]) continue;
    const edge = x === 0 || y === 0 || x === w - 1 || y === h - 1 || !data[p - 1] || !data[p + 1] || !data[p - w] || !data[p + w];
    image.data[4 * p] = r;
    image.data[4 * p + 1] = g;
    image.data[4 * p + 2] = b;
    image.data[4 * p + 3] = edge ? 255 : 150;
  }
  context.putImageData(image, 0, 0);
  return { canvas, x: patch.x, y: patch.y, w, h };
}

export function rgb(colour: string): [number, number, number] {
  const n = Number.parseInt(colour.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

/** Black or white, whichever reads better on the colour (WCAG relative luminance). */
export function inkOn(colour: string): string {
  const [r, g, b] = rgb(colour).map((c) => {
    const v = c / 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.2 ? "#1F1D1A" : "#FFFFFF";
}
