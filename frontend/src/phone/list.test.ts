import { expect, test } from "vitest";
import type { Cluster, Note, Total } from "../client/protocol";
import { arrange, ordered, ranks } from "./list";

const note = (id: string, more: Partial<Note> = {}): Note => ({
  id,
  theme: "work",
  kind: "opinion",
  text: id,
  dir: "ltr",
  at: 0,
  ...more,
});
const wall = (notes: Note[], clusters: Partial<Cluster>[] = []): ReturnType<typeof arrange> =>
  arrange(
    new Map(notes.map((n) => [n.id, n])),
    new Map(clusters.map((c) => [c.id!, { name: "", theme: "work", at: 0, ...c } as Cluster])),
  );

test("a note is by itself, in a group, or behind another; never twice", () => {
  const a = wall([note("a"), note("b", { cluster: "c" }), note("m", { merged: "a" })], [{ id: "c" }]);
  expect(ordered(a, undefined, "time", new Map()).sort()).toEqual(["c:c", "n:a"]);
  expect(a.groups.get("c")!.notes.map((n) => n.id)).toEqual(["b"]);
  expect(a.behind.get("a")!.map((n) => n.id)).toEqual(["m"]);
  expect(a.notes.has("m")).toBe(false);
});

test("what is merged into a merged note stands behind the last", () => {
  const a = wall([note("a"), note("b", { merged: "a" }), note("c", { merged: "b" })]);
  expect(
    a.behind
      .get("a")!
      .map((n) => n.id)
      .sort(),
  ).toEqual(["b", "c"]);
});

test("a note merged into one that is not shown is not drawn; a circle ends", () => {
  const a = wall([note("b", { merged: "gone" }), note("x", { merged: "y" }), note("y", { merged: "x" })]);
  expect([a.notes.size, a.behind.size]).toEqual([0, 0]);
});

test("a note whose group is not there hangs by itself, and a group without notes is not drawn", () => {
  const a = wall([note("a", { cluster: "gone" })], [{ id: "empty" }]);
  expect(ordered(a, undefined, "time", new Map())).toEqual(["n:a"]);
});

test("newest first; a group counts as new as its newest note", () => {
  const notes = [
    note("a", { at: 3 }),
    note("b", { at: 1, cluster: "c" }),
    note("d", { at: 5, cluster: "c" }),
    note("e", { at: 4 }),
  ];
  expect(ordered(wall(notes, [{ id: "c" }]), undefined, "time", new Map())).toEqual(["c:c", "n:e", "n:a"]);
});

test("for voting the largest groups first", () => {
  const notes = [note("a", { at: 9 }), note("b", { cluster: "c" }), note("d", { cluster: "f" }), note("e", { cluster: "f" })];
  expect(ordered(wall(notes, [{ id: "c" }, { id: "f" }]), undefined, "vote", new Map())).toEqual(["c:f", "c:c", "n:a"]);
});

test("results by dots, then people; those with as many share their rank, those without have none", () => {
  const totals = new Map<string, Total>([
    ["n:a", [2, 2]],
    ["n:b", [4, 2]],
    ["n:c", [4, 3]],
  ]);
  const keys = ordered(wall([note("a"), note("b"), note("c"), note("d")]), undefined, "total", totals);
  expect(keys).toEqual(["n:c", "n:b", "n:a", "n:d"]);
  expect([...ranks(keys, totals)]).toEqual([
    ["n:c", 1],
    ["n:b", 1],
    ["n:a", 3],
  ]);
});

test("a theme shows its notes, and its groups whole", () => {
  const notes = [note("a", { theme: "health" }), note("b", { theme: "health", cluster: "c" }), note("d")];
  const a = wall(notes, [{ id: "c" }]);
  expect(ordered(a, "health", "time", new Map())).toEqual(["n:a"]);
  expect(ordered(a, "work", "time", new Map()).sort()).toEqual(["c:c", "n:d"]);
});

test("the moderator's choice lies on top, else the first in order", () => {
  const notes = [note("a", { cluster: "c", order: 2 }), note("b", { cluster: "c", order: 1 })];
  expect(wall(notes, [{ id: "c" }]).groups.get("c")!.top.id).toBe("b");
  expect(wall(notes, [{ id: "c", top: "a" }]).groups.get("c")!.top.id).toBe("a");
});

test("a vote is no reason to sort, unless the order is that of totals", () => {
  const unasked = new Map();
  unasked.get = () => {
    throw new Error("asked for totals");
  };
  const a = wall([note("a"), note("b")]);
  expect(ordered(a, undefined, "time", unasked)).toHaveLength(2);
  expect(ordered(a, undefined, "vote", unasked)).toHaveLength(2);
});
