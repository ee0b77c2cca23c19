import type { Note } from "../client/protocol";

const BASE = 9_000;
const PER_CHARACTER = 60;
const MOST = 20_000;

/** How long a note is held up: long enough to be read aloud by somebody new to the language. */
export function stay(text: string): number {
  return Math.min(MOST, BASE + PER_CHARACTER * [...text].length);
}

/** The note on the ledge. */
export interface Held {
  id: string;
  since: number;
  until: number;
}

/**
 * Whose turn it is on the ledge. The moderator's picks come first, then notes
 * never held (newest first, themes in turn), then the one that waited longest.
 */
export class Turns {
  held: Held | undefined;
  /** When each note was last held up; never more than there are notes. */
  readonly heldAt = new Map<string, number>();
  #theme = "";
  #pick: string | undefined;
  /** Picks of the queue that have had their turn and are still queued. */
  #served = new Set<string>();

  /**
   * Looks at the clock. `pick` is held at once, for one turn; `queue` is next
   * in its order. True when another note is held than before.
   */
  look(
    now: number,
    notes: ReadonlyMap<string, Note>,
    themes: readonly string[],
    queue: readonly string[],
    pick?: string,
  ): boolean {
    for (const id of this.#served) if (!queue.includes(id)) this.#served.delete(id);
    if (this.heldAt.size > notes.size + 50) for (const id of this.heldAt.keys()) if (!notes.has(id)) this.heldAt.delete(id);
    const before = this.held?.id;
    if (pick !== this.#pick) {
      this.#pick = pick;
      if (pick !== undefined && notes.has(pick)) {
        this.#hold(notes.get(pick)!, now);
        return before !== pick;
      }
    }
    if (this.held && notes.has(this.held.id) && now < this.held.until) return false;
    const next = this.#next(notes, themes, queue);
    if (!next) this.held = undefined;
    else this.#hold(next, now);
    return this.held?.id !== before;
  }

  #hold(note: Note, now: number): void {
    this.held = { id: note.id, since: now, until: now + stay(note.text) };
    this.heldAt.set(note.id, now);
    this.#theme = note.theme;
  }

  #next(notes: ReadonlyMap<string, Note>, themes: readonly string[], queue: readonly string[]): Note | undefined {
    for (const id of queue) {
      const note = notes.get(id);
      if (!note || this.#served.has(id)) continue;
      this.#served.add(id);
      return note;
    }
    const fresh = new Map<string, Note>();
    let oldest: Note | undefined;
    for (const note of notes.values()) {
      const at = this.heldAt.get(note.id);
      if (at === undefined) {
        const other = fresh.get(note.theme);
        if (!other || note.at > other.at || (note.at === other.at && note.id > other.id)) fresh.set(note.theme, note);
      } else if (!oldest || at < this.heldAt.get(oldest.id)!) oldest = note;
    }
    const from = themes.indexOf(this.#theme) + 1;
    for (let i = 0; i < themes.length; i++) {
      const note = fresh.get(themes[(from + i) % themes.length]!);
      if (note) return note;
    }
    return fresh.values().next().value ?? oldest;
  }
}
