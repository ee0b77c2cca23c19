import { expect, test, vi } from "vitest";
import { direction, preferred, Speech } from "./speech.svelte";

const sv = {
  "a.left": { one: "{n} röst kvar", other: "{n} röster kvar" },
  "a.hello": "Hej {name}, {name}!",
  "a.many": "{n} lappar",
};
const en = { "a.left": { one: "{n} vote left", other: "{n} votes left" }, "a.hello": "Hello {name}", "a.many": "{n} notes" };
const speech = (lang: string): Speech<typeof sv> => new Speech({ sv, en }, lang);

test("chooses the plural by n and puts the values in", () => {
  const s = speech("sv");
  expect(s.t("a.left", { n: 1 })).toBe("1 röst kvar");
  expect(s.t("a.left", { n: 0 })).toBe("0 röster kvar");
  expect(s.t("a.hello", { name: "Amina" })).toBe("Hej Amina, Amina!");
});

test("groups numbers as the language does, in digits 0-9", () => {
  expect(speech("sv").t("a.many", { n: 12345 }).replace(/\s/g, " ")).toBe("12 345 lappar");
  expect(speech("en").t("a.many", { n: 12345 })).toBe("12,345 notes");
});

test("changes language, and falls back to Swedish for one it has not", () => {
  const s = speech("tlh");
  expect(s.lang).toBe("sv");
  s.lang = "en";
  expect(s.t("a.left", { n: 2 })).toBe("2 votes left");
});

test("words in several languages: this one, else the wall's, else any", () => {
  const s = speech("en");
  expect(s.words({ sv: "Hälsa", en: "Health" })).toBe("Health");
  expect(s.words({ sv: "Hälsa", fi: "Terveys" }, "fi")).toBe("Terveys");
  expect(s.words({ ar: "الصحة" })).toBe("الصحة");
  expect(s.words(undefined)).toBe("");
});

test("text inside a value is not looked into", () => {
  expect(speech("en").t("a.hello", { name: "{n} $& {name}" })).toBe("Hello {n} $& {name}");
});

test("directions", () => {
  expect(["ar", "fa", "ckb", "sv", "so"].map(direction)).toEqual(["rtl", "rtl", "rtl", "ltr", "ltr"]);
});

test("prefers what was chosen, then the device's languages, then Swedish", () => {
  vi.stubGlobal("navigator", { languages: ["so-SO", "en-GB", "sv"] });
  expect(preferred(["sv", "en"])).toBe("en");
  expect(preferred(["sv", "en"], "sv")).toBe("sv");
  expect(preferred(["sv", "en"], "xx")).toBe("en");
  vi.stubGlobal("navigator", { languages: ["so"] });
  expect(preferred(["sv", "en"])).toBe("sv");
  vi.unstubAllGlobals();
});
