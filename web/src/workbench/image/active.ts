/** Active time: milliseconds with the hands on the work. A gap longer than the cap is a pause and counts only up to it. */
export const GAP_MS = 30_000;
export const REST_AFTER_MS = 45 * 60_000;

export class ActiveClock {
  private last: number | null = null;
  private sum = 0;
  private sinceRest = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Something was done. */
  touch(): void {
    const t = this.now();
    if (this.last !== null) {
      const gap = t - this.last;
      this.sum += Math.min(gap, GAP_MS);
      // Five minutes away from the screen is a rest.
      this.sinceRest = gap > 5 * 60_000 ? 0 : this.sinceRest + gap;
    }
    this.last = t;
  }

  start(ms = 0): void { this.sum = ms; this.last = this.now(); }
  get ms(): number { return Math.round(this.sum); }
  /** True once when it is time to look into the distance. */
  timeToRest(): boolean {
    if (this.sinceRest < REST_AFTER_MS) return false;
    this.sinceRest = 0;
    return true;
  }
}
