/**
 * Search by pinyin initials: `cl` finds 车辆.
 *
 * The browser's own Chinese collation sorts by pinyin, so the initial of a character follows from where it stands
 * between the first characters of each letter; no table has to be downloaded. Characters with several readings
 * that name everyday things are listed with all their initials.
 */
const FIRST = "阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥仨他屲夕丫帀";
const LETTER = "abcdefghjklmnopqrstwxyz";

const SEVERAL: Record<string, string> = {
  车: "cj", 行: "xh", 重: "zc", 长: "cz", 乐: "ly", 单: "dsc", 朝: "zc", 调: "td", 传: "cz", 参: "cs", 藏: "cz", 曾: "cz",
  弹: "dt", 会: "hk", 降: "jx", 校: "xj", 卡: "kq", 壳: "kq", 率: "ls", 石: "sd", 宿: "sx", 系: "xj", 厦: "sx", 盛: "sc",
  种: "zc", 折: "zs", 区: "qo", 尾: "wy", 臭: "cx", 奇: "qj", 泊: "bp", 仇: "cq", 便: "bp", 扁: "bp", 大: "d", 给: "gj",
  红: "hg", 亲: "q", 伞: "s", 轧: "zyg", 吓: "xh", 吁: "xy", 食: "s", 角: "j", 解: "jx", 见: "jx", 着: "z", 术: "sz",
};

let collator: Intl.Collator | null = null;

/** Initials of one character, lower case; for Latin letters and digits the character itself. */
export function initialsOf(char: string): string {
  if (/[a-z0-9]/i.test(char)) return char.toLowerCase();
  if (!/[㐀-鿿]/.test(char)) return "";
  const several = SEVERAL[char];
  if (several) return several;
  collator ??= new Intl.Collator("zh-CN-u-co-pinyin");
  let low = 0, high = FIRST.length - 1;
  if (collator.compare(char, FIRST.charAt(0)) < 0) return "";
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (collator.compare(char, FIRST.charAt(middle)) >= 0) low = middle; else high = middle - 1;
  }
  return LETTER.charAt(low);
}

/**
 * How well `query` finds `text`: 0 not at all, higher is better.
 *
 * Beginning of the text beats inside of it, plain letters beat initials.
 */
export function match(text: string, query: string): number {
  const q = query.trim().toLowerCase();
  if (q === "") return 1;
  const plain = text.toLowerCase();
  if (plain.startsWith(q)) return 4;
  if (plain.includes(q)) return 3;
  const letters = Array.from(text, initialsOf).filter((x) => x !== "");
  for (let start = 0; start + q.length <= letters.length; start++) {
    if (Array.from(q).every((c, i) => (letters[start + i] ?? "").includes(c))) return start === 0 ? 2 : 1.5;
  }
  return 0;
}

/** Things whose text matches, best first, in their own order among equals. */
export function search<T>(things: readonly T[], query: string, textsOf: (thing: T) => string[]): T[] {
  return things
    .map((thing, index) => ({ thing, index, score: Math.max(0, ...textsOf(thing).map((text) => match(text, query))) }))
    .filter((entry) => entry.score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map((entry) => entry.thing);
}
