import { describe, expect, it } from "vitest";
import type { Cluster, Note, Theme } from "../client/protocol";
import { columns, fullest, ordered, topOf } from "./columns";
import { jitter } from "./jitter";
import { Memory } from "./memory";

const themes: Theme[] = ["a", "b", "c"].map((id, i) => ({
  id,
  name: { sv: id },
  paper: i + 1,
  icon: "star",
  closed: id === "c",
}));
const note = (id: string, theme: string, at: number, more: Partial<Note> = {}): Note => ({
  id,
  theme,
  kind: "opinion",
  text: id,
  dir: "ltr",
  at,
  ...more,
});
const cluster = (id: string, theme: string, more: Partial<Cluster> = {}): Cluster => ({ id, name: id, theme, at: 1, ...more });

describe("columns", () => {
  it("draws every note once, and merged ones not by themselves", () => {
    const clusters = new Map([["x", cluster("x", "b")]]);
    const notes = [
      note("1", "a", 1),
      note("2", "a", 2),
      note("3", "a", 3, { cluster: "x" }),
      note("4", "b", 4, { merged: "1" }),
      note("5", "nowhere", 5),
      note("6", "b", 6, { cluster: "gone" }),
    ];
    const hall = columns(themes, notes, clusters);
    expect(hall.notes.size).toBe(5);
    expect(hall.columns.map((c) => [c.theme.id, c.count])).toEqual([
      ["a", 3],
      ["b", 2],
    ]);
    expect(hall.columns[0]!.loose.map((n) => n.id)).toEqual(["5", "2", "1"]);
    expect(hall.columns[1]!.groups[0]!.notes.map((n) => n.id)).toEqual(["3"]);
    expect(fullest(hall)).toBe(3);
  });

  it("shows a closed theme only while notes hang there", () => {
    expect(columns(themes, [note("1", "c", 1)], new Map()).columns.map((c) => c.theme.id)).toEqual(["a", "b", "c"]);
  });
});

describe("the order of groups", () => {
  const group = (id: string, n: number) => ({
    cluster: cluster(id, "a"),
    notes: Array.from({ length: n }, (_, i) => note(`${id}${i}`, "a", i)),
  });
  const ids = (g: { cluster: Cluster }[]) => g.map((x) => x.cluster.id);

  it("is by size, and stands still until it is renewed", () => {
    const before = ordered([group("x", 2), group("y", 5)], [], false);
    expect(ids(before)).toEqual(["y", "x"]);
    const grown = [group("x", 9), group("y", 5), group("z", 7)];
    expect(ids(ordered(grown, ids(before), false))).toEqual(["y", "x", "z"]);
    expect(ids(ordered(grown, ids(before), true))).toEqual(["x", "z", "y"]);
  });

  it("is frozen during the vote, whatever turns", () => {
    const memory = new Memory();
    const column = { theme: themes[0]!, loose: [], groups: [group("x", 2), group("y", 5)], count: 7 };
    memory.groups(column);
    memory.turn(true);
    expect(ids(memory.groups({ ...column, groups: [group("x", 9), group("y", 5)] }))).toEqual(["y", "x"]);
    memory.turn(false);
    expect(ids(memory.groups({ ...column, groups: [group("x", 9), group("y", 5)] }))).toEqual(["x", "y"]);
  });

  it("puts the moderator's note on top, else the one last held up, else the oldest", () => {
    const g = group("x", 3);
    expect(topOf(g, new Map()).id).toBe("x0");
    expect(topOf(g, new Map([["x1", 5]])).id).toBe("x1");
    expect(topOf({ ...g, cluster: cluster("x", "a", { top: "x2" }) }, new Map([["x1", 5]])).id).toBe("x2");
  });

  it("changes a top note only when the page turns or the moderator says so", () => {
    const memory = new Memory();
    const g = group("x", 3);
    const held = new Map<string, number>();
    expect(memory.top(g, held, undefined).id).toBe("x0");
    held.set("x1", 5);
    expect(memory.top(g, held, undefined).id).toBe("x0");
    expect(memory.top({ ...g, cluster: cluster("x", "a", { top: "x2" }) }, held, undefined).id).toBe("x2");
    memory.turn(false);
    expect(memory.top(g, held, "x1").id).toBe("x0");
    memory.turn(false);
    expect(memory.top(g, held, undefined).id).toBe("x1");
  });
});

describe("jitter", () => {
  it("comes from the id alone, within its bounds", () => {
    expect(jitter("abc")).toEqual(jitter("abc"));
    for (let i = 0; i < 1000; i++) {
      const { turn, shift } = jitter(`note ${i}`);
      expect(turn).toBeGreaterThanOrEqual(-0.45);
      expect(turn).toBeLessThanOrEqual(0.5);
      expect(shift).toBeGreaterThanOrEqual(0);
      expect(shift).toBeLessThanOrEqual(1.3);
    }
  });
});
