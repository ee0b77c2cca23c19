import { describe, expect, it } from "vitest";
import { PAGE, STAGGER, themePages, Turner } from "./paging";

describe("themePages", () => {
  it("puts three to six themes on one page, more on two of equal size", () => {
    expect([3, 4, 5, 6, 7, 8].map((n) => themePages(n, false))).toEqual([[3], [4], [5], [6], [4, 3], [4, 4]]);
  });
  it("puts three on each page of an old projector", () => {
    expect([3, 4, 5, 6, 7, 8].map((n) => themePages(n, true))).toEqual([[3], [2, 2], [3, 2], [3, 3], [3, 2, 2], [3, 3, 2]]);
  });
});

describe("Turner", () => {
  const yes = () => true;
  it("turns one column at a time, four seconds apart, every twenty", () => {
    const t = new Turner(0);
    const turns: [number, number][] = [];
    for (let now = 0; now <= 2 * PAGE + 5 * STAGGER; now += 200) for (const c of t.due(now, 5, yes)) turns.push([now, c]);
    expect(turns.slice(0, 6)).toEqual([
      [PAGE, 0],
      [PAGE + STAGGER, 1],
      [PAGE + 2 * STAGGER, 2],
      [PAGE + 3 * STAGGER, 3],
      [PAGE + 4 * STAGGER, 4],
      [2 * PAGE, 0],
    ]);
  });
  it("waits for a column whose note is held up, and turns it once", () => {
    const t = new Turner(0);
    expect(t.due(PAGE, 1, () => false)).toEqual([]);
    expect(t.due(PAGE + 9000, 1, yes)).toEqual([0]);
    expect(t.due(PAGE + 9200, 1, yes)).toEqual([]);
    expect(t.due(2 * PAGE, 1, yes)).toEqual([0]);
  });
});
