import { expect, test } from "vitest";
import { note } from "./fixtures";
import { find, fold, pieces } from "./search";
import { alike, likeness } from "./similar";

const marked = (text: string, query: string) =>
  pieces(text, query)
    .map((p) => (p.hit ? `[${p.text}]` : p.text))
    .join("");

test("case and diacritics make no difference", () => {
  expect(fold("HYRÅN é")).toBe("hyran e");
  expect(marked("Höj HYRAN nu", "hyra")).toBe("Höj [HYRA]N nu");
  expect(marked("Ålder och älder", "alder")).toBe("[Ålder] och [älder]");
});

test("the marks stand where the words were written, in any script", () => {
  expect(marked("e\u0301l och el", "el")).toBe("[e\u0301l] och [el]");
  expect(marked("👩‍👧 hyra 👩‍👧 hyra", "hyra")).toBe("👩‍👧 [hyra] 👩‍👧 [hyra]");
  expect(marked("مُدَرِّس جديد", "مدرس")).toBe("[مُدَرِّس] جديد");
  expect(marked("hyra hyra", "")).toBe("hyra hyra");
  expect(marked("İstanbul", "istanbul")).toBe("[İstanbul]");
});

const notes = [
  note("a", { text: "Sänk hyran", at: 1 }),
  note("b", { text: "Hyran för stor lägenhet", at: 2, state: "archived", theme: "housing" }),
  note("c", { text: "Vem satte hyran?", at: 3, kind: "question", answer: { at: 0, by: "" } }),
  note("d", { text: "", state: "erased", at: 4 }),
  note("e", { text: "hyran", state: "waiting", at: 5, reports: [{ by: "", at: 0, reason: "rude" }] }),
];
const all = { query: "", where: "all", theme: "", kind: "" } as const;

test("all words must be there; newest first; what is erased is not found", () => {
  expect(find(notes, { ...all, query: "hyran STOR" }).hits.map((n) => n.id)).toEqual(["b"]);
  expect(find(notes, all).hits.map((n) => n.id)).toEqual(["e", "c", "b", "a"]);
});

test("each count is what choosing that filter would find", () => {
  const f = find(notes, { ...all, query: "hyran" });
  expect(f.where).toEqual({ all: 4, archived: 1, hidden: 0, answered: 1, merged: 0, waiting: 1, flagged: 1 });
  for (const where of ["archived", "answered", "waiting"] as const)
    expect(find(notes, { ...all, query: "hyran", where }).hits).toHaveLength(f.where[where]);
  expect(f.theme.get("housing")).toBe(1);
  expect(find(notes, { ...all, theme: "housing" }).where.archived).toBe(1);
  expect(f.kind.get("question")).toBe(1);
});

test("alike: nearly the same words, on the wall, not itself", () => {
  const a = note("1", { text: "Hur kan tolk bli självklart hos tandläkaren?" });
  const b = note("2", { text: "hur kan tolk bli sjalvklart hos tandlakare" });
  const c = note("3", { text: "Fler träd i Frihamnen" });
  expect(likeness(a, b)).toBeGreaterThan(0.8);
  expect(alike(a, [a, c, b])?.id).toBe("2");
  expect(alike(a, [a, c])).toBeUndefined();
  expect(alike(a, [{ ...b, state: "archived" }])).toBeUndefined();
  expect(likeness(note("x", { text: "?" }), note("y", { text: "!" }))).toBe(0);
});
