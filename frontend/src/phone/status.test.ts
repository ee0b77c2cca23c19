import { expect, test } from "vitest";
import type { MyNote, Settings } from "../client/protocol";
import { makeSpeech } from "./speech";
import { lines, signature, type Around } from "./status";

const speech = makeSpeech("sv");
const settings = { frozen: false } as Settings;
const mine = (more: Partial<MyNote>): MyNote => ({
  id: "a",
  theme: "work",
  kind: "opinion",
  text: "x",
  dir: "ltr",
  at: 0,
  state: "shown",
  until: 0,
  ...more,
});
const said = (note: MyNote, around: Partial<Around> = {}): string[] =>
  lines(note, { speech, settings, now: 1000, together: 0, ...around }).map((l) => [l.text, l.quote].filter(Boolean).join(" · "));

test.each<[string, Partial<MyNote>, Partial<Around>, string[]]>([
  ["read first", { state: "waiting" }, {}, ["Läses av moderator"]],
  ["goes up by itself", { state: "waiting", due: 9000 }, {}, ["Går upp av sig själv om 8 sekunder"]],
  ["any moment", { state: "waiting", due: 1000 }, {}, ["Går upp strax"]],
  ["up", {}, {}, ["På väggen"]],
  ["in a group", {}, { group: "SFI" }, ["På väggen · SFI"]],
  ["with others, counted", {}, { together: 3, dots: 16 }, ["Ihop med 3 liknande · 16 röster"]],
  [
    "why not",
    { state: "archived", why: { code: "person", text: "Namnet." } },
    {},
    ["Inte på väggen: pekar ut en person · Namnet."],
  ],
  ["not, for a reason of another time", { state: "hidden", why: { code: "zzz" } }, {}, ["Inte på väggen"]],
  ["withdrawn", { state: "withdrawn" }, {}, ["Du tog tillbaka den"]],
  ["erased", { state: "erased", answer: { at: 0, by: "" } }, {}, ["Raderad av den som ordnar väggen"]],
  ["in writing", { answer: { at: 0, by: "", text: "Ja." } }, {}, ["På väggen", "Svar · Ja."]],
  ["promised", { answer: { at: 0, by: "", promise: "2026-06-03" } }, {}, ["På väggen", "Svar lovat till 3 juni"]],
])("%s", (_, note, around, expected) => expect(said(mine(note), around)).toEqual(expected));

test("on stage, with the time", () => {
  const at = new Date(2026, 5, 3, 14, 20).getTime();
  expect(said(mine({ answer: { at, by: "" } }))[1]).toBe("Besvarad på scenen 14:20");
});

test("a frozen wall says that it stands still", () => {
  const note = mine({ state: "waiting", due: 9000 });
  expect(said(note, { settings: { frozen: true } as Settings })[0]).toContain("står stilla");
});

test("news is what an author would want to know, not an edit of one's own", () => {
  const note = mine({});
  expect(signature({ ...note, text: "y" })).toBe(signature(note));
  for (const change of [{ state: "hidden" as const }, { cluster: "c" }, { merged: "b" }, { answer: { at: 1, by: "" } }])
    expect(signature({ ...note, ...change })).not.toBe(signature(note));
});
