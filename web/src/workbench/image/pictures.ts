/** Pictures of tasks: preview at once, the full one behind it, the next one decoded ahead. */
import type { Size } from "../core/viewport";
import type { Supply } from "../outbox/supply";
import type { Task, WorkServer } from "../outbox/wire";
import { BitmapPicture, decode } from "../render/picture";
import type { Picture } from "../render/surface";
import { TiledPicture } from "../render/tiles";

export function sizeOf(task: Task): Size {
  return { w: task.item.media.width || 1, h: task.item.media.height || 1 };
}

export class Pictures {
  private ahead = new Map<string, Promise<ImageBitmap | null>>();

  constructor(private readonly supply: Supply, private readonly server: WorkServer) {}

  /** Start the picture of a task; it sharpens by itself. `onFailed` hears when nothing could be had. */
  open(task: Task, onFailed: () => void): Picture {
    const size = sizeOf(task);
    const base = new BitmapPicture(size);
    const { tiles } = task.item.urls;
    const picture = tiles ? new TiledPicture(size, tiles, async (url) => createImageBitmap(await this.server.media(url)), base) : base;
    void this.load(task, base, tiles != null, onFailed);
    return picture;
  }

  /** Decode the first picture of the task that will come next. */
  prepare(task: Task): void {
    if (this.ahead.has(task.id)) return;
    // One or two pictures in memory are enough; more would crowd a small PC.
    for (const [id, bitmap] of this.ahead) {
      if (this.ahead.size < 2) break;
      this.ahead.delete(id);
      void bitmap.then((b) => b?.close());
    }
    this.ahead.set(task.id, this.first(task));
  }

  private async first(task: Task): Promise<ImageBitmap | null> {
    return this.bitmap(task, task.item.urls.preview ? "preview" : "full");
  }

  private async bitmap(task: Task, kind: "preview" | "full"): Promise<ImageBitmap | null> {
    const blob = await this.supply.blob(task, kind);
    if (!blob) return null;
    try {
      return await decode(blob, kind === "full" ? sizeOf(task) : { w: 0, h: 0 });
    } catch (error) {
      if (error instanceof DOMException) return null;
      throw error;
    }
  }

  private async load(task: Task, base: BitmapPicture, tiled: boolean, onFailed: () => void): Promise<void> {
    const ready = this.ahead.get(task.id) ?? this.first(task);
    this.ahead.delete(task.id);
    const preview = await ready;
    if (preview) base.replace(preview);
    if (tiled || !task.item.urls.full || (preview && base.sharpness >= 1)) {
      if (!preview && !tiled) onFailed();
      return;
    }
    const full = await this.bitmap(task, "full");
    if (full) base.replace(full);
    else if (!preview) onFailed();
  }
}
