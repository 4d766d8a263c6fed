/** The tag above a mark: class name in the class colour; suggestions white and dashed, with "?" and score. */
import { inkOn } from "./masks";
import type { Look } from "./shapes";

const FAMILY = '"Microsoft YaHei UI","Microsoft YaHei","PingFang SC","Noto Sans CJK SC","Noto Sans SC",system-ui,sans-serif';
const widths = new Map<string, number>();

export const TAG_HEIGHT = 18;
export const TAG_FONT = `bold 12px ${FAMILY}`;

export const fontAt = (px: number, bold = false): string => `${bold ? "bold " : ""}${px}px ${FAMILY}`;

/** Width of a text in CSS pixels at the tag's size; remembered, because measuring is dear. */
export function textWidth(context: CanvasRenderingContext2D, text: string): number {
  let width = widths.get(text);
  if (width === undefined) {
    const font = context.font;
    context.font = TAG_FONT;
    width = context.measureText(text).width;
    context.font = font;
    if (widths.size > 5000) widths.clear();
    widths.set(text, width);
  }
  return width;
}

/** Paint a tag whose lower left corner is (x, y), target pixels; kept inside `limit` where given. */
export function paintTag(
  context: CanvasRenderingContext2D, text: string, x: number, y: number, look: Look, ratio: number, limit?: { w: number; h: number },
): void {
  const w = textWidth(context, text) * ratio + 12 * ratio;
  const h = TAG_HEIGHT * ratio;
  let left = Math.round(x - ratio), top = Math.round(y - h);
  if (limit) {
    left = Math.max(0, Math.min(left, limit.w - w));
    if (top < 0) top = Math.min(Math.max(0, top), limit.h - h);
  }
  context.font = fontAt(12 * ratio, true);
  context.textBaseline = "middle";
  if (look.suggestion) {
    context.fillStyle = "#FFFFFF";
    context.fillRect(left, top, w, h);
    context.strokeStyle = look.style.colour;
    context.lineWidth = ratio;
    context.setLineDash([4 * ratio, 3 * ratio]);
    context.strokeRect(left + 0.5, top + 0.5, w - 1, h - 1);
    context.setLineDash([]);
    context.fillStyle = "#1F1D1A";
  } else {
    context.fillStyle = look.style.colour;
    context.fillRect(left, top, w, h);
    context.fillStyle = inkOn(look.style.colour);
  }
  context.fillText(text, left + 6 * ratio, top + h / 2 + 0.5 * ratio);
}

/** White text on a dark plate, for sizes and hints. */
export function paintPlate(context: CanvasRenderingContext2D, text: string, x: number, y: number, ratio: number, limit: { w: number; h: number }): void {
  const w = textWidth(context, text) * ratio + 16 * ratio;
  const h = 20 * ratio;
  const left = Math.max(0, Math.min(x, limit.w - w)), top = Math.max(0, Math.min(y, limit.h - h));
  context.fillStyle = "rgba(31,29,26,0.86)";
  context.beginPath();
  context.roundRect(left, top, w, h, 4 * ratio);
  context.fill();
  context.font = fontAt(12 * ratio, true);
  context.textBaseline = "middle";
  context.fillStyle = "#FFFFFF";
  context.fillText(text, left + 8 * ratio, top + h / 2 + 0.5 * ratio);
}
