import { useEffect, useRef, useState } from "react";
import type { Mark, Schema } from "../../api/generated/marks";
import type { ClassStyle, Geometry } from "../../workbench/core/model";
import type { Difference } from "../../workbench/image/compare";

interface Props {
  url: string | null;
  /** The full picture's size in px: marks are in its frame, the preview is smaller. */
  width: number;
  height: number;
  marks: readonly Mark[];
  /** Ids to stand out. */
  chosen: ReadonlySet<string>;
  schema: Schema | undefined;
  label: string;
  /** What the marks changed of an earlier answer, laid over them. */
  diff?: Difference | null;
  pins?: readonly Pin[];
}

/** A pin at a place (px of the picture) or on a mark. */
export type Pin = { text: string; colour: string } & ({ x: number; y: number } | { mark: string });

type Brush = Pick<typeof import("../../workbench/WorkbenchPage"), "boundsOf" | "classStyle" | "difference" | "differenceOverlays" | "paintOverlay" | "paintShape">;
const NO_PINS: readonly Pin[] = [];
const UNKNOWN: ClassStyle = { colour: "#4EE2FF", pattern: "solid" };

/** The bench's own way to compare and draw answers; it comes when the first one is looked at. */
export function useBrush(): Brush | null {
  const [brush, setBrush] = useState<Brush | null>(null);
  useEffect(() => {
    let gone = false;
    void import("../../workbench/WorkbenchPage").then((bench) => { if (!gone) setBrush(bench); });
    return () => { gone = true; };
  }, []);
  return brush;
}

/** A picture with the marks of one answer on it, as wide as its place. */
export function AnswerPicture({ url, width, height, marks, chosen, schema, label, diff = null, pins = NO_PINS }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [picture, setPicture] = useState<HTMLImageElement | null>(null);
  const [side, setSide] = useState(0);
  const brush = useBrush();

  useEffect(() => {
    setPicture(null);
    if (!url) return;
    const image = new Image();
    image.onload = () => setPicture(image);
    image.src = url;
    return () => { image.onload = null; };
  }, [url]);

  useEffect(() => {
    const place = canvas.current?.parentElement;
    if (!place) return;
    const watch = new ResizeObserver(() => setSide(place.clientWidth));
    watch.observe(place);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || !side || !width) return;
    const ratio = window.devicePixelRatio || 1;
    const scale = (side / width) * ratio;
    canvas.current.width = Math.round(width * scale);
    canvas.current.height = Math.round(height * scale);
    if (picture) context.drawImage(picture, 0, 0, canvas.current.width, canvas.current.height);
    if (!brush) return;
    for (const mark of marks) {
      if (!mark.geometry) continue;
      const index = schema?.classes?.findIndex((one) => one.id === mark.label) ?? -1;
      const style = schema && index >= 0 ? brush.classStyle(schema, index) : UNKNOWN;
      const skeleton = schema?.skeletons?.find((one) => one.id === schema.classes?.[index]?.skeleton);
      brush.paintShape(context, mark.geometry as Geometry, { x: 0, y: 0, scale, ratio }, { style, chosen: chosen.has(mark.id), ...(skeleton?.edges ? { edges: skeleton.edges } : {}) });
    }
    const frame = { x: 0, y: 0, scale, ratio };
    const size = { w: canvas.current.width, h: canvas.current.height };
    for (const overlay of diff ? brush.differenceOverlays(diff) : []) brush.paintOverlay(context, overlay, frame, size);
    for (const pin of pins) {
      const at = "mark" in pin ? marks.find((one) => one.id === pin.mark)?.geometry : null;
      const r = at ? brush.boundsOf(at as Geometry) : null;
      const [x, y] = "mark" in pin ? [r ? (r.x0 + r.x1) / 2 : NaN, r ? r.y0 : NaN] : [pin.x, pin.y];
      if (Number.isFinite(x) && Number.isFinite(y)) brush.paintOverlay(context, { kind: "pin", x, y, text: pin.text, colour: pin.colour }, frame, size);
    }
  }, [picture, brush, side, width, height, marks, chosen, schema, diff, pins]);

  return <canvas ref={canvas} role="img" aria-label={label} style={{ display: "block", width: "100%", background: "var(--line)" }} />;
}
