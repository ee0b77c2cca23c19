import type { Note, Total } from "../client/protocol";
import type { Hall } from "./columns";

/** At most this many rows, and this many stickers in a row. */
export const ROWS = 6;
export const LEADER = 22;
export const QUESTIONS = 3;
const UNITS = [1, 2, 5, 10, 20, 50, 100];

/** What a vote is about: a group, or a note in none. */
export interface Row {
  target: string;
  /** Ties share a rank. */
  rank: number;
  theme: string;
  /** A group's name, or else the note. */
  name?: string;
  note?: Note;
  dots: number;
}
export interface Question {
  note: Note;
  dots: number;
}
export interface Results {
  rows: Row[];
  /** How many votes one sticker stands for. */
  unit: number;
  questions: Question[];
}

/** How many votes one sticker stands for: the least that keeps the leader within its row. */
export function unit(leader: number): number {
  for (const u of UNITS) if (leader <= u * LEADER) return u;
  // Beyond the table the same steps go on: 200, 500, 1,000 …
  let u = 100;
  for (let i = 0; leader > u * LEADER; i++) u *= i % 3 === 1 ? 2.5 : 2;
  return u;
}

/** Stickers in a row; one vote is never drawn as none. */
export function stickers(dots: number, unit: number): number {
  return dots <= 0 ? 0 : Math.min(LEADER, Math.max(1, Math.round(dots / unit)));
}

/** What the hall found most important, and the questions it wants answered. `asks` says which kinds are questions. */
export function results(hall: Hall, totals: ReadonlyMap<string, Total>, asks: ReadonlySet<string>): Results {
  const dotsOn = (target: string) => totals.get(target)?.[0] ?? 0;
  const rows: Row[] = [];
  const questions: Question[] = [];
  for (const { theme, loose, groups } of hall.columns) {
    for (const { cluster } of groups) {
      const target = `c:${cluster.id}`;
      rows.push({ target, rank: 0, theme: theme.id, name: cluster.name, dots: dotsOn(target) });
    }
    for (const note of loose) {
      const target = `n:${note.id}`;
      if (!asks.has(note.kind)) rows.push({ target, rank: 0, theme: note.theme, note, dots: dotsOn(target) });
    }
  }
  for (const note of hall.notes.values())
    if (asks.has(note.kind) && !note.answer) questions.push({ note, dots: dotsOn(`n:${note.id}`) });
  const voted = rows.filter((r) => r.dots > 0).sort((a, b) => b.dots - a.dots || (a.target < b.target ? -1 : 1));
  voted.forEach((r, i) => (r.rank = i > 0 && voted[i - 1]!.dots === r.dots ? voted[i - 1]!.rank : i + 1));
  const shown = voted.slice(0, ROWS);
  return {
    rows: shown,
    unit: unit(shown[0]?.dots ?? 0),
    questions: questions
      .filter((q) => q.dots > 0)
      .sort((a, b) => b.dots - a.dots || a.note.at - b.note.at)
      .slice(0, QUESTIONS),
  };
}

/** Whether row i of n is revealed at a step: from the last to the first. */
export function revealed(i: number, n: number, step: number): boolean {
  return i >= n - step;
}
