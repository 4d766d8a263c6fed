import type { Skeleton } from "./model";
import { templateOf } from "./skeletons";

export interface Frame {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Corners of a sample in the unit square, for the kinds that are drawn point by point. */
const SHAPES: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  box: [[0, 0], [1, 0], [1, 1], [0, 1]],
  obox: [[0.28, 0], [1, 0.34], [0.72, 1], [0, 0.66]],
  polygon: [[0.1, 0.35], [0.45, 0], [0.9, 0.2], [1, 0.75], [0.55, 1], [0, 0.8]],
  mask: [[0.1, 0.35], [0.45, 0], [0.9, 0.2], [1, 0.75], [0.55, 1], [0, 0.8]],
  polyline: [[0, 1], [0.3, 0.55], [0.65, 0.4], [1, 0]],
  points: [[0.1, 0.2], [0.5, 0.75], [0.85, 0.3]],
};
const NEAR = 0.72;

/** What the tool of a class draws, stretched over the frame that was dragged. */
export function Sample({ kind, frame, colour, skeleton }: { kind: string; frame: Frame; colour: string; skeleton: Skeleton | undefined }) {
  const at = ([u, v]: readonly [number, number]) => [frame.x + u * frame.w, frame.y + v * frame.h] as const;
  const list = (points: readonly (readonly [number, number])[]) => points.map((p) => at(p).join(",")).join(" ");
  const line = { fill: "none", stroke: colour, strokeWidth: 2 };
  const halo = { fill: "none", stroke: "#000", strokeOpacity: 0.6, strokeWidth: 4 };
  const dots = (points: readonly (readonly [number, number])[]) => points.map((p, i) => {
    const [x, y] = at(p);
    return <circle key={i} cx={x} cy={y} r={3} fill={colour} stroke="#1F1D1A" />;
  });
  switch (kind) {
    case "none":
      return <rect x={3} y={3} width="calc(100% - 6px)" height="calc(100% - 6px)" {...line} strokeDasharray="6 4" />;
    case "ellipse": {
      const oval = { cx: frame.x + frame.w / 2, cy: frame.y + frame.h / 2, rx: frame.w / 2, ry: frame.h / 2 };
      return <><ellipse {...oval} {...halo} fill={colour} fillOpacity={0.12} /><ellipse {...oval} {...line} /></>;
    }
    case "polyline":
      return <><polyline points={list(SHAPES.polyline ?? [])} {...halo} /><polyline points={list(SHAPES.polyline ?? [])} {...line} />{dots(SHAPES.polyline ?? [])}</>;
    case "points":
      return <>{dots(SHAPES.points ?? [])}</>;
    case "keypoints": {
      if (!skeleton?.names.length) return null;
      const placed = templateOf(skeleton);
      const all = skeleton.names.map((_, i) => [placed[2 * i] ?? 0, placed[2 * i + 1] ?? 0] as const);
      return (
        <>
          {(skeleton.edges ?? []).map(([a, b], i) => {
            const [x1, y1] = at(all[a] ?? [0, 0]);
            const [x2, y2] = at(all[b] ?? [0, 0]);
            return <line key={i} x1={x1} y1={y1} x2={x2} y2={y2} {...line} strokeWidth={1.5} />;
          })}
          {dots(all)}
        </>
      );
    }
    case "cuboid2": {
      const back = { x: frame.x + frame.w * (1 - NEAR), y: frame.y, w: frame.w * NEAR, h: frame.h * NEAR };
      const front = { x: frame.x, y: frame.y + frame.h * (1 - NEAR), w: frame.w * NEAR, h: frame.h * NEAR };
      const corners = [[0, 0], [1, 0], [1, 1], [0, 1]] as const;
      return (
        <>
          <rect x={back.x} y={back.y} width={back.w} height={back.h} {...line} strokeOpacity={0.6} />
          {corners.map(([u, v], i) => <line key={i} x1={front.x + u * front.w} y1={front.y + v * front.h} x2={back.x + u * back.w} y2={back.y + v * back.h} {...line} strokeWidth={1} />)}
          <rect x={front.x} y={front.y} width={front.w} height={front.h} {...line} />
        </>
      );
    }
    default: {
      const points = list(SHAPES[kind] ?? SHAPES.box ?? []);
      return <><polygon points={points} {...halo} fill={colour} fillOpacity={kind === "mask" ? 0.5 : 0.12} />{kind === "mask" ? null : <polygon points={points} {...line} />}</>;
    }
  }
}
