/**
 * Offsets into text. Marks count Unicode code points, the browser counts UTF-16 units: spans are converted here, exactly, by the
 * same vectors as `doujia.marks.offsets` (`tests/golden/offsets.json`).
 */

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** UTF-16 offset of each code point, one entry more than there are code points. */
export function unitOffsets(text: string): number[] {
  const out: number[] = [];
  for (let i = 0; i < text.length; i++) {
    out.push(i);
    if (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1))) i++;
  }
  out.push(text.length);
  return out;
}

/** Where the `offset`-th code point begins, in UTF-16 units; throws outside the text. */
export function toUnits(text: string, offset: number): number {
  const found = unitOffsets(text)[offset];
  if (found === undefined) throw new RangeError(`offset ${offset} is not within the text`);
  return found;
}

/** The code point that begins at UTF-16 offset `unit`; throws outside the text and inside a character. */
export function toCodePoints(text: string, unit: number): number {
  const found = unitOffsets(text).indexOf(unit);
  if (found < 0) throw new RangeError(`offset ${unit} is not within the text, or lies inside a character`);
  return found;
}
