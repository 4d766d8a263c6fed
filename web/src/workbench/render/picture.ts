/** Pictures in memory: a small preview first, the full one behind it, smaller copies for zooming out. */
import type { Rect, Size } from "../core/viewport";
import { AS_IT_IS, applyTable, isPlain, lookup, type Adjust } from "./adjust";
import type { Picture } from "./surface";

/** Above this many pixels a picture is decoded smaller: 4 bytes each would crowd a 4 GB PC. */
export const MOST_PIXELS = 24_000_000;

type Source = ImageBitmap | HTMLCanvasElement;

/** A picture of `size` pixels of which we hold one decoded copy, maybe a smaller one. */
export class BitmapPicture implements Picture {
  private levels: Source[] = [];
  private adjusted = new Map<Source, Source>();
  private adjust = AS_IT_IS;
  private listeners: (() => void)[] = [];

  constructor(readonly size: Size, source?: ImageBitmap) {
    if (source) this.replace(source);
  }

  /** Put a sharper copy in place of the one that is there. */
  replace(source: ImageBitmap): void {
    for (const level of this.levels) if ("close" in level) level.close();
    this.levels = [source];
    this.adjusted.clear();
    // Halved copies make zoomed-out painting cheap and free of shimmer.
    let last: Source = source;
    while (last.width > 1200 || last.height > 1200) {
      const half = document.createElement("canvas");
      half.width = Math.max(1, last.width >> 1);
      half.height = Math.max(1, last.height >> 1);
      const context = half.getContext("2d") as CanvasRenderingContext2D;
      context.imageSmoothingQuality = "medium";
      context.drawImage(last, 0, 0, half.width, half.height);
      this.levels.push(half);
      last = half;
    }
    for (const listener of this.listeners) listener();
  }

  get loaded(): boolean { return this.levels.length > 0; }
  /** Width of the best copy over the width of the picture. */
  get sharpness(): number { return (this.levels[0]?.width ?? 0) / this.size.w; }

  onReady(listener: () => void): void { this.listeners.push(listener); }

  setAdjust(adjust: Adjust): void {
    this.adjust = adjust;
    this.adjusted.clear();
    for (const listener of this.listeners) listener();
  }

  draw(context: CanvasRenderingContext2D, x: number, y: number, scale: number, visible: Rect): void {
    const level = this.pick(scale);
    if (!level) return;
    const source = this.shown(level);
    const k = source.width / this.size.w;
    const x0 = Math.max(0, Math.floor(visible.x0 * k) - 1), y0 = Math.max(0, Math.floor(visible.y0 * k) - 1);
    const x1 = Math.min(source.width, Math.ceil(visible.x1 * k) + 1), y1 = Math.min(source.height, Math.ceil(visible.y1 * k) + 1);
    if (x1 <= x0 || y1 <= y0) return;
    const step = scale / k;
    // From three screen pixels a picture pixel on, people count pixels: no smoothing.
    context.imageSmoothingEnabled = scale < 3 || k < 1;
    context.imageSmoothingQuality = "low";
    context.drawImage(source, x0, y0, x1 - x0, y1 - y0, x + x0 * step, y + y0 * step, (x1 - x0) * step, (y1 - y0) * step);
  }

  pixels(rect: Rect, most = 1_000_000): { data: ImageData; x: number; y: number; scale: number } | null {
    const best = this.levels[0];
    if (!best) return null;
    const x = Math.max(0, Math.floor(rect.x0)), y = Math.max(0, Math.floor(rect.y0));
    const w = Math.min(this.size.w, Math.ceil(rect.x1)) - x, h = Math.min(this.size.h, Math.ceil(rect.y1)) - y;
    if (w <= 0 || h <= 0) return null;
    const k = best.width / this.size.w;
    const scale = Math.min(1, Math.sqrt(most / (w * h)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(w * scale));
    canvas.height = Math.max(1, Math.round(h * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
    context.drawImage(best, x * k, y * k, w * k, h * k, 0, 0, canvas.width, canvas.height);
    return { data: context.getImageData(0, 0, canvas.width, canvas.height), x, y, scale: canvas.width / w };
  }

  close(): void {
    for (const level of this.levels) if ("close" in level) level.close();
    this.levels = [];
    this.adjusted.clear();
    this.listeners = [];
  }

  private pick(scale: number): Source | undefined {
    let chosen = this.levels[0];
    for (const level of this.levels) if (level.width / this.size.w >= scale * 0.9) chosen = level;
    return chosen;
  }

  private shown(level: Source): Source {
    if (isPlain(this.adjust)) return level;
    const ready = this.adjusted.get(level);
    if (ready) return ready;
    const canvas = document.createElement("canvas");
    canvas.width = level.width;
    canvas.height = level.height;
    const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
    context.drawImage(level, 0, 0);
    const data = context.getImageData(0, 0, canvas.width, canvas.height);
    applyTable(data.data, lookup(this.adjust));
    context.putImageData(data, 0, 0);
    this.adjusted.set(level, canvas);
    return canvas;
  }
}

/** Decode a file for a picture of `size`; very large ones come out smaller. EXIF turning is done by the browser. */
export async function decode(blob: Blob, size: Size, most = MOST_PIXELS): Promise<ImageBitmap> {
  const pixels = size.w * size.h;
  if (pixels <= most || pixels === 0) return createImageBitmap(blob);
  const k = Math.sqrt(most / pixels);
  return createImageBitmap(blob, { resizeWidth: Math.round(size.w * k), resizeHeight: Math.round(size.h * k), resizeQuality: "medium" });
}
