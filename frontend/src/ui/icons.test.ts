import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { bring, shape, TOOLS } from "./icons";
import { MORE } from "./moreicons";

const src = resolve(import.meta.dirname, "..");
const text = (...parts: string[]): string =>
  parts
    .flatMap((part) => readdirSync(join(src, part)).map((name) => join(src, part, name)))
    .filter((name) => /\.(svelte|ts)$/.test(name) && !/test|icons\.ts$/.test(name))
    .map((name) => readFileSync(name, "utf8"))
    .join("\n");
const named = (name: string, all: string): boolean => new RegExp(`["'\`]${name}["'\`]`).test(all);

test("a tool that only larger pages have is named nowhere that a phone looks", () => {
  const phone = text("phone", "door", "ui");
  expect(Object.keys(MORE).filter((name) => named(name, phone))).toEqual([]);
});

test("every shape that a page carries is used by it", () => {
  const large = text("desk", "projector", "ui");
  expect(Object.keys(MORE).filter((name) => !named(name, large))).toEqual([]);
  const phone = text("phone", "door", "ui");
  expect(Object.keys(TOOLS).filter((name) => !named(name, phone))).toEqual([]);
});

test("a page that brings more has all of them", () => {
  expect(shape("gear")).toBeUndefined();
  bring(MORE);
  expect(shape("gear")).toBe(MORE.gear);
  expect(shape("pen")).toBe(TOOLS.pen);
});
