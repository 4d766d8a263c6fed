export const CONFIG_KINDS = ["label_studio_xml", "cvat_json", "annotations", "names", "doujia"] as const;
export type ConfigKind = (typeof CONFIG_KINDS)[number];

/** What a file most likely is, by its name and by how it begins; the person may say otherwise. */
export function configKindOf(name: string, text: string): ConfigKind {
  const start = text.trimStart();
  if (start.startsWith("<")) return /<View[\s>]/i.test(start) ? "label_studio_xml" : "annotations";
  if (/\.(txt|names|csv)$/i.test(name) && !/^[[{]/.test(start)) return "names";
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return "annotations"; // JSON Lines and the like
  }
  const first: unknown = Array.isArray(found) ? found[0] : found;
  if (typeof first !== "object" || first === null) return "annotations";
  // CVAT's label constructor: a list of {name, color, attributes …}; annotation files say more.
  if (Array.isArray(found) && "name" in first && ("attributes" in first || "color" in first || "sublabels" in first)) return "cvat_json";
  if (!Array.isArray(found) && "classes" in first && !("images" in first) && !("items" in first)) return "doujia";
  return "annotations";
}
