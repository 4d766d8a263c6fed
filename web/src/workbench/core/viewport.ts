/** Where the picture is on the screen: `screen = picture * scale + (x, y)`, in CSS pixels. Immutable. */

export interface Size { w: number; h: number }
export interface Rect { x0: number; y0: number; x1: number; y1: number }

export const MIN_SCALE = 0.02;
export const MAX_SCALE = 32;
const FIT_MARGIN = 0;

export class Viewport {
  constructor(
    readonly view: Size,
    readonly picture: Size,
    readonly scale: number,
    readonly x: number,
    readonly y: number,
  ) {}

  /** The whole picture, centred. */
  static fit(view: Size, picture: Size, margin = FIT_MARGIN): Viewport {
    const scale = Math.max(
      1e-4,
      Math.min((view.w - 2 * margin) / Math.max(1, picture.w), (view.h - 2 * margin) / Math.max(1, picture.h)),
    );
    return new Viewport(view, picture, scale, (view.w - picture.w * scale) / 2, (view.h - picture.h * scale) / 2);
  }

  toPicture(sx: number, sy: number): [number, number] {
    return [(sx - this.x) / this.scale, (sy - this.y) / this.scale];
  }

  toScreen(px: number, py: number): [number, number] {
    return [px * this.scale + this.x, py * this.scale + this.y];
  }

  /** Zoom by `factor`; the point of the picture under (sx, sy) stays there. */
  zoomAt(sx: number, sy: number, factor: number): Viewport {
    const least = Math.min(MIN_SCALE, Viewport.fit(this.view, this.picture).scale / 2);
    const scale = Math.min(MAX_SCALE, Math.max(least, this.scale * factor));
    const [px, py] = this.toPicture(sx, sy);
    return new Viewport(this.view, this.picture, scale, sx - px * scale, sy - py * scale).kept();
  }

  panBy(dx: number, dy: number): Viewport {
    return new Viewport(this.view, this.picture, this.scale, this.x + dx, this.y + dy).kept();
  }

  /** One picture pixel on one screen pixel, around the centre of the view. */
  actual(devicePixelRatio: number): Viewport {
    return this.zoomAt(this.view.w / 2, this.view.h / 2, 1 / devicePixelRatio / this.scale);
  }

  /** Bring `rect` (picture pixels) to the middle; zooms in when it is small and out when it does not fit. */
  show(rect: Rect, fill = 0.5): Viewport {
    const w = Math.max(1, rect.x1 - rect.x0);
    const h = Math.max(1, rect.y1 - rect.y0);
    const scale = Math.min(8, MAX_SCALE, fill * Math.min(this.view.w / w, this.view.h / h));
    const cx = (rect.x0 + rect.x1) / 2;
    const cy = (rect.y0 + rect.y1) / 2;
    return new Viewport(this.view, this.picture, scale, this.view.w / 2 - cx * scale, this.view.h / 2 - cy * scale);
  }

  /** The same place of the picture in the middle of a view of another size. */
  resized(view: Size): Viewport {
    const [cx, cy] = this.toPicture(this.view.w / 2, this.view.h / 2);
    return new Viewport(view, this.picture, this.scale, view.w / 2 - cx * this.scale, view.h / 2 - cy * this.scale);
  }

  /** The visible part in picture pixels. */
  get visible(): Rect {
    const [x0, y0] = this.toPicture(0, 0);
    const [x1, y1] = this.toPicture(this.view.w, this.view.h);
    return { x0, y0, x1, y1 };
  }

  same(other: Viewport): boolean {
    return (
      this.scale === other.scale && this.x === other.x && this.y === other.y &&
      this.view.w === other.view.w && this.view.h === other.view.h &&
      this.picture.w === other.picture.w && this.picture.h === other.picture.h
    );
  }

  /** A sliver of the picture always stays in view, so that it cannot be lost. */
  private kept(): Viewport {
    const keep = 48;
    const x = Math.min(this.view.w - keep, Math.max(keep - this.picture.w * this.scale, this.x));
    const y = Math.min(this.view.h - keep, Math.max(keep - this.picture.h * this.scale, this.y));
    return x === this.x && y === this.y ? this : new Viewport(this.view, this.picture, this.scale, x, y);
  }
}
