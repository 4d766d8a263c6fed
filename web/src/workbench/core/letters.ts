/** Letters that actions and tools of the bench hold by default: what is left is for classes. A test keeps this true. */
import type { Schema } from "./model";

const ACTIONS = [..."ABCDFHNQRTZ"];
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  "": ["V"], obox: ["O"], polygon: ["P", "G", "I"], polyline: ["L"], keypoints: ["K"], ellipse: ["E"], cuboid2: ["U"], mask: ["W", "X", "M", "S", "G"],
};
const RELATION = "J";

/** Codes of the letters that no class of this schema can have. */
export function lettersTaken(schema: Schema): Set<string> {
  const choosable = (schema.classes ?? []).filter((own) => !own.abstract);
  const kinds = choosable.some((own) => !own.kinds?.length) ? Object.keys(TOOLS) : choosable.flatMap((own) => own.kinds ?? []);
  const letters = [...ACTIONS, ...["", ...kinds].flatMap((kind) => TOOLS[kind] ?? []), ...(schema.relations?.length ? [RELATION] : [])];
  return new Set(letters.map((letter) => `Key${letter}`));
}
