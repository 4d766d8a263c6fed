import type { Mark } from "../../api/generated/marks";

const pairs = (flat: readonly number[]) => {
  const out: [number, number][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) out.push([flat[i] ?? 0, flat[i + 1] ?? 0]);
  return out;
};
const path = (flat: readonly number[], closed: boolean) => `M${pairs(flat).map(([x, y]) => `${x} ${y}`).join("L")}${closed ? "Z" : ""}`;

/** A mark drawn over its picture (px of the picture), dark-edged so that it is seen on any ground. Masks are left out. */
export function MarkShape({ mark, colour, stroke, title }: { mark: Mark; colour: string; stroke: number; title: string }) {
  const d = outline(mark);
  if (d === null) return null;
  return (
    <g fill="none">
      <title>{title}</title>
      <path d={d} stroke="rgba(0,0,0,0.6)" strokeWidth={stroke * 2.2} />
      <path d={d} stroke={colour} strokeWidth={stroke} />
    </g>
  );
}

/** The outline as an SVG path, null for what has none in the picture. */
export function outline(mark: Mark): string | null {
  const g = mark.geometry;
  if (!g) return null;
  switch (g.kind) {
    case "box":
      return `M${g.x0} ${g.y0}H${g.x1}V${g.y1}H${g.x0}Z`;
    case "polygon":
      return g.parts.flatMap((part) => [part.outer, ...(part.holes ?? [])]).map((ring) => path(ring, true)).join("");
    case "polyline":
      return path(g.xy, false);
    case "points":
    case "keypoints":
      return pairs(g.xy).map(([x, y]) => `M${x - 3} ${y}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`).join("");
    case "cuboid2":
      return path(g.front, true) + path(g.back, true);
    case "obox": {
      const angle = g.angle ?? 0;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const corner = (sx: number, sy: number) => [g.cx + (sx * g.w * cos - sy * g.h * sin) / 2, g.cy + (sx * g.w * sin + sy * g.h * cos) / 2];
      return path([...corner(-1, -1), ...corner(1, -1), ...corner(1, 1), ...corner(-1, 1)], true);
    }
    case "ellipse": {
      const angle = g.angle ?? 0;
      const turn = (angle * 180) / Math.PI;
      const end = [g.cx + g.rx * Math.cos(angle), g.cy + g.rx * Math.sin(angle)];
      const start = [g.cx - g.rx * Math.cos(angle), g.cy - g.rx * Math.sin(angle)];
      return `M${start.join(" ")}A${g.rx} ${g.ry} ${turn} 1 0 ${end.join(" ")}A${g.rx} ${g.ry} ${turn} 1 0 ${start.join(" ")}`;
    }
    default:
      return null;
  }
}
