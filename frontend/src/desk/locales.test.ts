import { expect, test } from "vitest";
import en from "../locales/en/desk.json";
import sv from "../locales/sv/desk.json";

type Entry = string | Record<string, string>;
const holes = (e: Entry) =>
  [...new Set((typeof e === "string" ? [e] : Object.values(e)).flatMap((x) => x.match(/\{\w+\}/g) ?? []))].sort();

test("both languages say the same things, with the same holes in them", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(sv).sort());
  for (const [key, entry] of Object.entries(sv as Record<string, Entry>)) {
    expect(holes((en as Record<string, Entry>)[key]!), key).toEqual(holes(entry));
  }
});
