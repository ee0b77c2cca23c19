import type { Note } from "../client/protocol";
import { fold } from "./search";

/** From here on two notes are proposed as saying the same. */
const ALIKE = 0.42;

const cache = new WeakMap<Note, Set<string>>();

/** The runs of three letters in a text; short words count with their edges. */
function trigrams(n: Note): Set<string> {
  let grams = cache.get(n);
  if (grams) return grams;
  grams = new Set();
  for (const word of fold(n.text).split(/[^\p{L}\p{N}]+/u)) {
    if (!word) continue;
    const edged = ` ${word} `;
    for (let i = 0; i + 3 <= edged.length; i++) grams.add(edged.slice(i, i + 3));
  }
  cache.set(n, grams);
  return grams;
}

/** How alike two notes are, 0 to 1 (Dice's coefficient of their trigrams). */
export function likeness(a: Note, b: Note): number {
  const [x, y] = [trigrams(a), trigrams(b)];
  if (x.size === 0 || y.size === 0) return 0;
  let both = 0;
  for (const g of x.size < y.size ? x : y) if ((x.size < y.size ? y : x).has(g)) both++;
  return (2 * both) / (x.size + y.size);
}

/** The note on the wall that says most nearly the same, if any does. It is a proposal, never an act. */
export function alike(note: Note, others: Iterable<Note>): Note | undefined {
  let best: Note | undefined;
  let most = ALIKE;
  for (const o of others) {
    if (o.id === note.id || o.state !== "shown" || o.merged) continue;
    const l = likeness(note, o);
    if (l >= most) [best, most] = [o, l];
  }
  return best;
}
