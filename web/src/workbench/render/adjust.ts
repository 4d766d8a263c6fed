/** How the picture is shown: brightness, contrast, gamma, inverted. The file is never changed. */
export interface Adjust {
  /** -1 … 1, 0 as it is. */
  brightness: number;
  /** -1 … 1, 0 as it is. */
  contrast: number;
  /** 0.2 … 5, 1 as it is; above 1 brightens the dark parts. */
  gamma: number;
  invert: boolean;
}

export const AS_IT_IS: Adjust = { brightness: 0, contrast: 0, gamma: 1, invert: false };

export const isPlain = (a: Adjust): boolean => a.brightness === 0 && a.contrast === 0 && a.gamma === 1 && !a.invert;

/** New value for each of the 256 old ones: contrast about the middle, then brightness, gamma, inversion. */
export function lookup(adjust: Adjust): Uint8ClampedArray {
  const table = new Uint8ClampedArray(256);
  const slope = adjust.contrast >= 0 ? 1 / Math.max(0.02, 1 - adjust.contrast) : 1 + adjust.contrast;
  for (let i = 0; i < 256; i++) {
    let v = (i / 255 - 0.5) * slope + 0.5 + adjust.brightness;
    v = Math.min(1, Math.max(0, v)) ** (1 / adjust.gamma);
    table[i] = Math.round((adjust.invert ? 1 - v : v) * 255);
  }
  return table;
}

/** Apply a table to RGBA bytes in place; alpha stays. */
export function applyTable(data: Uint8ClampedArray, table: Uint8ClampedArray): void {
  for (let i = 0; i < data.length; i += 4) {
    data[i] = table[data[i] as number] as number;
    data[i + 1] = table[data[i + 1] as number] as number;
    data[i + 2] = table[data[i + 2] as number] as number;
  }
}
