import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const here = import.meta.dirname;
const src = resolve(here, "..");
const languages = readdirSync(here, { withFileTypes: true }).flatMap((d) => (d.isDirectory() ? [d.name] : []));
const faces = ["common", "phone", "projector", "desk", "door"];

type Catalogue = Record<string, string | Record<string, string>>;
const catalogue = (lang: string, face: string): Catalogue =>
  JSON.parse(readFileSync(join(here, lang, `${face}.json`), "utf8")) as Catalogue;

/** Words that blame a person, or say nothing. */
const BANNED: Record<string, RegExp> = {
  sv: /(?<!\p{L})(fel|ogiltig|ogiltigt|ogiltiga|oops|hoppsan)(?!\p{L})/iu,
  en: /(?<!\p{L})(error|errors|invalid|oops)(?!\p{L})/iu,
};
/** Keys that come over the wire. */
const WIRE = ["refusal.", "reason.", "did.", "phase.", "state."];

const forms = (entry: string | Record<string, string>): string[] => (typeof entry === "string" ? [entry] : Object.values(entry));
const places = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!))].sort();

test("there are two languages at least", () => expect(languages).toEqual(expect.arrayContaining(["sv", "en"])));

describe.each(faces)("%s", (face) => {
  const first = catalogue("sv", face);

  describe.each(languages)("%s", (lang) => {
    const own = catalogue(lang, face);

    test("has exactly the keys of the others, in their order", () => expect(Object.keys(own)).toEqual(Object.keys(first)));

    test("has a plural exactly where the others have", () => {
      const kinds = (c: Catalogue): string[] => Object.entries(c).map(([key, v]) => `${key}:${typeof v}`);
      expect(kinds(own)).toEqual(kinds(first));
    });

    test("has the plural forms of its language", () => {
      const needed = new Intl.PluralRules(lang).resolvedOptions().pluralCategories.slice().sort();
      for (const [key, v] of Object.entries(own))
        if (typeof v !== "string") expect({ [key]: Object.keys(v).sort() }).toEqual({ [key]: needed });
    });

    test("puts the same values in", () => {
      for (const [key, v] of Object.entries(own)) {
        const wanted = places(forms(first[key]!).join(""));
        expect({ [key]: places(forms(v).join("")) }).toEqual({ [key]: wanted });
        if (typeof v !== "string") expect({ [key]: places(v["other"]!) }).toEqual({ [key]: wanted });
      }
    });

    test("blames nobody, and is never empty", () => {
      for (const [key, v] of Object.entries(own)) {
        for (const text of forms(v)) {
          expect(text.trim(), key).not.toBe("");
          expect(text, key).not.toMatch(BANNED[lang] ?? /^$/);
        }
      }
    });
  });
});

describe("keys and sources", () => {
  const sources = (folder: string): string =>
    readdirSync(join(src, folder), { recursive: true, withFileTypes: true })
      .filter((f) => f.isFile() && /\.(ts|svelte)$/.test(f.name) && !f.name.endsWith(".test.ts"))
      .map((f) => readFileSync(join(f.parentPath, f.name), "utf8"))
      .join("\n");
  const text = Object.fromEntries(["phone", "projector", "desk", "door"].map((f) => [f, sources(f)]));
  const all = Object.values(text).join("\n") + sources("ui") + sources("client");

  /** Keys written out, and the beginnings of those put together. */
  function used(source: string, face: string): { keys: Set<string>; beginnings: string[] } {
    const key = new RegExp(`["'\`](${face}\\.[\\w.]+)["'\`]`, "g");
    const begun = new RegExp(`\`(${face}\\.[\\w.]*)\\$\\{`, "g");
    return {
      keys: new Set([...source.matchAll(key)].map((m) => m[1]!)),
      beginnings: [...source.matchAll(begun)].map((m) => m[1]!),
    };
  }

  test.each(faces)("every key of %s that is used exists", (face) => {
    const have = catalogue("sv", face);
    const { keys } = used(face === "common" ? all : text[face]!, face);
    expect([...keys].filter((k) => !(k in have))).toEqual([]);
  });

  test.each(faces)("every key of %s is used", (face) => {
    const source = face === "common" ? all : text[face]!;
    const unused = Object.keys(catalogue("sv", face)).filter((k) => {
      const { keys, beginnings } = used(source, k.split(".")[0]!);
      return !WIRE.some((w) => k.startsWith(w)) && !keys.has(k) && !beginnings.some((b) => k.startsWith(b));
    });
    expect(unused).toEqual([]);
  });
});

test("every refusal and every event of the hub has its words", () => {
  const go = (file: string): string => readFileSync(resolve(here, `../../../hub/wall/${file}.go`), "utf8");
  const own = catalogue("sv", "common");
  const codes = [...go("refusal").matchAll(/\bCode = "(\w+)"/g)].map((m) => `refusal.${m[1]}`);
  const events = [...go("event").matchAll(/\bEventName = "(\w+)"/g)].map((m) => `did.${m[1]}`);
  expect(codes.length).toBeGreaterThan(10);
  expect(events.length).toBeGreaterThan(20);
  expect([...codes, ...events].filter((key) => !(key in own))).toEqual([]);
});
