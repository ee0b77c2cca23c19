import type { Note } from "../client/protocol";

/** Where a note is, as the archive sorts them. */
export type Where = "all" | "archived" | "hidden" | "answered" | "merged" | "waiting" | "flagged";
export const WHERE: readonly Where[] = ["all", "archived", "hidden", "answered", "merged", "waiting", "flagged"];

export interface Filter {
  query: string;
  where: Where;
  theme: string;
  kind: string;
}

const MARKS = /\p{M}/gu;

/** Text without case and diacritics: what is compared. */
export function fold(text: string): string {
  return text.normalize("NFD").replace(MARKS, "").toLowerCase();
}

const folded = new WeakMap<Note, string>();
function foldOf(n: Note): string {
  let f = folded.get(n);
  if (f === undefined) folded.set(n, (f = fold(n.text)));
  return f;
}

/** The words of a query: a note matches when it holds all of them. */
export function terms(query: string): string[] {
  return fold(query).split(/\s+/).filter(Boolean);
}

export function isAt(n: Note, where: Where): boolean {
  switch (where) {
    case "all":
      return n.state !== "withdrawn" && n.state !== "erased";
    case "answered":
      return !!n.answer && isAt(n, "all");
    case "merged":
      return !!n.merged && isAt(n, "all");
    case "flagged":
      return !!n.reports?.length && isAt(n, "all");
    default:
      return n.state === where;
  }
}

/** What was found, newest first, and how many each filter would find with the others as they are. */
export interface Found {
  hits: Note[];
  where: Record<Where, number>;
  theme: Map<string, number>;
  kind: Map<string, number>;
}

export function find(notes: Iterable<Note>, filter: Filter): Found {
  const words = terms(filter.query);
  const found: Found = {
    hits: [],
    where: Object.fromEntries(WHERE.map((w) => [w, 0])) as Record<Where, number>,
    theme: new Map(),
    kind: new Map(),
  };
  const add = (m: Map<string, number>, key: string) => m.set(key, (m.get(key) ?? 0) + 1);
  for (const n of notes) {
    if (!isAt(n, "all") || !words.every((w) => foldOf(n).includes(w))) continue;
    const here = isAt(n, filter.where);
    const theme = !filter.theme || n.theme === filter.theme;
    const kind = !filter.kind || n.kind === filter.kind;
    if (theme && kind) for (const w of WHERE) if (isAt(n, w)) found.where[w]++;
    if (here && kind) add(found.theme, n.theme);
    if (here && theme) add(found.kind, n.kind);
    if (here && theme && kind) found.hits.push(n);
  }
  found.hits.sort((a, b) => b.at - a.at);
  return found;
}

export interface Piece {
  text: string;
  hit: boolean;
}

/** A text in pieces, those marked that a query found: whole graphemes, as they were written. */
export function pieces(text: string, query: string): Piece[] {
  const words = terms(query);
  if (words.length === 0) return [{ text, hit: false }];
  // Each folded character remembers the character it came from.
  const chars = [...text];
  let flat = "";
  const from: number[] = [];
  chars.forEach((c, i) => {
    const f = fold(c);
    flat += f;
    for (let k = 0; k < f.length; k++) from.push(i);
  });
  const hit = new Array<boolean>(chars.length).fill(false);
  for (const w of words) {
    for (let at = flat.indexOf(w); at >= 0; at = flat.indexOf(w, at + w.length)) {
      for (let k = at; k < at + w.length; k++) hit[from[k]!] = true;
    }
  }
  // A mark belongs to the letter before it.
  chars.forEach((c, i) => {
    if (i > 0 && fold(c) === "") hit[i] = hit[i - 1]!;
  });
  const out: Piece[] = [];
  chars.forEach((c, i) => {
    const last = out.at(-1);
    if (last && last.hit === hit[i]) last.text += c;
    else out.push({ text: c, hit: hit[i]! });
  });
  return out;
}
