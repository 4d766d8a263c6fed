/** Pairs of 0-based indices as lines of 1-based numbers: `1-2`. */
export function pairsText(pairs: readonly (readonly [number, number])[] | undefined): string {
  return (pairs ?? []).map(([a, b]) => `${a + 1}-${b + 1}`).join("\n");
}

/** Read such lines back; `bad` holds the lines that name no two points of `count`. */
export function parsePairs(text: string, count: number): { pairs: [number, number][]; bad: string[] } {
  const pairs: [number, number][] = [];
  const bad: string[] = [];
  for (const line of text.split("\n").map((l) => l.trim()).filter(Boolean)) {
    const found = /^(\d+)\s*[-–,\s]\s*(\d+)$/.exec(line);
    const a = Number(found?.[1]);
    const b = Number(found?.[2]);
    if (found && a >= 1 && b >= 1 && a <= count && b <= count && a !== b) pairs.push([a - 1, b - 1]);
    else bad.push(line);
  }
  return { pairs, bad };
}
