/** The page's side of the helps: crops, scales, asks the worker thread, and puts answers back in picture pixels. */
import type { Patch } from "../core/rle";
import type { Picture } from "../render/surface";
import type { HelpClient, OutlineRequest, Superpixels, Wire } from "../tools/tool";
import { wirePath } from "./livewire";
import type { HelpAnswer, HelpRequest } from "./messages";

/** Longest side for GrabCut; larger crops are scaled down to it. */
const OUTLINE_SIDE = 256;
const WIRE_PIXELS = 360_000;
const SUPERPIXEL_PIXELS = 400_000;
/** Margin around the box, so that the background is known. */
const CROP_MARGIN = 0.25;

type Pending = (answer: HelpAnswer | null) => void;
type Body = HelpRequest extends infer R ? (R extends HelpRequest ? Omit<R, "id"> : never) : never;

export class WorkerHelps implements HelpClient {
  private worker: Worker | null = null;
  private pending = new Map<number, { kind: HelpRequest["kind"]; resolve: Pending }>();
  private next = 1;

  constructor(private readonly start: () => Worker) {}

  async outline({ picture, box, seeds }: OutlineRequest): Promise<Patch | null> {
    const mx = (box.x1 - box.x0) * CROP_MARGIN + 4, my = (box.y1 - box.y0) * CROP_MARGIN + 4;
    const rect = {
      x0: Math.max(0, box.x0 - mx), y0: Math.max(0, box.y0 - my),
      x1: Math.min(picture.size.w, box.x1 + mx), y1: Math.min(picture.size.h, box.y1 + my),
    };
    const w = rect.x1 - rect.x0, h = rect.y1 - rect.y0;
    const k = Math.min(1, OUTLINE_SIDE / Math.max(w, h));
    const crop = picture.pixels(rect, w * k * h * k);
    if (!crop) return null;
    const { data, x, y, scale } = crop;
    const sy = data.height / Math.max(1, Math.min(picture.size.h, Math.ceil(rect.y1)) - y);
    const answer = await this.ask({
      kind: "outline", width: data.width, height: data.height, data: data.data.buffer as ArrayBuffer,
      box: { x0: (box.x0 - x) * scale, y0: (box.y0 - y) * sy, x1: (box.x1 - x) * scale, y1: (box.y1 - y) * sy },
      clicks: seeds.map((s) => ({ x: (s.x - x) * scale, y: (s.y - y) * sy, inside: s.inside })),
    });
    if (answer?.kind !== "outline") return null;
    return enlarge(answer.mask, data.width, data.height, x, y, scale, sy);
  }

  async wire(picture: Picture, x: number, y: number, radius: number): Promise<Wire | null> {
    const crop = picture.pixels({ x0: x - radius, y0: y - radius, x1: x + radius, y1: y + radius }, WIRE_PIXELS);
    if (!crop) return null;
    const { data, scale } = crop;
    const { width, height } = data;
    const answer = await this.ask({ kind: "wire", width, height, data: data.data.buffer as ArrayBuffer, x: (x - crop.x) * scale, y: (y - crop.y) * scale });
    if (answer?.kind !== "wire") return null;
    return {
      path: (px, py) => {
        const u = (px - crop.x) * scale, v = (py - crop.y) * scale;
        if (u < 0 || v < 0 || u >= width || v >= height) return [];
        return wirePath(answer.from, width, height, u, v).map((value, i) => value / scale + (i % 2 === 0 ? crop.x : crop.y));
      },
    };
  }

  async superpixels(picture: Picture, rect: { x0: number; y0: number; x1: number; y1: number }, size: number): Promise<Superpixels | null> {
    const crop = picture.pixels(rect, SUPERPIXEL_PIXELS);
    if (!crop) return null;
    const { data, scale } = crop;
    const { width, height } = data;
    const answer = await this.ask({ kind: "superpixels", width, height, data: data.data.buffer as ArrayBuffer, size: Math.max(6, size * scale) });
    if (answer?.kind !== "superpixels") return null;
    const { labels } = answer;
    return {
      at: (px, py) => {
        const u = Math.floor((px - crop.x) * scale), v = Math.floor((py - crop.y) * scale);
        if (u < 0 || v < 0 || u >= width || v >= height) return null;
        return region(labels, width, height, labels[v * width + u] as number, u, v, crop.x, crop.y, scale);
      },
    };
  }

  /** Give up everything under way: the thread is stopped, a new one starts with the next question. */
  cancel(): void {
    if (this.pending.size === 0) return;
    this.worker?.terminate();
    this.worker = null;
    for (const { resolve } of this.pending.values()) resolve(null);
    this.pending.clear();
  }

  close(): void {
    this.cancel();
    this.worker?.terminate();
    this.worker = null;
  }

  private ask(body: Body): Promise<HelpAnswer | null> {
    // A newer question of the same kind overtakes the older one.
    for (const [id, waiting] of this.pending) {
      if (waiting.kind !== body.kind) continue;
      this.pending.delete(id);
      waiting.resolve(null);
    }
    const worker = (this.worker ??= this.open());
    const id = this.next++;
    return new Promise((resolve) => {
      this.pending.set(id, { kind: body.kind, resolve });
      worker.postMessage({ ...body, id }, [body.data]);
    });
  }

  private open(): Worker {
    const worker = this.start();
    worker.onmessage = ({ data: answer }: MessageEvent<HelpAnswer>) => {
      const waiting = this.pending.get(answer.id);
      this.pending.delete(answer.id);
      waiting?.resolve(answer);
    };
    worker.onerror = () => this.cancel();
    return worker;
  }
}

/** A small mask back at picture size; edges are smoothed by linear interpolation before the threshold. */
export function enlarge(mask: Uint8Array, w: number, h: number, x: number, y: number, sx: number, sy: number): Patch {
  const W = Math.round(w / sx), H = Math.round(h / sy);
  if (W === w && H === h) return { x, y, w, h, data: mask };
  const data = new Uint8Array(W * H);
  for (let row = 0; row < H; row++) {
    const v = Math.max(0, Math.min(h - 1, (row + 0.5) * sy - 0.5)), v0 = Math.floor(v), v1 = Math.min(h - 1, v0 + 1), fv = v - v0;
    for (let column = 0; column < W; column++) {
      const u = Math.max(0, Math.min(w - 1, (column + 0.5) * sx - 0.5)), u0 = Math.floor(u), u1 = Math.min(w - 1, u0 + 1), fu = u - u0;
      const top = (mask[v0 * w + u0] as number) * (1 - fu) + (mask[v0 * w + u1] as number) * fu;
      const bottom = (mask[v1 * w + u0] as number) * (1 - fu) + (mask[v1 * w + u1] as number) * fu;
      data[row * W + column] = top * (1 - fv) + bottom * fv >= 0.5 ? 1 : 0;
    }
  }
  return { x, y, w: W, h: H, data };
}

function region(labels: Int32Array, w: number, h: number, label: number, u: number, v: number, x: number, y: number, scale: number): Patch {
  const seen = new Set<number>();
  const stack = [v * w + u];
  let x0 = u, x1 = u, y0 = v, y1 = v;
  while (stack.length > 0) {
    const p = stack.pop() as number;
    if (seen.has(p) || labels[p] !== label) continue;
    seen.add(p);
    const px = p % w, py = (p - px) / w;
    x0 = Math.min(x0, px); x1 = Math.max(x1, px); y0 = Math.min(y0, py); y1 = Math.max(y1, py);
    if (px > 0) stack.push(p - 1);
    if (px < w - 1) stack.push(p + 1);
    if (py > 0) stack.push(p - w);
    if (py < h - 1) stack.push(p + w);
  }
  const sw = x1 - x0 + 1, sh = y1 - y0 + 1;
  const small = new Uint8Array(sw * sh);
  for (const p of seen) small[(Math.floor(p / w) - y0) * sw + (p % w) - x0] = 1;
  return enlarge(small, sw, sh, Math.round(x + x0 / scale), Math.round(y + y0 / scale), scale, scale);
}
