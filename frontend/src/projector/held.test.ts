import { describe, expect, it } from "vitest";
import type { Note } from "../client/protocol";
import { stay, Turns } from "./held";

const note = (id: string, theme: string, at: number, text = id): Note => ({ id, theme, kind: "opinion", text, dir: "ltr", at });
const wall = (...notes: Note[]) => new Map(notes.map((n) => [n.id, n]));
const themes = ["a", "b"];

/** Looks often for a while, and tells who was held. */
function watch(t: Turns, notes: Map<string, Note>, from: number, to: number, queue: string[] = [], pick?: string): string[] {
  const seen: string[] = [];
  for (let now = from; now < to; now += 200) if (t.look(now, notes, themes, queue, pick) && t.held) seen.push(t.held.id);
  return seen;
}

describe("the ledge", () => {
  it("holds a note for nine seconds and sixty milliseconds a character, at most twenty", () => {
    expect(stay("")).toBe(9000);
    expect(stay("åäö")).toBe(9180);
    expect(stay("x".repeat(500))).toBe(20000);
  });

  it("takes the newest never held, themes in turn, then who waited longest", () => {
    const notes = wall(note("a1", "a", 1), note("a2", "a", 2), note("b1", "b", 3), note("b2", "b", 4));
    const t = new Turns();
    expect(watch(t, notes, 0, 60_000).slice(0, 6)).toEqual(["a2", "b2", "a1", "b1", "a2", "b2"]);
  });

  it("takes a note that has just come before those held before", () => {
    const notes = wall(note("a1", "a", 1), note("b1", "b", 2));
    const t = new Turns();
    watch(t, notes, 0, 30_000);
    notes.set("a9", note("a9", "a", 9));
    expect(watch(t, notes, 30_000, 50_000)).toContain("a9");
  });

  it("lets go of a note that is taken down, at once", () => {
    const notes = wall(note("a1", "a", 1), note("b1", "b", 2));
    const t = new Turns();
    t.look(0, notes, themes, []);
    const first = t.held!.id;
    notes.delete(first);
    expect(t.look(200, notes, themes, [])).toBe(true);
    expect(t.held!.id).not.toBe(first);
    notes.clear();
    t.look(400, notes, themes, []);
    expect(t.held).toBeUndefined();
  });

  it("serves the moderator's queue in its order, each once, and a pick at once", () => {
    const notes = wall(note("a1", "a", 1), note("a2", "a", 2), note("b1", "b", 3), note("b2", "b", 4));
    const t = new Turns();
    t.look(0, notes, themes, []);
    expect(watch(t, notes, 200, 40_000, ["b1", "a1"]).slice(0, 3)).toEqual(["b1", "a1", "b2"]);
    const pick = [...notes.keys()].find((id) => id !== t.held!.id)!;
    expect(t.look(40_000, notes, themes, [], pick)).toBe(true);
    expect(t.held!.id).toBe(pick);
    expect(watch(t, notes, 40_200, 60_000, [], pick)[0]).not.toBe(pick);
  });

  it("keeps no more than the notes there are", () => {
    const notes = wall();
    const t = new Turns();
    for (let i = 0; i < 500; i++) {
      notes.clear();
      notes.set(`n${i}`, note(`n${i}`, "a", i));
      t.look(i * 30_000, notes, themes, []);
    }
    expect(t.heldAt.size).toBeLessThan(60);
  });
});
