import { expect, test } from "vitest";
import { measure, tidy } from "./text";

test("counts what a reader would call characters", () => {
  expect(measure("åäö", 10).left).toBe(7);
  expect(measure("a\u030a", 10).left).toBe(9);
  expect(measure("👩‍👩‍👧‍👦", 10).left).toBe(9);
  expect(measure("مرحبا", 10).left).toBe(5);
});

test("counts the text as it will be kept", () => {
  expect(tidy("  en \t lapp \n\n\n\n till ")).toBe("en lapp\n\ntill");
  expect(measure("  a  b  ", 10).left).toBe(7);
});

test("at the limit it fits, one more does not", () => {
  expect(measure("x".repeat(280), 280)).toEqual({ left: 0 });
  expect(measure("x".repeat(281), 280)).toEqual({ left: -1, not: "long" });
});

test("six lines fit, seven do not", () => {
  expect(measure("1\n2\n3\n4\n5\n6", 280).not).toBeUndefined();
  expect(measure("1\n2\n3\n4\n5\n6\n7", 280).not).toBe("lines");
});

test("nothing but blanks is nothing", () => expect(measure(" \n ", 280).not).toBe("empty"));
