import type { CDPSession, Page } from "@playwright/test";

/** How many there were of each length, in ms up to MOST: what measures must not grow itself. */
type Felt = { taps: number[]; gaps: number[]; last: number; observer: PerformanceObserver };
const MOST = 5000;

/** Measures a page from within and from without. Times are ms. */
export class Gauge {
  private constructor(
    readonly page: Page,
    readonly cdp: CDPSession,
  ) {}

  static async on(page: Page): Promise<Gauge> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    return new Gauge(page, cdp);
  }

  /** Makes the page's processor so many times slower. */
  async slow(rate: number): Promise<void> {
    await this.cdp.send("Emulation.setCPUThrottlingRate", { rate });
  }

  /** Begins anew to feel how long taps wait for the picture that answers them, and how far frames are apart. */
  async begin(): Promise<void> {
    await this.page.evaluate((most) => {
      const none = (): number[] => new Array<number>(most + 1).fill(0);
      const count = (all: number[], ms: number): void => void all[Math.min(most, Math.round(ms))]!++;
      const held = window as unknown as { felt?: Felt };
      const felt: Felt = (held.felt ??= {
        taps: none(),
        gaps: none(),
        last: 0,
        observer: new PerformanceObserver((list) => {
          // One tap is several events: it took as long as the longest.
          const taps = new Map<number, number>();
          for (const e of list.getEntries() as (PerformanceEventTiming & { interactionId: number })[])
            if (e.interactionId) taps.set(e.interactionId, Math.max(taps.get(e.interactionId) ?? 0, e.duration));
          for (const ms of taps.values()) count(felt.taps, ms);
        }),
      });
      felt.observer.observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
      [felt.taps, felt.gaps] = [none(), none()];
      const frame = (now: number): void => {
        count(felt.gaps, now - felt.last);
        felt.last = now;
        requestAnimationFrame(frame);
      };
      const first = felt.last === 0;
      felt.last = performance.now();
      if (first) requestAnimationFrame(frame);
    }, MOST);
  }

  async taps(): Promise<number[]> {
    return this.#each("taps");
  }

  async gaps(): Promise<number[]> {
    return this.#each("gaps");
  }

  async #each(what: "taps" | "gaps"): Promise<number[]> {
    const counts = await this.page.evaluate((what) => (window as unknown as { felt: Felt }).felt[what], what);
    return counts.flatMap((n, ms) => new Array<number>(n).fill(ms));
  }

  /** What is left when all rubbish is gone: bytes of script's memory, elements, listeners. */
  async kept(): Promise<{ heap: number; nodes: number; listeners: number }> {
    await this.cdp.send("HeapProfiler.collectGarbage");
    const { metrics } = await this.cdp.send("Performance.getMetrics");
    const of = (name: string): number => metrics.find((m) => m.name === name)!.value;
    return { heap: of("JSHeapUsedSize"), nodes: of("Nodes"), listeners: of("JSEventListeners") };
  }
}

/** ms that the script of `slower` takes on two quiet cores. */
const WEIGHED = 50;

/** How many times slower a page is now than on two quiet cores, its processor slowed there so many times, too. */
export async function slower(page: Page, slowed = 1): Promise<number> {
  const all = await page.evaluate((rounds) => {
    return Array.from({ length: 7 }, () => {
      const began = performance.now();
      for (let i = 0, words = new Map<string, number>(); i < rounds; i++) {
        const word = `w${(i * 7919) % 1009}`;
        words.set(word, (words.get(word) ?? 0) + word.length);
      }
      return performance.now() - began;
    });
  }, 400_000 / slowed);
  return Math.max(1, quantile(all, 0.5) / WEIGHED);
}

/** The value that so large a part of them does not exceed. */
export function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}
