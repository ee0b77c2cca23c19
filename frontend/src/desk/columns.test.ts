import { expect, test } from "vitest";
import { deal, piles, rootOf, sorted } from "./columns";
import { byId, cluster, note } from "./fixtures";

const THEMES = ["health", "work"];

test("each note is in exactly one place", () => {
  const notes = byId(
    note("loose", { at: 1 }),
    note("in", { cluster: "c", order: 2 }),
    note("first", { cluster: "c", order: 1, theme: "work" }),
    note("wait", { state: "waiting", at: 5 }),
    note("wait0", { state: "waiting", at: 2 }),
    note("gone", { state: "archived" }),
    note("behind", { merged: "loose" }),
  );
  const p = piles(notes, byId(cluster("c")), THEMES);
  expect(p.inbox.map((n) => n.id)).toEqual(["wait0", "wait"]);
  const health = p.boards.get("health")!;
  expect(health.loose.notes.map((n) => n.id)).toEqual(["loose"]);
  // A member keeps its own theme; the group stands under its own.
  expect(health.groups[0]!.notes.map((n) => n.id)).toEqual(["first", "in"]);
  expect(health.count).toBe(3);
  expect(p.boards.get("work")!.count).toBe(0);
  expect(p.behind.get("loose")!.map((n) => n.id)).toEqual(["behind"]);
  expect(p.up).toBe(3);
});

test("a note of a group that is gone is loose", () => {
  const p = piles(byId(note("a", { cluster: "gone" })), new Map(), THEMES);
  expect(p.boards.get("health")!.loose.notes).toHaveLength(1);
});

test("flagged: most reports first, those set aside not", () => {
  const r = (n: number) => Array.from({ length: n }, () => ({ by: "", at: 0, reason: "rude" }));
  const p = piles(
    byId(note("one", { reports: r(1) }), note("two", { reports: r(2) }), note("hid", { state: "hidden", reports: r(9) })),
    new Map(),
    THEMES,
  );
  expect(p.flagged.map((n) => n.id)).toEqual(["two", "one"]);
});

test("what stands for what stands for a note; a circle ends", () => {
  const notes = byId(
    note("a", { merged: "b" }),
    note("b", { merged: "c" }),
    note("c"),
    note("x", { merged: "y" }),
    note("y", { merged: "x" }),
  );
  expect(rootOf(notes, notes.get("a")!).id).toBe("c");
  expect(["x", "y"]).toContain(rootOf(notes, notes.get("x")!).id);
});

test("order by age and by dots", () => {
  const list = [note("a", { at: 1 }), note("b", { at: 2 }), note("c", { at: 3 })];
  const ids = (s: "new" | "old" | "votes") => sorted(list, s, new Map([["n:a", [4, 2]]])).map((n) => n.id);
  expect(ids("new")).toEqual(["c", "b", "a"]);
  expect(ids("old")).toEqual(["a", "b", "c"]);
  expect(ids("votes")).toEqual(["a", "c", "b"]);
});

test("groups keep their lane when another comes", () => {
  const column = (id: string) => ({ key: `c:${id}`, theme: "health", cluster: cluster(id), notes: [] });
  const loose = { key: "loose:health", theme: "health", notes: [] };
  const lane = (id: string, all: string[]) =>
    deal([loose, ...all.map(column)], 3).findIndex((l) => l.some((c) => c.key === `c:${id}`));
  for (const id of ["a", "b", "c"]) expect(lane(id, ["a", "b", "c", "d"])).toBe(lane(id, ["a", "b", "c"]));
  expect(deal([loose, column("a")], 1)[0]).toHaveLength(2);
});
