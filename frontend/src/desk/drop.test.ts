import { expect, test } from "vitest";
import { asks, beforeAt, split, stepSpot } from "./drop";
import { note } from "./fixtures";

const fresh = { id: "new-id", name: "Ny grupp" };

test("into a group, before a note or last", () => {
  expect(asks([note("a")], { to: "c:g", before: "b" }, fresh)).toEqual([
    { verb: "gather", args: { cluster: "g", notes: ["a"], before: "b" } },
  ]);
  expect(asks([note("a")], { to: "c:g" }, fresh)).toEqual([{ verb: "gather", args: { cluster: "g", notes: ["a"] } }]);
  expect(asks([note("a")], { to: "c:g", before: "a" }, fresh)).toEqual([]);
});

test("onto a theme: out of the group and over", () => {
  expect(asks([note("a", { cluster: "g" }), note("b")], { to: "theme:work" }, fresh)).toEqual([
    { verb: "scatter", args: { notes: ["a"] } },
    { verb: "move", args: { notes: ["a", "b"], theme: "work" } },
  ]);
});

test("where it lies already: nothing", () => {
  expect(asks([note("a")], { to: "loose:health" }, fresh)).toEqual([]);
  expect(asks([], { to: "new:health" }, fresh)).toEqual([]);
});

test("a new group", () => {
  expect(asks([note("a")], { to: "new:health" }, fresh)).toEqual([
    { verb: "make_cluster", args: { id: "new-id", name: "Ny grupp", theme: "health", notes: ["a"] } },
  ]);
  expect(split("theme:a:b")).toEqual(["theme", "a:b"]);
});

test("the slot opens by the middle of each note", () => {
  const rows = [
    { id: "a", top: 0, bottom: 100 },
    { id: "b", top: 100, bottom: 200 },
  ];
  expect([0, 49, 50, 149, 150].map((y) => beforeAt(rows, y))).toEqual(["a", "a", "b", "b", undefined]);
});

test("arrow keys: within a group, between columns, mirrored", () => {
  const lengths = [undefined, 3, 1, undefined];
  expect(stepSpot({ column: 1, row: 3 }, "ArrowDown", lengths, false)).toEqual({ column: 1, row: 3 });
  expect(stepSpot({ column: 1, row: 3 }, "ArrowRight", lengths, false)).toEqual({ column: 2, row: 1 });
  expect(stepSpot({ column: 1, row: 0 }, "ArrowRight", lengths, true)).toEqual({ column: 0, row: 0 });
  expect(stepSpot({ column: 0, row: 0 }, "ArrowLeft", lengths, false)).toEqual({ column: 0, row: 0 });
  expect(stepSpot({ column: 3, row: 0 }, "ArrowRight", lengths, false)).toEqual({ column: 3, row: 0 });
  expect(stepSpot({ column: 1, row: 1 }, "Home", lengths, false)).toEqual({ column: 1, row: 0 });
  expect(stepSpot({ column: 1, row: 1 }, "x", lengths, false)).toEqual({ column: 1, row: 1 });
});
