import { LANGUAGES, preferred, Speech } from "../client/speech.svelte";
import enCommon from "../locales/en/common.json";
import enDesk from "../locales/en/desk.json";
import svCommon from "../locales/sv/common.json";
import svDesk from "../locales/sv/desk.json";

const sv = { ...svCommon, ...svDesk };
const en = { ...enCommon, ...enDesk };
type Words = typeof sv;
/** Every text the desk can say. */
export type Key = keyof Words & string;

const LANG = "wall.desk.lang";
const kept = (key: string): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // A browser that keeps nothing: then nothing is remembered.
  }
};

/** What the desk says, in the moderator's language. */
export const speech = new Speech<Words>({ sv, en } as Record<string, Words>, preferred(Object.keys(LANGUAGES), kept(LANG)));
export const t = speech.t;

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}
export const remembered = kept;

export function speak(lang: string): void {
  speech.lang = lang;
  remember(LANG, lang);
}

/** The text for a key that came over the wire, or another. */
export function said(key: string, otherwise: Key, args: Record<string, string | number> = {}): string {
  return speech.has(key) ? t(key, args) : t(otherwise, args);
}

/** "för 20 s sedan". */
export function ago(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 5) return t("desk.ago.now");
  if (s < 90) return t("desk.ago.s", { n: s });
  if (s < 5400) return t("desk.ago.min", { n: Math.round(s / 60) });
  return t("desk.ago.h", { n: Math.round(s / 3600) });
}

/** What people wrote, inside our own sentence: it keeps its direction, and the sentence keeps its own. */
export const isolated = (text: string): string => `\u2068${text}\u2069`;

/** The beginning of a text, to name a note by. */
export function brief(text: string, most = 32): string {
  const flat = text.replace(/\s+/g, " ").trim();
  const chars = [...flat];
  return chars.length <= most
    ? flat
    : `${chars
        .slice(0, most - 1)
        .join("")
        .trimEnd()} …`;
}

/** A language by its name in the desk's language. */
export function languageName(tag: string | undefined): string {
  if (!tag) return "";
  try {
    return new Intl.DisplayNames([speech.lang, "sv"], { type: "language" }).of(tag) ?? "";
  } catch {
    return ""; // A tag no browser knows says nothing.
  }
}
