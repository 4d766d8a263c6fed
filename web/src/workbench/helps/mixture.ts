/** Gaussian mixtures over colour for GrabCut: five full-covariance components, started by k-means with a fixed seed. */

export const COMPONENTS = 5;

export interface Mixture { weight: Float64Array; mean: Float64Array; inverse: Float64Array; logNorm: Float64Array }

/** Fit to the pixels listed in `which`; `component` keeps the assignment between rounds (-1 at first). */
export function fit(rgb: Float32Array, which: Int32Array, component: Int8Array): Mixture {
  const k = COMPONENTS;
  const weight = new Float64Array(k), mean = new Float64Array(3 * k), second = new Float64Array(6 * k);
  for (let n = 0; n < which.length; n++) {
    const p = which[n] as number, c = component[p] as number;
    const r = rgb[3 * p] as number, g = rgb[3 * p + 1] as number, b = rgb[3 * p + 2] as number;
    weight[c] = (weight[c] as number) + 1;
    mean[3 * c] = (mean[3 * c] as number) + r;
    mean[3 * c + 1] = (mean[3 * c + 1] as number) + g;
    mean[3 * c + 2] = (mean[3 * c + 2] as number) + b;
    const values = [r * r, r * g, r * b, g * g, g * b, b * b];
    for (let i = 0; i < 6; i++) second[6 * c + i] = (second[6 * c + i] as number) + (values[i] as number);
  }
  const inverse = new Float64Array(9 * k), logNorm = new Float64Array(k).fill(Infinity);
  for (let c = 0; c < k; c++) {
    const n = weight[c] as number;
    if (n === 0) continue;
    for (let i = 0; i < 3; i++) mean[3 * c + i] = (mean[3 * c + i] as number) / n;
    const [r, g, b] = [mean[3 * c], mean[3 * c + 1], mean[3 * c + 2]] as [number, number, number];
    const s = (i: number): number => (second[6 * c + i] as number) / n;
    // A flat colour has no spread; half a grey level keeps the matrix invertible.
    const e = 0.5;
    const xx = s(0) - r * r + e, xy = s(1) - r * g, xz = s(2) - r * b, yy = s(3) - g * g + e, yz = s(4) - g * b, zz = s(5) - b * b + e;
    const det = xx * (yy * zz - yz * yz) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz);
    const d = 1 / Math.max(det, 1e-9);
    inverse.set([
      (yy * zz - yz * yz) * d, (xz * yz - xy * zz) * d, (xy * yz - xz * yy) * d,
      (xz * yz - xy * zz) * d, (xx * zz - xz * xz) * d, (xy * xz - xx * yz) * d,
      (xy * yz - xz * yy) * d, (xy * xz - xx * yz) * d, (xx * yy - xy * xy) * d,
    ], 9 * c);
    logNorm[c] = -Math.log(n / which.length) + 0.5 * Math.log(Math.max(det, 1e-9));
  }
  return { weight, mean, inverse, logNorm };
}

/** Cost (negative log density without constants) of a pixel in one component. */
function componentCost(m: Mixture, c: number, r: number, g: number, b: number): number {
  const x = r - (m.mean[3 * c] as number), y = g - (m.mean[3 * c + 1] as number), z = b - (m.mean[3 * c + 2] as number);
  const i = 9 * c, v = m.inverse;
  return (
    (m.logNorm[c] as number) +
    0.5 * (x * (x * (v[i] as number) + 2 * y * (v[i + 1] as number) + 2 * z * (v[i + 2] as number)) + y * (y * (v[i + 4] as number) + 2 * z * (v[i + 5] as number)) + z * z * (v[i + 8] as number))
  );
}

/** Component that explains the pixel best, and its cost. */
export function best(m: Mixture, r: number, g: number, b: number): { component: number; cost: number } {
  let component = 0, cost = Infinity;
  for (let c = 0; c < COMPONENTS; c++) {
    if (m.weight[c] === 0) continue;
    const d = componentCost(m, c, r, g, b);
    if (d < cost) { cost = d; component = c; }
  }
  return { component, cost };
}

/** Negative log of the whole mixture's density. */
export function mixtureCost(m: Mixture, r: number, g: number, b: number): number {
  let least = Infinity;
  const costs: number[] = [];
  for (let c = 0; c < COMPONENTS; c++) {
    if (m.weight[c] === 0) continue;
    const d = componentCost(m, c, r, g, b);
    costs.push(d);
    if (d < least) least = d;
  }
  let sum = 0;
  for (const d of costs) sum += Math.exp(least - d);
  return least - Math.log(sum);
}

/** First assignment: k-means from seeds spread as far as possible, so that the same picture gives the same mask. */
export function cluster(rgb: Float32Array, which: Int32Array, component: Int8Array, rounds = 6): void {
  if (which.length === 0) return;
  const k = Math.min(COMPONENTS, which.length);
  const centres = new Float64Array(3 * COMPONENTS);
  const step = Math.max(1, Math.floor(which.length / 2000));
  const far = new Float64Array(which.length).fill(Infinity);
  let next = which[Math.floor(which.length / 2)] as number;
  for (let c = 0; c < k; c++) {
    for (let i = 0; i < 3; i++) centres[3 * c + i] = rgb[3 * next + i] as number;
    let most = -1;
    for (let n = 0; n < which.length; n += step) {
      const p = which[n] as number;
      far[n] = Math.min(far[n] as number, distance2(rgb, p, centres, c));
      if ((far[n] as number) > most) { most = far[n] as number; next = p; }
    }
  }
  for (let round = 0; round < rounds; round++) {
    const sums = new Float64Array(4 * COMPONENTS);
    for (let n = 0; n < which.length; n++) {
      const p = which[n] as number;
      let c = 0, least = Infinity;
      for (let j = 0; j < k; j++) { const d = distance2(rgb, p, centres, j); if (d < least) { least = d; c = j; } }
      component[p] = c;
      for (let i = 0; i < 3; i++) sums[4 * c + i] = (sums[4 * c + i] as number) + (rgb[3 * p + i] as number);
      sums[4 * c + 3] = (sums[4 * c + 3] as number) + 1;
    }
    for (let c = 0; c < k; c++) {
      const n = sums[4 * c + 3] as number;
      if (n > 0) for (let i = 0; i < 3; i++) centres[3 * c + i] = (sums[4 * c + i] as number) / n;
    }
  }
}

function distance2(rgb: Float32Array, p: number, centres: Float64Array, c: number): number {
  const x = (rgb[3 * p] as number) - (centres[3 * c] as number);
  const y = (rgb[3 * p + 1] as number) - (centres[3 * c + 1] as number);
  const z = (rgb[3 * p + 2] as number) - (centres[3 * c + 2] as number);
  return x * x + y * y + z * z;
}
