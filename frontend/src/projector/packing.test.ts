import { describe, expect, it } from "vitest";
import type { Note } from "../client/protocol";
import type { Group } from "./columns";
import { GRAINS, grainsHeight, pack, type Mode, type Packed, type Yard } from "./packing";

const notes = (n: number, name: string): Note[] =>
  Array.from({ length: n }, (_, i) => ({ id: `${name}${i}`, theme: "a", kind: "o", text: "x", dir: "ltr", at: 1000 - i }));
const group = (name: string, n: number): Group => ({ cluster: { id: name, name, theme: "a", at: 1 }, notes: notes(n, name) });
const yard = (mode: Mode, room = 64, height = 9.7): Yard => ({
  mode,
  room,
  width: 35,
  note: (_, lines) => Math.min(height, 3 + lines * 3),
  label: (_, __, level) => (level === "big" ? 5.6 : 4.6),
  topOf: (g) => g.notes[0]!,
});

/** Every note of a column, as it is drawn or counted. */
function drawn(p: Packed): { ids: string[]; counted: number } {
  const ids = [
    ...p.read,
    ...p.rest.notes,
    ...p.away.notes,
    ...p.groups.flatMap((g) => [...(g.top ? [g.top] : []), ...g.grains.notes]),
  ].map((n) => n.id);
  return { ids, counted: p.rest.more + p.away.more + p.groups.reduce((n, g) => n + g.grains.more, 0) };
}

describe("a hanging column", () => {
  it("shows the newest notes on top, a row for the rest, the largest group at the foot", () => {
    const loose = notes(8, "n");
    const p = pack(loose, loose, [group("g", 6)], 0, yard("hang"));
    expect(p.read.map((n) => n.id)).toEqual(["n0", "n1", "n2"]);
    expect(p.rest.notes.length).toBe(5);
    expect(p.groups.map((g) => g.group.cluster.id)).toEqual(["g"]);
    expect(p.pages).toBe(1);
  });

  it("never shows more than four above a group, and fills the column without one", () => {
    const loose = notes(12, "n");
    expect(pack(loose, loose, [group("g", 2)], 0, yard("hang", 90)).read.length).toBe(4);
    expect(pack(loose, loose, [], 0, yard("hang", 90)).read.length).toBeGreaterThan(5);
  });

  it("turns pages for groups that do not fit", () => {
    const loose = notes(5, "n");
    const groups = ["x", "y", "z"].map((g) => group(g, 4));
    const seen = new Set<string>();
    const { pages } = pack(loose, loose, groups, 0, yard("hang"));
    expect(pages).toBeGreaterThan(1);
    for (let i = 0; i < pages; i++)
      for (const g of pack(loose, loose, groups, i, yard("hang")).groups) seen.add(g.group.cluster.id);
    expect(seen.size).toBe(3);
  });

  it("tells of a grain that there is room to read", () => {
    const loose = notes(2, "n");
    expect(pack(loose, loose.slice(1), [], 0, yard("hang")).spare?.id).toBe("n0");
    expect(pack(loose, loose, [], 0, yard("hang")).spare).toBeUndefined();
    const many = notes(30, "n");
    expect(pack(many, many.slice(0, 20), [], 0, yard("hang")).spare).toBeUndefined();
  });
});

describe("a crowded column", () => {
  const groups = [group("a", 24), group("b", 17), group("c", 14), group("d", 12)];
  it("shows the largest groups, the first with a top note, all with a grain for each other note", () => {
    const p = pack(notes(9, "n"), [], groups, 0, yard("pile"));
    expect(p.groups.map((g) => g.group.cluster.id)).toEqual(["a", "b", "c", "d"]);
    expect(p.groups[0]!.level).toBe("big");
    expect(p.groups[0]!.top).toBeDefined();
    expect(p.groups[0]!.grains.notes.length).toBe(23);
    expect(p.groups[3]!.grains.notes.length).toBe(12);
    expect(p.away.groups).toBe(0);
  });
  it("turns pages for more, and says how many are elsewhere", () => {
    const p = pack(notes(9, "n"), [], [...groups, group("e", 9)], 0, yard("pile"));
    expect(p.pages).toBeGreaterThan(1);
    expect(p.away.groups).toBe(5 - p.groups.length);
  });
  it("counts beyond forty-two grains", () => {
    const p = pack([], [], [group("a", 200)], 0, yard("pile"));
    expect(p.groups[0]!.grains).toMatchObject({ more: 199 - GRAINS });
  });
});

describe("any column", () => {
  it("draws or counts every note exactly once, on every page", () => {
    for (const mode of ["hang", "pile"] as const)
      for (const room of [20, 40, 64, 90])
        for (const sizes of [[], [1], [3, 2, 1], [60, 30, 20, 9, 8, 4, 2, 1]])
          for (const n of [0, 1, 7, 50, 300]) {
            const loose = notes(n, "n");
            const groups = sizes.map((s, i) => group(`g${i}-`, s));
            const all = n + sizes.reduce((a, b) => a + b, 0);
            const { pages } = pack(loose, loose.slice(0, 10), groups, 0, yard(mode, room));
            const seen = new Set<string>();
            for (let page = 0; page < pages; page++) {
              const p = pack(loose, loose.slice(0, 10), groups, page, yard(mode, room));
              const { ids, counted } = drawn(p);
              expect(new Set(ids).size).toBe(ids.length);
              expect(ids.length + counted).toBe(all);
              for (const g of p.groups) seen.add(g.group.cluster.id);
            }
            expect(seen.size).toBe(sizes.length);
          }
  });

  it("gives the vote no grains of groups", () => {
    const p = pack(notes(3, "n"), [], [group("a", 24), group("b", 3)], 0, yard("vote"));
    expect(p.groups.every((g) => g.grains.notes.length === 0)).toBe(true);
  });
});

describe("grains", () => {
  it("wrap, and take their text after the last of them", () => {
    const g = (n: number, more = 0) => ({ notes: notes(n, "n"), more });
    expect(grainsHeight(g(0), 35, "small")).toBe(0);
    expect(grainsHeight(g(16), 35, "small")).toBeCloseTo(2.05);
    expect(grainsHeight(g(17), 35, "small")).toBeCloseTo(4.1);
    expect(grainsHeight(g(3), 35, "small", 14)).toBeCloseTo(2.8);
    expect(grainsHeight(g(16), 35, "small", 14)).toBeCloseTo(2.05 + 2.8);
  });
});
