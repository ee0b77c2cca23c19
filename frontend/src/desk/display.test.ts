import { expect, test } from "vitest";
import { change, enqueue, fresh, linkFor, next, previous, QUEUE_MOST, reorder, spotlight, turn, unqueue } from "./display";
import { digits, left, more, pause, resume, start } from "./timer";
import { added } from "./themes";

const THEMES = ["health", "work"];

test("a display is always whole, and off is left out", () => {
  expect(change({ ...fresh(), dark: true }, { dark: false })).toEqual({ view: "overview", qr: true });
  expect(change(fresh(), { qr: false })).toEqual({ view: "overview", qr: false });
});

test("a link to one of several displays names it before the secret", () => {
  expect(linkFor("http://h/1/projector#s", "1")).toBe("http://h/1/projector#s");
  expect(linkFor("http://h/1/projector#s", "2")).toBe("http://h/1/projector?display=2#s");
});

test("the queue: each once, moved, emptied, at most so many", () => {
  const d = enqueue(enqueue(fresh(), ["a", "b"]), ["b", "c"]);
  expect(d.queue).toEqual(["a", "b", "c"]);
  expect(reorder(d, "c", -1).queue).toEqual(["a", "c", "b"]);
  expect(reorder(d, "a", -1)).toBe(d);
  expect(unqueue(unqueue(unqueue(d, "a"), "b"), "c").queue).toBeUndefined();
  expect(
    enqueue(
      fresh(),
      Array.from({ length: 30 }, (_, i) => `n${i}`),
    ).queue,
  ).toHaveLength(QUEUE_MOST);
});

test("next: rows of results, themes, or the next in turn", () => {
  expect(next({ ...fresh(), view: "results" }, THEMES)).toMatchObject({ step: 1 });
  expect(next({ ...fresh(), view: "theme", theme: "health" }, THEMES)).toMatchObject({ theme: "work" });
  expect(next({ ...fresh(), view: "theme", theme: "work" }, THEMES)).toBeUndefined();
  expect(next(enqueue(fresh(), ["a", "b"]), THEMES)).toMatchObject({ view: "note", note: "a", queue: ["b"] });
  expect(next(fresh(), THEMES)).toBeUndefined();
});

test("back: the note before comes again, the one shown is next", () => {
  const d = spotlight(enqueue(fresh(), ["c"]), "b");
  expect(previous(d, THEMES, ["a"])).toMatchObject({ view: "note", note: "a", queue: ["b", "c"] });
  expect(previous(d, THEMES, [])).toBeUndefined();
  expect(previous({ ...fresh(), view: "results", step: 2 }, THEMES, [])).toMatchObject({ step: 1 });
  expect(previous({ ...fresh(), view: "results" }, THEMES, ["a"])).toBeUndefined();
});

test("results begin with no row", () => {
  expect(turn({ ...fresh(), step: 4 }, "results").step).toBeUndefined();
  expect(turn({ ...fresh(), view: "results", step: 4 }, "results").step).toBe(4);
});

test("the timer is absolute: paused and gone on, a minute more", () => {
  const t = start(5, 1000, true);
  expect(t).toEqual({ ends: 301000, length: 300000, advance: true });
  const p = pause(t, 61000);
  expect(p).toEqual({ left: 240000, length: 300000, advance: true });
  expect(left(p, 999999)).toBe(240000);
  expect(resume(p, 100000).ends).toBe(340000);
  expect(more(t, 1000).ends).toBe(361000);
  // What has run out begins again from now.
  expect(more(t, 999000).ends).toBe(1059000);
  expect(left({}, 0)).toBeUndefined();
  expect(left(t, 999999)).toBe(0);
});

test("digits", () => {
  expect([0, 999, 61000, 3600000, 3723000].map(digits)).toEqual(["00:00", "00:01", "01:01", "1:00:00", "1:02:03"]);
});

test("a new theme has a paper, a shape and an id of its own", () => {
  const list = [1, 2, 3].map((paper) => ({ id: `theme-${paper + 2}`, name: {}, paper, icon: "heart" }));
  expect(added(list, "Tema", "sv")).toEqual({ id: "theme-6", name: { sv: "Tema 4" }, paper: 4, icon: "briefcase" });
});
