/** Huge pictures: only the tiles in view are fetched and decoded; the least used leave first. */
import type { Rect, Size } from "../core/viewport";
import { AS_IT_IS, applyTable, isPlain, lookup, type Adjust } from "./adjust";
import type { BitmapPicture } from "./picture";
import type { Picture } from "./surface";

export interface TileSource {
  /** Side of a tile, pixels. */
  size: number;
  /** Each level with its size; `scale` is level pixels per picture pixel. */
  levels: { w: number; h: number; scale: number }[];
  /** With `{level}`, `{x}` and `{y}` to fill in. */
  url: string;
}

export type TileLoader = (url: string) => Promise<ImageBitmap>;

/** Decoded tiles kept for a way back, in bytes; what is in view is kept whatever it takes, a large screen shows more than this. */
const KEPT_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 4;

interface Tile { image: ImageBitmap | HTMLCanvasElement; used: number; bytes: number }

/** Which tiles of a level cover `rect`: first and last column and row. */
export function tileRange(source: TileSource, level: number, rect: Rect): { x0: number; y0: number; x1: number; y1: number } {
  const l = source.levels[level] as TileSource["levels"][number];
  const side = source.size;
  const clamp = (v: number, most: number): number => Math.min(most, Math.max(0, v));
  const lastX = Math.max(0, Math.ceil(l.w / side) - 1), lastY = Math.max(0, Math.ceil(l.h / side) - 1);
  return {
    x0: clamp(Math.floor((rect.x0 * l.scale) / side), lastX), y0: clamp(Math.floor((rect.y0 * l.scale) / side), lastY),
    x1: clamp(Math.ceil((rect.x1 * l.scale) / side) - 1, lastX), y1: clamp(Math.ceil((rect.y1 * l.scale) / side) - 1, lastY),
  };
}

/** The coarsest level that is still sharp at `scale`. */
export function levelFor(source: TileSource, scale: number): number {
  let chosen = 0;
  source.levels.forEach((level, i) => {
    const best = source.levels[chosen] as TileSource["levels"][number];
    const enough = level.scale >= scale * 0.75;
    const bestEnough = best.scale >= scale * 0.75;
    if ((enough && (!bestEnough || level.scale < best.scale)) || (!enough && !bestEnough && level.scale > best.scale)) chosen = i;
  });
  return chosen;
}

export class TiledPicture implements Picture {
  private tiles = new Map<string, Tile>();
  private wanted: string[] = [];
  private loading = new Set<string>();
  private failed = new Set<string>();
  private bytes = 0;
  private tick = 0;
  private viewSince = 0;
  private adjust = AS_IT_IS;
  private table = lookup(AS_IT_IS);
  private listeners: (() => void)[] = [];
  private closed = false;

  /** @param preview small whole picture shown beneath until tiles arrive. */
  constructor(readonly size: Size, private source: TileSource, private load: TileLoader, private preview: BitmapPicture) {
    preview.onReady(() => this.tell());
  }

  onReady(listener: () => void): void { this.listeners.push(listener); }

  setAdjust(adjust: Adjust): void {
    this.adjust = adjust;
    this.table = lookup(adjust);
    this.preview.setAdjust(adjust);
    for (const key of [...this.tiles.keys()]) this.drop(key);
    this.tell();
  }

  draw(context: CanvasRenderingContext2D, x: number, y: number, scale: number, visible: Rect): void {
    this.preview.draw(context, x, y, scale, visible);
    const level = levelFor(this.source, scale);
    const l = this.source.levels[level] as TileSource["levels"][number];
    const step = (this.source.size / l.scale) * scale;
    const range = tileRange(this.source, level, visible);
    const missing: string[] = [];
    context.imageSmoothingEnabled = scale < 3;
    this.viewSince = this.tick + 1;
    for (let ty = range.y0; ty <= range.y1; ty++) for (let tx = range.x0; tx <= range.x1; tx++) {
      const key = `${level}/${tx}_${ty}`;
      const tile = this.tiles.get(key);
      if (!tile) { if (!this.failed.has(key)) missing.push(key); continue; }
      tile.used = ++this.tick;
      const k = scale / l.scale;
      context.drawImage(tile.image, x + tx * step, y + ty * step, tile.image.width * k, tile.image.height * k);
    }
    this.wanted = missing;
    this.pump();
  }

  pixels(rect: Rect, most = 1_000_000): { data: ImageData; x: number; y: number; scale: number } | null {
    const w = Math.ceil(rect.x1) - Math.floor(rect.x0), h = Math.ceil(rect.y1) - Math.floor(rect.y0);
    if (w <= 0 || h <= 0) return null;
    const scale = Math.min(1, Math.sqrt(most / (w * h)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(w * scale));
    canvas.height = Math.max(1, Math.round(h * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
    const x = Math.floor(rect.x0), y = Math.floor(rect.y0);
    const k = canvas.width / w;
    this.draw(context, -x * k, -y * k, k, rect);
    return { data: context.getImageData(0, 0, canvas.width, canvas.height), x, y, scale: k };
  }

  close(): void {
    this.closed = true;
    for (const key of [...this.tiles.keys()]) this.drop(key);
    this.preview.close();
    this.listeners = [];
  }

  private pump(): void {
    while (this.loading.size < AT_ONCE && this.wanted.length > 0) {
      const key = this.wanted.shift() as string;
      if (this.loading.has(key) || this.tiles.has(key)) continue;
      this.loading.add(key);
      void this.fetch(key);
    }
  }

  private async fetch(key: string): Promise<void> {
    const [level, rest] = key.split("/") as [string, string];
    const [x, y] = rest.split("_") as [string, string];
    const url = this.source.url.replace("{level}", level).replace("{x}", x).replace("{y}", y);
    try {
      const image = await this.load(url);
      if (this.closed) { image.close(); return; }
      this.keep(key, this.shown(image));
    } catch (error) {
      // The preview beneath stays; asking again on every frame would hammer a weak line.
      if (!(error instanceof Error)) throw error;
      this.failed.add(key);
      setTimeout(() => this.failed.delete(key), 5000);
    } finally {
      this.loading.delete(key);
      this.pump();
    }
    this.tell();
  }

  private shown(image: ImageBitmap): ImageBitmap | HTMLCanvasElement {
    if (isPlain(this.adjust)) return image;
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
    context.drawImage(image, 0, 0);
    image.close();
    const data = context.getImageData(0, 0, canvas.width, canvas.height);
    applyTable(data.data, this.table);
    context.putImageData(data, 0, 0);
    return canvas;
  }

  private keep(key: string, image: ImageBitmap | HTMLCanvasElement): void {
    const bytes = image.width * image.height * 4;
    this.tiles.set(key, { image, used: ++this.tick, bytes });
    this.bytes += bytes;
    const leaving = [...this.tiles].filter(([, tile]) => tile.used < this.viewSince).sort(([, a], [, b]) => a.used - b.used);
    for (const [old] of leaving) {
      if (this.bytes <= KEPT_BYTES) break;
      this.drop(old);
    }
  }

  private drop(key: string): void {
    const tile = this.tiles.get(key);
    if (!tile) return;
    this.tiles.delete(key);
    this.bytes -= tile.bytes;
    if ("close" in tile.image) tile.image.close();
  }

  private tell(): void { for (const listener of this.listeners) listener(); }
}
