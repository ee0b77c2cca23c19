import type { Note } from "../client/protocol";
import { ordered, topOf, type Column, type Group } from "./columns";

/** Loose notes looked at for a column: more are never drawn to be read. */
const CANDIDATES = 24;

/** What a column keeps until its page turns, so that nothing moves under the eye. */
export class Memory {
  page = 0;
  #order: string[] = [];
  #reading: string[] = [];
  #tops = new Map<string, string>();

  /** The page turns: groups are ordered anew, top notes and notes to read chosen anew; in a frozen order only the latter. */
  turn(frozen: boolean): void {
    this.#reading = [];
    if (frozen) return;
    this.#order = [];
    this.#tops.clear();
  }

  groups(column: Column): Group[] {
    const groups = ordered(column.groups, this.#order, this.#order.length === 0);
    this.#order = groups.map((g) => g.cluster.id);
    return groups;
  }

  /** Loose notes that may be drawn to be read: those that were, then the newest. */
  readable(column: Column): Note[] {
    const kept = this.#reading.map((id) => column.loose.find((n) => n.id === id)).filter((n) => n !== undefined);
    const others = column.loose.filter((n) => !this.#reading.includes(n.id));
    return [...kept, ...others].slice(0, CANDIDATES);
  }

  reads(notes: Note[]): void {
    this.#reading = notes.map((n) => n.id);
  }

  /** A group's top note. The one on the ledge is not here: it comes back to the top of its group later. */
  top(group: Group, heldAt: ReadonlyMap<string, number>, held: string | undefined): Note {
    const { cluster, notes } = group;
    const known = this.#tops.get(cluster.id);
    const kept = notes.find((n) => n.id === known);
    const chosen = cluster.top && cluster.top !== known && notes.some((n) => n.id === cluster.top);
    if (kept && !chosen) return kept;
    const others = notes.length > 1 ? { cluster, notes: notes.filter((n) => n.id !== held || n.id === cluster.top) } : group;
    const top = topOf(others.notes.length > 0 ? others : group, heldAt);
    this.#tops.set(cluster.id, top.id);
    return top;
  }
}

/** The memories of all columns, by theme. */
export class Memories {
  #all = new Map<string, Memory>();

  of(column: Column): Memory {
    const id = column.theme.id;
    const known = this.#all.get(id) ?? new Memory();
    this.#all.set(id, known);
    return known;
  }

  /** Every column starts at its first page. */
  rewind(): void {
    for (const m of this.#all.values()) m.page = 0;
  }

  /** Forgets themes that are no more. */
  keep(columns: Column[]): void {
    const here = new Set(columns.map((c) => c.theme.id));
    for (const id of this.#all.keys()) if (!here.has(id)) this.#all.delete(id);
  }
}
