import type { CDPSession, Page } from "@playwright/test";

type Felt = { taps: Map<number, number>; gaps: number[]; last: number; observer: PerformanceObserver };

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
    await this.page.evaluate(() => {
      const held = window as unknown as { felt?: Felt };
      const felt: Felt = (held.felt ??= {
        taps: new Map(),
        gaps: [],
        last: 0,
        observer: new PerformanceObserver((list) => {
          // One tap is several events: it took as long as the longest.
          for (const e of list.getEntries() as (PerformanceEventTiming & { interactionId: number })[])
            if (e.interactionId) felt.taps.set(e.interactionId, Math.max(felt.taps.get(e.interactionId) ?? 0, e.duration));
        }),
      });
      felt.observer.observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
      felt.taps.clear();
      felt.gaps = [];
      const frame = (now: number): void => {
        felt.gaps.push(now - felt.last);
        felt.last = now;
        requestAnimationFrame(frame);
      };
      const first = felt.last === 0;
      felt.last = performance.now();
      if (first) requestAnimationFrame(frame);
    });
  }

  async taps(): Promise<number[]> {
    return this.page.evaluate(() => [...(window as unknown as { felt: Felt }).felt.taps.values()]);
  }

  async gaps(): Promise<number[]> {
    return this.page.evaluate(() => (window as unknown as { felt: Felt }).felt.gaps);
  }

  /** What is left when all rubbish is gone: bytes of script's memory, elements, listeners. */
  async kept(): Promise<{ heap: number; nodes: number; listeners: number }> {
    await this.cdp.send("HeapProfiler.collectGarbage");
    const { metrics } = await this.cdp.send("Performance.getMetrics");
    const of = (name: string): number => metrics.find((m) => m.name === name)!.value;
    return { heap: of("JSHeapUsedSize"), nodes: of("Nodes"), listeners: of("JSEventListeners") };
  }
}

/** The value that so large a part of them does not exceed. */
export function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}
