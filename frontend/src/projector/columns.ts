import type { Cluster, Note, Theme } from "../client/protocol";

/** Notes that belong together under a name. Merged notes stand behind another and are not here. */
export interface Group {
  cluster: Cluster;
  /** Oldest first. */
  notes: Note[];
}
/** What hangs under one theme. */
export interface Column {
  theme: Theme;
  /** In no group, newest first. */
  loose: Note[];
  groups: Group[];
  /** Notes drawn here: each is one note or one grain. */
  count: number;
}
export interface Hall {
  columns: Column[];
  /** Every note that stands for itself, by id. */
  notes: Map<string, Note>;
}

/** A hall before anything is known of it. */
export const NOTHING: Hall = { columns: [], notes: new Map() };

const newest = (a: Note, b: Note) => b.at - a.at || (a.id < b.id ? 1 : -1);

/**
 * Sorts the hall's notes under their themes. A note in a group hangs where
 * the group does, in its own theme's paper. A closed theme without notes is
 * not shown. One pass over all notes: cheap enough for every batch.
 */
export function columns(themes: Theme[], notes: Iterable<Note>, clusters: ReadonlyMap<string, Cluster>): Hall {
  const found = new Map<string, Column>(themes.map((theme) => [theme.id, { theme, loose: [], groups: [], count: 0 }]));
  const groups = new Map<string, Group>();
  const all = new Map<string, Note>();
  const first = found.values().next().value;
  for (const note of notes) {
    if (note.merged) continue;
    const cluster = note.cluster === undefined ? undefined : clusters.get(note.cluster);
    // A theme the wall does not know (yet): better in the wrong place than nowhere.
    const column = found.get((cluster ?? note).theme) ?? first;
    if (!column) continue;
    all.set(note.id, note);
    column.count++;
    if (!cluster) {
      column.loose.push(note);
      continue;
    }
    let group = groups.get(cluster.id);
    if (!group) {
      group = { cluster, notes: [] };
      groups.set(cluster.id, group);
      column.groups.push(group);
    }
    group.notes.push(note);
  }
  for (const c of found.values()) c.loose.sort(newest);
  for (const g of groups.values()) g.notes.sort((a, b) => -newest(a, b));
  return { columns: [...found.values()].filter((c) => c.count > 0 || !c.theme.closed), notes: all };
}

/** The fullest column's number of notes. */
export function fullest(hall: Hall): number {
  return Math.max(0, ...hall.columns.map((c) => c.count));
}

/**
 * Groups by number of notes. Those of `before` keep their places and new ones
 * come last, unless the order is renewed (when a page turns, never during a vote).
 */
export function ordered(groups: Group[], before: readonly string[], renew: boolean): Group[] {
  const largest = [...groups].sort((a, b) => b.notes.length - a.notes.length || a.cluster.at - b.cluster.at);
  if (renew || before.length === 0) return largest;
  const place = new Map(before.map((id, i) => [id, i]));
  const at = (g: Group) => place.get(g.cluster.id) ?? before.length;
  return largest
    .map((g, i) => ({ g, i }))
    .sort((a, b) => at(a.g) - at(b.g) || a.i - b.i)
    .map(({ g }) => g);
}

/** The note on top of a group: the moderator's choice, else the one last held up, else the oldest. */
export function topOf(group: Group, heldAt: ReadonlyMap<string, number>): Note {
  const chosen = group.notes.find((n) => n.id === group.cluster.top);
  if (chosen) return chosen;
  let top = group.notes[0]!;
  for (const n of group.notes) if ((heldAt.get(n.id) ?? 0) > (heldAt.get(top.id) ?? 0)) top = n;
  return top;
}

/** Whether a question has its answer: a promise of one is not it. */
export const answered = (note: Note): boolean => note.answer !== undefined && !note.answer.promise;
