import { expect, test } from "vitest";
import { keyAct } from "./keys";

const key = (k: string, more: object = {}) => ({
  key: k,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  ...more,
});

test("the map", () => {
  const acts = ["j", "k", "a", "e", "h", "g", "m", "q", "p", "b", "/", "u", "?", "1", "8", "9", "x"].map((k) =>
    keyAct(key(k), true, false, false),
  );
  expect(acts).toEqual([
    "next",
    "previous",
    "show",
    "archive",
    "hide",
    "group",
    "merge",
    "answer",
    "project",
    "blank",
    "search",
    "undo",
    "help",
    "theme1",
    "theme8",
    undefined,
    undefined,
  ]);
  expect(keyAct(key("P", { shiftKey: true }), true, false, false)).toBe("queue");
  // With caps lock on, a letter is still that letter.
  expect(keyAct(key("A"), true, false, false)).toBe("show");
});

test("silent in text, with modifiers, while composing, and when turned off", () => {
  expect(keyAct(key("a"), true, true, false)).toBeUndefined();
  expect(keyAct(key("a", { ctrlKey: true }), true, false, false)).toBeUndefined();
  expect(keyAct(key("a", { isComposing: true }), true, false, false)).toBeUndefined();
  expect(keyAct(key("a"), false, false, false)).toBeUndefined();
  expect(keyAct(key("Escape"), false, true, false)).toBe("leave");
});

test("the arrows turn with the page", () => {
  expect(keyAct(key("ArrowRight"), true, false, false)).toBe("forward");
  expect(keyAct(key("ArrowRight"), true, false, true)).toBe("back");
});
