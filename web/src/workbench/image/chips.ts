/**
 * The grid of classes with their keys. A flat schema shows all classes; a tree shows one level, and choosing a
 * branch opens it. A schema without classes shows the values of the question at hand (classification by keys).
 */
import { classKeys } from "../core/keys";
import { classStyle, itemAttributes, nameOf, valueName, type Attribute, type AttributeValue, type ClassStyle, type LabelClass, type Schema } from "../core/model";

export interface Chip {
  id: string;
  text: string;
  /** Chord, or null past the last free key. */
  key: string | null;
  style: ClassStyle | null;
  /** A branch: choosing it shows its children. */
  branch: boolean;
  /** A value of an item attribute instead of a class. */
  value?: string;
  attribute?: string;
}

export function isTree(schema: Schema): boolean {
  return (schema.classes ?? []).some((own) => own.parent != null);
}

/** Classes of one level (`parent` null: the roots); of a flat schema all that can be chosen. */
export function levelOf(schema: Schema, parent: string | null): LabelClass[] {
  const classes = schema.classes ?? [];
  if (!isTree(schema)) return classes.filter((own) => !own.abstract);
  return classes.filter((own) => (own.parent ?? null) === parent);
}

export function hasChildren(schema: Schema, id: string): boolean {
  return (schema.classes ?? []).some((own) => own.parent === id);
}

/** Ids of the classes above `id`, the nearest first. */
export function ancestorsOf(schema: Schema, id: string): string[] {
  const out: string[] = [];
  for (let at = schema.classes?.find((own) => own.id === id)?.parent; at != null && !out.includes(at); at = schema.classes?.find((own) => own.id === at)?.parent) out.push(at);
  return out;
}

/** The item attribute that number keys answer now: the chosen one, else the first without an answer. */
export function questionAt(schema: Schema, values: Record<string, AttributeValue>, chosen: string | null): Attribute | null {
  const list = itemAttributes(schema, values).filter((a) => a.type === "choice" || a.type === "choices" || a.type === "bool");
  return list.find((a) => a.id === chosen) ?? list.find((a) => values[a.id] == null) ?? list[0] ?? null;
}

export function valuesOf(attribute: Attribute): string[] {
  return attribute.type === "bool" ? ["true", "false"] : (attribute.values ?? []);
}

export function chipsFor(
  schema: Schema, branch: string | null, taken: ReadonlySet<string>, language: string, palette: readonly string[] | undefined,
  question: Attribute | null, digits: boolean, yesNo: readonly [string, string],
): Chip[] {
  const classes = levelOf(schema, branch);
  if (classes.length === 0 && question) {
    const values = valuesOf(question);
    const keys = classKeys(values.length, taken, [], digits);
    return values.map((value, i) => ({
      id: `${question.id}=${value}`, text: question.type === "bool" ? yesNo[value === "true" ? 0 : 1] : valueName(question, value, language),
      key: keys[i] ?? null, style: null, branch: false, value, attribute: question.id,
    }));
  }
  const keys = classKeys(classes.length, taken, classes.map((own) => own.key), digits);
  const all = schema.classes ?? [];
  return classes.map((own, i) => ({
    id: own.id, text: nameOf(own, language), key: keys[i] ?? null,
    style: classStyle(schema, all.indexOf(own), palette), branch: own.abstract === true || hasChildren(schema, own.id),
  }));
}
