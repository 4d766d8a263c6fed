import { useEffect, useRef, useState } from "react";
import type { Mark, Schema } from "../../api/generated/marks";
import type { ClassStyle, Geometry } from "../../workbench/core/model";

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
}

type Brush = Pick<typeof import("../../workbench/WorkbenchPage"), "classStyle" | "paintShape">;
const UNKNOWN: ClassStyle = { colour: "#4EE2FF", pattern: "solid" };

/** A picture with the marks of one answer on it, as wide as its place. */
export function AnswerPicture({ url, width, height, marks, chosen, schema, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [picture, setPicture] = useState<HTMLImageElement | null>(null);
  const [side, setSide] = useState(0);
  const [brush, setBrush] = useState<Brush | null>(null);

  useEffect(() => {
    let gone = false;
    void import("../../workbench/WorkbenchPage").then((bench) => { if (!gone) setBrush(bench); });
    return () => { gone = true; };
  }, []);

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
      brush.paintShape(context, mark.geometry as Geometry, { x: 0, y: 0, scale, ratio }, { style, chosen: chosen.has(mark.id) });
    }
  }, [picture, brush, side, width, height, marks, chosen, schema]);

  return <canvas ref={canvas} role="img" aria-label={label} style={{ display: "block", width: "100%", background: "var(--line)" }} />;
}
