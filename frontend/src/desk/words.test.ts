import { expect, test, vi } from "vitest";
import type { Note } from "../client/protocol";

// The desk speaks the browser's language from the start.
vi.stubGlobal("navigator", { languages: ["sv"] });
const { dayOf, reportWords } = await import("./words");

const note = (...reasons: string[]): Note => ({
  ...{ id: "a", theme: "work", kind: "opinion", text: "x", dir: "ltr" as const, at: 0 },
  reports: reasons.map((reason, i) => ({ by: String(i), at: i, reason })),
});

test("reports say how many and for what, most first", () => {
  expect(reportWords(note("rude"))).toBe("Flaggad 1 gång: kan såra någon");
  expect(reportWords(note("rude", "person", "person"))).toBe("Flaggad 3 gånger: pekar ut en person, kan såra någon");
});

test("a day is said, not spelled", () => {
  expect(dayOf("2026-12-15")).toBe("15 december");
});
