import { describe, expect, it } from "vitest";
import type { Note } from "../client/protocol";
import { columnRoom, columnWidth, geometry } from "./geometry";
import { PAGES, PER_GROUP, themePlan, type Field } from "./themeplan";

const notes = (n: number, name: string): Note[] =>
  Array.from({ length: n }, (_, i) => ({ id: `${name}${i}`, theme: "a", kind: "o", text: "x", dir: "ltr", at: i }));
const field: Field = { room: 95, width: 42, columns: 3, note: () => 14, label: () => 6 };
const column = (sizes: number[], loose: number) => ({
  theme: { id: "a", name: {}, paper: 1, icon: "star" },
  loose: notes(loose, "n"),
  groups: sizes.map((s, i) => ({ cluster: { id: `g${i}`, name: `g${i}`, theme: "a", at: i }, notes: notes(s, `g${i}-`) })),
  count: 0,
});

describe("one theme", () => {
  it("shows three columns, at most four notes of a group, the rest as grains", () => {
    const [first] = themePlan(column([10, 9, 4], 11), undefined, "–", field);
    expect(first!.length).toBe(3);
    const chunks = first!.flat();
    expect(chunks.every((c) => c.notes.length <= PER_GROUP)).toBe(true);
    expect(chunks[0]).toMatchObject({ count: 10, rest: { more: 0 } });
    expect(chunks[0]!.notes.length + chunks[0]!.rest.notes.length).toBe(10);
  });

  it("turns through every note, none twice on a page", () => {
    const pages = themePlan(column([10, 3], 11), undefined, "–", field);
    const all = pages.flat(2).flatMap((c) => c.notes.map((n) => n.id));
    expect(new Set(all).size).toBe(24);
    expect(all.length).toBe(24);
  });

  it("spreads one group over all columns, each note once, its name once", () => {
    const [first, ...more] = themePlan(column([5, 9], 11), "g0", "–", field);
    expect(more).toEqual([]);
    expect(first!.map((c) => c.map((chunk) => chunk.notes.length))).toEqual([[2], [2], [1]]);
    expect(first!.flat().map((c) => Boolean(c.on))).toEqual([false, true, true]);
    const pages = themePlan(column([40], 0), "g0", "–", field);
    const ids = pages.flat(2).flatMap((c) => c.notes.map((n) => n.id));
    expect([ids.length, new Set(ids).size]).toEqual([40, 40]);
    const page = pages[1]!.flat();
    expect(page.flatMap((c) => [...c.notes, ...c.rest.notes]).length + page.at(-1)!.rest.more).toBe(40);
  });

  it("shows the whole theme when the group it was asked for is no more", () => {
    expect(
      themePlan(column([3], 2), "gone", "–", field)
        .flat(2)
        .flatMap((c) => c.notes).length,
    ).toBe(5);
  });

  it("shows one group alone, and ends somewhere", () => {
    const only = themePlan(column([10, 9], 11), "g1", "–", field);
    expect(only.flat(2).every((c) => c.group?.cluster.id === "g1")).toBe(true);
    expect(themePlan(column([3000], 0), undefined, "–", field).length).toBe(PAGES);
    expect(themePlan(column([], 0), undefined, "–", field)).toEqual([]);
  });

  it("does not lose a note that is higher than a column", () => {
    const pages = themePlan(column([], 2), undefined, "–", { ...field, note: () => 200 });
    expect(pages.flat(2).flatMap((c) => c.notes).length).toBe(2);
  });
});

describe("geometry", () => {
  it("measures the design's picture", () => {
    const g = geometry(1920, 1080);
    expect(g).toMatchObject({ u: 10, width: 192, height: 108, narrow: false, jitter: true });
    expect(columnWidth(g, 5)).toBeCloseTo(35.04);
    expect(columnRoom(g)).toBeGreaterThan(63);
    expect(geometry(3840, 2160).u).toBe(20);
    expect(geometry(1024, 768)).toMatchObject({ narrow: true, jitter: false });
    expect(geometry(1024, 768).width).toBeCloseTo(144);
  });
  it("measures a tall window by its width", () => {
    expect(geometry(1080, 1920).width).toBeCloseTo(144);
  });
});
