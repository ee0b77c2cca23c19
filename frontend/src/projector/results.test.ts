import { describe, expect, it } from "vitest";
import type { Note, Total } from "../client/protocol";
import { columns } from "./columns";
import { results, revealed, stickers, unit } from "./results";
import { digits, grouped, remaining, stepsReached } from "./timer";

const theme = { id: "a", name: { sv: "A" }, paper: 1, icon: "star" };
const note = (id: string, more: Partial<Note> = {}): Note => ({
  id,
  theme: "a",
  kind: "o",
  text: id,
  dir: "ltr",
  at: 1,
  ...more,
});

describe("results", () => {
  it("chooses the least unit that keeps the leader within its row", () => {
    expect([0, 22, 23, 44, 45, 110, 220, 440, 441, 1100, 2200, 2201, 4401].map(unit)).toEqual([
      1, 1, 2, 2, 5, 5, 10, 20, 50, 50, 100, 200, 500,
    ]);
    expect(stickers(412, 20)).toBe(21);
    expect(stickers(1, 100)).toBe(1);
    expect(stickers(0, 1)).toBe(0);
  });

  it("ranks groups and loose notes, ties sharing a rank, questions apart", () => {
    const notes = [
      note("1"),
      note("2"),
      note("3", { kind: "q" }),
      note("4", { kind: "q", cluster: "x" }),
      note("5", { kind: "q", answer: { at: 1, by: "" } }),
      ...Array.from({ length: 8 }, (_, i) => note(`m${i}`)),
    ];
    const hall = columns([theme], notes, new Map([["x", { id: "x", name: "X", theme: "a", at: 1 }]]));
    const totals = new Map<string, Total>([
      ["c:x", [9, 3]],
      ["n:1", [5, 2]],
      ["n:2", [5, 5]],
      ["n:3", [7, 4]],
      ["n:4", [8, 4]],
      ["n:5", [99, 4]],
      ...Array.from({ length: 8 }, (_, i) => [`n:m${i}`, [i % 4, 1]] as [string, Total]),
    ]);
    const r = results(hall, totals, new Set(["q"]));
    expect(r.rows.map((x) => [x.target, x.rank])).toEqual([
      ["c:x", 1],
      ["n:1", 2],
      ["n:2", 2],
      ["n:m3", 4],
      ["n:m7", 4],
      ["n:m2", 6],
    ]);
    expect(r.questions.map((q) => q.note.id)).toEqual(["4", "3"]);
  });

  it("reveals rows from the last to the first", () => {
    const at = (step: number) => [0, 1, 2].map((i) => revealed(i, 3, step));
    expect(at(0)).toEqual([false, false, false]);
    expect(at(1)).toEqual([false, false, true]);
    expect(at(3)).toEqual([true, true, true]);
    expect(at(99)).toEqual([true, true, true]);
  });
});

describe("the timer", () => {
  it("counts down by the hub's clock, or stands while paused", () => {
    expect(remaining({}, 5)).toBeUndefined();
    expect(remaining({ ends: 1000 }, 400)).toBe(600);
    expect(remaining({ ends: 1000 }, 4000)).toBe(0);
    expect(remaining({ left: 700 }, 4000)).toBe(700);
    expect([0, 1, 760_000, 3_599_000, 3_600_000, 7_384_000].map(digits)).toEqual([
      "00:00",
      "00:01",
      "12:40",
      "59:59",
      "1:00:00",
      "2:03:04",
    ]);
  });
  it("reads codes in groups", () => {
    expect(grouped("482715")).toBe("482\u00a0715");
    expect(grouped("48271563")).toBe("4827\u00a01563");
    expect(stepsReached("write")).toBe(1);
    expect(stepsReached("closed")).toBe(4);
  });
});
