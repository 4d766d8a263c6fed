/**
 * The label model as the bench sees it: the JSON form of `doujia.marks`.
 *
 * Pixel frame: (0, 0) is the outer corner of the first pixel, x right, y down. `xy` lists are flat, rings are not
 * closed, angles are radians clockwise on the screen. Fields that hold their default are left out, as on the wire.
 */

export type AttributeValue = boolean | number | string | string[] | null;

export interface Nothing { kind: "none" }
export interface Box { kind: "box"; x0: number; y0: number; x1: number; y1: number }
export interface RotatedBox { kind: "obox"; cx: number; cy: number; w: number; h: number; angle: number }
export interface PolygonPart { outer: number[]; holes?: number[][] }
export interface Polygon { kind: "polygon"; parts: PolygonPart[] }
export interface Polyline { kind: "polyline"; xy: number[] }
export interface Points { kind: "points"; xy: number[] }
/** `v`: 0 not labelled (outside), 1 labelled but hidden, 2 visible. */
export interface Keypoints { kind: "keypoints"; xy: number[]; v: number[]; skeleton?: string | null }
/** COCO run lengths, column-major, starting with background; `size` is [height, width]. */
export interface Mask { kind: "mask"; size: [number, number]; counts: string }
export interface Ellipse { kind: "ellipse"; cx: number; cy: number; rx: number; ry: number; angle: number }
/** Corners of the near and the far face: top-left, top-right, bottom-right, bottom-left. */
export interface Cuboid2D { kind: "cuboid2"; front: number[]; back: number[] }

export type Geometry =
  | Nothing | Box | RotatedBox | Polygon | Polyline | Points | Keypoints | Mask | Ellipse | Cuboid2D;
export type Kind = Geometry["kind"];

export interface At { frame?: number; sensor?: string; message?: string; part?: number; page?: number }

export type Edit = "accepted" | "moved" | "relabelled" | "deleted" | "added";

export interface Origin {
  by?: "human" | "model" | "import" | "rule" | "consensus";
  actor?: string | null;
  model?: string | null;
  prelabel_of?: string | null;
  edit?: Edit | null;
  ms?: number | null;
}

export interface Mark {
  id: string;
  geometry?: Geometry;
  label?: string | null;
  text?: string | null;
  attrs?: Record<string, AttributeValue>;
  at?: At | null;
  group?: string | null;
  z?: number;
  score?: number | null;
  flags?: string[];
  origin?: Origin | null;
  ext?: Record<string, Record<string, unknown>>;
}

export interface Relation {
  id: string;
  type: string;
  source: string;
  target: string;
  attrs?: Record<string, AttributeValue>;
}

export interface LabelClass {
  id: string;
  name?: string;
  names?: Record<string, string>;
  parent?: string | null;
  kinds?: string[];
  colour?: string | null;
  key?: string | null;
  skeleton?: string | null;
  heading?: boolean;
  min?: number | null;
  max?: number | null;
  abstract?: boolean;
}

export interface Attribute {
  id: string;
  type: "choice" | "choices" | "bool" | "int" | "float" | "text";
  name?: string;
  names?: Record<string, string>;
  values?: string[];
  value_names?: Record<string, Record<string, string>>;
  classes?: string[];
  scope?: "mark" | "item";
  mutable?: boolean;
  required?: boolean;
  default?: AttributeValue;
  min?: number | null;
  max?: number | null;
  unit?: string | null;
  pattern?: string | null;
  when?: Record<string, AttributeValue>;
}

export interface Skeleton {
  id: string;
  names: string[];
  edges?: [number, number][];
  flip?: [number, number][];
  sigmas?: number[];
  template?: number[];
  point_names?: Record<string, string[]>;
}

export interface RelationType {
  id: string;
  name?: string;
  names?: Record<string, string>;
  sources?: string[];
  targets?: string[];
  directed?: boolean;
}

export interface Schema {
  classes?: LabelClass[];
  attributes?: Attribute[];
  skeletons?: Skeleton[];
  relations?: RelationType[];
  version?: number;
  empty_allowed?: boolean;
  overlap?: boolean;
}

export const CLASS_COLOURS = [
  "#4EE2FF", "#F46426", "#2046DE", "#F6BE48", "#D682A1", "#085D40",
  "#CBE1A4", "#8B0012", "#9B99FF", "#86246A", "#B5E36B", "#7A4A12",
] as const;

/** How a class looks: a colour, and past the twelfth class a pattern, so that colour is never alone. */
export interface ClassStyle { colour: string; pattern: "solid" | "dash" | "double" | "dot" }

const PATTERNS = ["solid", "dash", "double", "dot"] as const;

/** Style of the class at `index` in the schema; an explicit colour wins over the palette. */
export function classStyle(schema: Schema, index: number, palette: readonly string[] = CLASS_COLOURS): ClassStyle {
  const colour = schema.classes?.[index]?.colour ?? palette[index % palette.length] ?? "#4EE2FF";
  return { colour, pattern: PATTERNS[Math.floor(index / palette.length) % PATTERNS.length] ?? "solid" };
}

/** Name in the reader's language; falls back to the name the author gave, then to the id. */
export function nameOf(
  thing: { id: string; name?: string; names?: Record<string, string> }, language: string,
): string {
  const short = language.slice(0, 2);
  return thing.names?.[language] ?? thing.names?.[short] ?? (thing.name || thing.id);
}

/** Name of one value of an attribute in the reader's language. */
export function valueName(attribute: Attribute, value: string, language: string): string {
  const names = attribute.value_names?.[value];
  return names?.[language] ?? names?.[language.slice(0, 2)] ?? value;
}

/** Attributes that apply to a mark of this class now (conditions on other attributes included). */
export function attributesFor(
  schema: Schema, label: string | null | undefined, values: Record<string, AttributeValue> | undefined,
): Attribute[] {
  return (schema.attributes ?? []).filter((attribute) => {
    if ((attribute.scope ?? "mark") !== "mark") return false;
    const classes = attribute.classes ?? [];
    if (classes.length > 0 && (label == null || !classes.includes(label))) return false;
    return Object.entries(attribute.when ?? {}).every(([id, value]) => sameValue(values?.[id] ?? null, value));
  });
}

/** Attributes of the item as a whole. */
export function itemAttributes(schema: Schema, values: Record<string, AttributeValue>): Attribute[] {
  return (schema.attributes ?? []).filter(
    (attribute) =>
      attribute.scope === "item" &&
      Object.entries(attribute.when ?? {}).every(([id, value]) => sameValue(values[id] ?? null, value)),
  );
}

export function sameValue(a: AttributeValue, b: AttributeValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => x === b[i]);
  return a === b;
}

/** A suggestion of a model that nobody has accepted, changed or rejected yet. */
export function isSuggestion(mark: Mark): boolean {
  return mark.origin?.by === "model" && mark.origin.edit == null;
}
