/** A page stays this long; with calm motion twice as long. */
export const PAGE = 20_000;
/** Columns turn one after another, this far apart. */
export const STAGGER = 4_000;

/** Splits n themes over pages of nearly equal size: 3 to 6 on one, under 3:2 three on each. */
export function themePages(n: number, narrow: boolean): number[] {
  const most = narrow ? 3 : n > 6 ? 4 : 6;
  const pages = Math.max(1, Math.ceil(n / most));
  return Array.from({ length: pages }, (_, i) => Math.ceil((n - i) / pages));
}

/**
 * Whose page turns when. Column i is due every period, staggered; a column
 * that may not turn (one of its notes is held up) stays due until it may.
 */
export class Turner {
  #start: number;
  /** Turns already made or let pass, by column. */
  #done: number[] = [];
  period: number;

  constructor(now: number, period = PAGE) {
    this.#start = now;
    this.period = period;
  }

  /** The columns, of n, that turn now. */
  due(now: number, n: number, may: (column: number) => boolean): number[] {
    const turning: number[] = [];
    // Staggered over the period, however many columns there are.
    const apart = Math.min(STAGGER, this.period / Math.max(1, n));
    for (let i = 0; i < n; i++) {
      const passed = Math.floor((now - this.#start - i * apart) / this.period);
      if (passed <= (this.#done[i] ?? 0) || !may(i)) continue;
      this.#done[i] = passed;
      turning.push(i);
    }
    return turning;
  }

  /** Starts over, as after a change of what is shown. */
  restart(now: number): void {
    this.#start = now;
    this.#done = [];
  }
}
