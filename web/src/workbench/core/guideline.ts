/** The paragraphs of a guideline that a finding can name: a reviewer says which rule was broken, not only that one was. */

export interface Paragraph {
  /** What is kept and shown: its number, or the heading where the guideline has no numbers. */
  id: string;
  text: string;
}

const NUMBERED = /^(?:#{1,6}\s+|[-*]\s+)?(\d+(?:\.\d+)*)[.、)]?\s+(\S.*)$/;
const HEADING = /^#{1,6}\s+(\S.*)$/;
/** As much of a heading as the platform keeps of a rule. */
const LONGEST = 40;

/** Numbered paragraphs in their order, each number once; the headings where nothing is numbered. */
export function paragraphs(markdown: string): Paragraph[] {
  const lines = markdown.split(/\r?\n/).map((line) => line.trim());
  const numbered = lines.map((line) => NUMBERED.exec(line)).flatMap((m) => (m?.[1] && m[2] ? [{ id: m[1], text: m[2] }] : []));
  const found = numbered.length > 0 ? numbered : lines.map((line) => HEADING.exec(line)).flatMap((m) => (m?.[1] ? [{ id: m[1].slice(0, LONGEST), text: "" }] : []));
  return found.filter((one, i) => found.findIndex((other) => other.id === one.id) === i);
}
