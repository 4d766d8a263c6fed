import type { Attribute, LabelClass, RelationType, Schema, Skeleton } from "../../../api/generated/marks";

export type { Attribute, LabelClass, RelationType, Schema, Skeleton };

/** Twelve colours that differ in hue and in lightness, also for colour-weak eyes; beyond them a pattern is added. */
export const PALETTE = [
  "#4EE2FF", "#F46426", "#2046DE", "#F6BE48", "#D682A1", "#085D40", "#CBE1A4", "#8B0012", "#9B99FF", "#86246A", "#B5E36B", "#7A4A12",
] as const;

/** Geometry kinds that the picture bench can draw, in the order of its tool strip. */
export const IMAGE_KINDS = ["box", "obox", "polygon", "polyline", "points", "keypoints", "ellipse", "cuboid2", "mask", "none"] as const;
export type ImageKind = (typeof IMAGE_KINDS)[number];

export function isImageKind(kind: string): kind is ImageKind {
  return (IMAGE_KINDS as readonly string[]).includes(kind);
}

interface Named {
  id: string;
  name?: string;
  names?: Record<string, string>;
}

/** The name in the language now spoken, else the author's word, else the id. */
export function nameOf(thing: Named, language: string): string {
  const short = language.startsWith("zh") ? "zh" : "en";
  return thing.names?.[short] || thing.name || thing.names?.zh || thing.names?.en || thing.id;
}

/** `thing` with its name in one language changed; the author's word follows while it is the same or empty. */
export function withName<T extends Named>(thing: T, language: "zh" | "en", text: string): T {
  const before = thing.names?.[language] ?? "";
  const names = { ...thing.names, [language]: text };
  if (!text) delete names[language];
  const follows = !thing.name || thing.name === before;
  return { ...thing, names, name: follows ? text : thing.name };
}

/** A fresh id that is readable in exports: the wish in ASCII, else `<stem><n>`. */
export function freshId(taken: Iterable<string>, stem: string, wish = ""): string {
  const used = new Set(taken);
  const ascii = wish.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  if (ascii && !used.has(ascii)) return ascii;
  const base = ascii || stem;
  for (let n = used.size + 1; ; n++) if (!used.has(`${base}${n}`)) return `${base}${n}`;
}

export interface ClassRow {
  cls: LabelClass;
  depth: number;
}

/** Classes in the order of the tree: each parent before its children, siblings in file order. */
export function classRows(schema: Schema): ClassRow[] {
  const classes = schema.classes ?? [];
  const ids = new Set(classes.map((c) => c.id));
  const rows: ClassRow[] = [];
  const seen = new Set<string>();
  const walk = (parent: string | null, depth: number) => {
    for (const cls of classes) {
      const above = cls.parent && ids.has(cls.parent) ? cls.parent : null;
      if (above !== parent || seen.has(cls.id)) continue;
      seen.add(cls.id);
      rows.push({ cls, depth });
      walk(cls.id, depth + 1);
    }
  };
  walk(null, 0);
  return rows;
}

/** Classes as the bench shows them at once: all that can be chosen, or in a tree one level after the other (a test compares). */
export function benchLevels(schema: Schema): LabelClass[][] {
  const classes = schema.classes ?? [];
  if (!classes.some((c) => c.parent != null)) return [classes.filter((c) => !c.abstract)];
  return [...new Set(classes.map((c) => c.parent ?? null))].map((parent) => classes.filter((c) => (c.parent ?? null) === parent));
}

/** The class and everything below it. */
export function branch(schema: Schema, id: string): Set<string> {
  const found = new Set([id]);
  let grown = true;
  while (grown) {
    grown = false;
    for (const cls of schema.classes ?? []) {
      if (cls.parent && found.has(cls.parent) && !found.has(cls.id)) {
        found.add(cls.id);
        grown = true;
      }
    }
  }
  return found;
}

/** The colour in use: the class's own, else the palette by position. */
export function colourOf(schema: Schema, id: string): string {
  const index = (schema.classes ?? []).findIndex((c) => c.id === id);
  return schema.classes?.[index]?.colour ?? PALETTE[Math.max(0, index) % PALETTE.length] ?? PALETTE[0];
}

export function addClass(schema: Schema, parent: string | null): { schema: Schema; id: string } {
  const classes = schema.classes ?? [];
  const id = freshId(classes.map((c) => c.id), "class");
  const above = classes.find((c) => c.id === parent);
  const used = new Set(classes.map((c, i) => c.colour ?? PALETTE[i % PALETTE.length]));
  const colour = PALETTE.find((c) => !used.has(c)) ?? PALETTE[classes.length % PALETTE.length];
  const kinds = above?.kinds ?? classes[classes.length - 1]?.kinds ?? ["box"];
  const cls: LabelClass = { id, kinds: [...kinds], colour, ...(parent ? { parent } : {}) };
  return { schema: { ...schema, classes: [...classes, cls] }, id };
}

export function changeClass(schema: Schema, id: string, change: (cls: LabelClass) => LabelClass): Schema {
  return { ...schema, classes: (schema.classes ?? []).map((c) => (c.id === id ? change(c) : c)) };
}

/**
 * Without the class and its branch. An attribute or arrow end that named only removed classes goes too:
 * left empty it would suddenly apply to every class.
 */
export function removeClass(schema: Schema, id: string): Schema {
  const gone = branch(schema, id);
  const keep = (ids: string[] | undefined) => (ids ?? []).filter((one) => !gone.has(one));
  const emptied = (ids: string[] | undefined) => (ids ?? []).length > 0 && keep(ids).length === 0;
  return {
    ...schema,
    classes: (schema.classes ?? []).filter((c) => !gone.has(c.id)),
    attributes: (schema.attributes ?? [])
      .filter((a) => !emptied(a.classes))
      .map((a) => ({ ...a, classes: keep(a.classes) })),
    relations: (schema.relations ?? [])
      .filter((r) => !emptied(r.sources) && !emptied(r.targets))
      .map((r) => ({ ...r, sources: keep(r.sources), targets: keep(r.targets) })),
  };
}

function siblings(schema: Schema, cls: LabelClass): LabelClass[] {
  return (schema.classes ?? []).filter((c) => (c.parent ?? null) === (cls.parent ?? null));
}

/** Swap with the sibling above (-1) or below (+1). */
export function moveClass(schema: Schema, id: string, step: -1 | 1): Schema {
  const classes = schema.classes ?? [];
  const cls = classes.find((c) => c.id === id);
  if (!cls) return schema;
  const row = siblings(schema, cls);
  const other = row[row.indexOf(cls) + step];
  if (!other) return schema;
  return { ...schema, classes: classes.map((c) => (c === cls ? other : c === other ? cls : c)) };
}

/** Make it a child of the sibling above it (in), or a sibling of its parent (out). */
export function indentClass(schema: Schema, id: string, way: "in" | "out"): Schema {
  const classes = schema.classes ?? [];
  const cls = classes.find((c) => c.id === id);
  if (!cls) return schema;
  if (way === "in") {
    const row = siblings(schema, cls);
    const above = row[row.indexOf(cls) - 1];
    return above ? changeClass(schema, id, (c) => ({ ...c, parent: above.id })) : schema;
  }
  const parent = classes.find((c) => c.id === cls.parent);
  if (!parent) return schema;
  return changeClass(schema, id, (c) => ({ ...c, parent: parent.parent ?? null }));
}

export function addAttribute(schema: Schema, type: Attribute["type"]): { schema: Schema; id: string } {
  const attributes = schema.attributes ?? [];
  const id = freshId(attributes.map((a) => a.id), "attribute");
  const attribute: Attribute = { id, type, ...(type === "choice" || type === "choices" ? { values: [] } : {}) };
  return { schema: { ...schema, attributes: [...attributes, attribute] }, id };
}

export function changeAttribute(schema: Schema, id: string, change: (a: Attribute) => Attribute): Schema {
  return { ...schema, attributes: (schema.attributes ?? []).map((a) => (a.id === id ? change(a) : a)) };
}

/** Without the attribute, and without conditions that asked for it. */
export function removeAttribute(schema: Schema, id: string): Schema {
  return {
    ...schema,
    attributes: (schema.attributes ?? [])
      .filter((a) => a.id !== id)
      .map((a) => ({ ...a, when: Object.fromEntries(Object.entries(a.when ?? {}).filter(([key]) => key !== id)) })),
  };
}

/** Attributes that apply to marks of the class. */
export function attributesOf(schema: Schema, id: string): Attribute[] {
  return (schema.attributes ?? []).filter(
    (a) => (a.scope ?? "mark") === "mark" && (!a.classes?.length || a.classes.includes(id)),
  );
}

export type ProblemCode =
  | "classUnnamed" | "classTwice" | "classKeyTwice" | "classRange" | "classNoSkeleton" | "noClasses"
  | "attributeUnnamed" | "attributeNoValues" | "attributeValueTwice" | "attributeRange" | "attributePattern"
  | "relationUnnamed" | "skeletonUnnamed" | "skeletonPoints";

export interface SchemaProblem {
  code: ProblemCode;
  part: "class" | "attribute" | "relation" | "skeleton" | "schema";
  id: string;
  name: string;
}

const unnamed = (thing: Named) => !thing.name && !thing.names?.zh && !thing.names?.en;

/** What must be put right before the schema can be saved. */
export function problemsOf(schema: Schema, language: string): SchemaProblem[] {
  const found: SchemaProblem[] = [];
  const say = (code: ProblemCode, part: SchemaProblem["part"], thing: Named) =>
    found.push({ code, part, id: thing.id, name: nameOf(thing, language) });

  const classes = schema.classes ?? [];
  if (!classes.length && !(schema.attributes ?? []).some((a) => a.scope === "item")) say("noClasses", "schema", { id: "" });
  const names = new Map<string, string>();
  const keys = new Map<string, string>();
  for (const cls of classes) {
    if (unnamed(cls)) say("classUnnamed", "class", cls);
    const path = `${cls.parent ?? ""}/${nameOf(cls, language)}`;
    if (names.has(path)) say("classTwice", "class", cls);
    names.set(path, cls.id);
    if (cls.key) {
      if (keys.has(cls.key)) say("classKeyTwice", "class", cls);
      keys.set(cls.key, cls.id);
    }
    if (cls.min != null && cls.max != null && cls.min > cls.max) say("classRange", "class", cls);
    if (cls.kinds?.includes("keypoints") && !cls.skeleton) say("classNoSkeleton", "class", cls);
  }
  for (const a of schema.attributes ?? []) {
    if (unnamed(a)) say("attributeUnnamed", "attribute", a);
    if ((a.type === "choice" || a.type === "choices") && !a.values?.length) say("attributeNoValues", "attribute", a);
    if (new Set(a.values ?? []).size !== (a.values ?? []).length) say("attributeValueTwice", "attribute", a);
    if (a.min != null && a.max != null && a.min > a.max) say("attributeRange", "attribute", a);
    if (a.pattern && !isPattern(a.pattern)) say("attributePattern", "attribute", a);
  }
  for (const r of schema.relations ?? []) if (unnamed(r)) say("relationUnnamed", "relation", r);
  for (const s of schema.skeletons ?? []) {
    if (!s.id) say("skeletonUnnamed", "skeleton", { id: s.id });
    if (!s.names.length || s.names.some((n) => !n.trim())) say("skeletonPoints", "skeleton", { id: s.id });
  }
  return found;
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
