import type { Cluster, Note, Total } from "../client/protocol";

/** Notes gathered under a name, those that stand for themselves, in their order. */
export interface Group {
  cluster: Cluster;
  notes: Note[];
  /** The one that lies on top. */
  top: Note;
  /** When its newest note came. */
  at: number;
}

/** A wall, sorted into what is drawn. */
export interface Arranged {
  /** Notes that stand for themselves, by id. */
  notes: Map<string, Note>;
  groups: Map<string, Group>;
  /** What has been merged into a note, by its id. */
  behind: Map<string, Note[]>;
}

export type Order = "time" | "vote" | "total";

const NONE: Total = [0, 0];

/** Puts each note where it is drawn: by itself, in a group, or behind another. */
export function arrange(notes: Map<string, Note>, clusters: Map<string, Cluster>): Arranged {
  const arranged: Arranged = { notes: new Map(), groups: new Map(), behind: new Map() };
  const members = new Map<string, Note[]>();
  for (const note of notes.values()) {
    if (note.merged) {
      const root = rootOf(note, notes);
      if (root) push(arranged.behind, root.id, note);
      continue;
    }
    arranged.notes.set(note.id, note);
    if (note.cluster && clusters.has(note.cluster)) push(members, note.cluster, note);
  }
  for (const [id, list] of members) {
    list.sort((a, b) => (a.order ?? 0) - (b.order ?? 0) || b.at - a.at || (a.id < b.id ? -1 : 1));
    const cluster = clusters.get(id)!;
    const top = list.find((n) => n.id === cluster.top) ?? list[0]!;
    arranged.groups.set(id, { cluster, notes: list, top, at: Math.max(...list.map((n) => n.at)) });
  }
  return arranged;
}

function rootOf(note: Note, notes: Map<string, Note>): Note | undefined {
  let root: Note | undefined = note;
  for (let steps = 0; root?.merged && steps < notes.size; steps++) root = notes.get(root.merged);
  return root?.merged ? undefined : root;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/**
 * What a list shows, as targets ("n:" and "c:"), in the order asked for. Totals
 * are looked at only where they decide it: a vote is else no reason to sort
 * thousands of notes.
 */
export function ordered(a: Arranged, theme: string | undefined, order: Order, totals: Map<string, Total>): string[] {
  const rows: { key: string; at: number; size: number; total: Total }[] = [];
  const row = (key: string, at: number, size: number): void => {
    rows.push({ key, at, size, total: (order === "total" && totals.get(key)) || NONE });
  };
  for (const [id, g] of a.groups) if (!theme || g.cluster.theme === theme) row(`c:${id}`, g.at, g.notes.length);
  for (const [id, n] of a.notes) {
    if (!(n.cluster && a.groups.has(n.cluster)) && (!theme || n.theme === theme)) row(`n:${id}`, n.at, 0);
  }
  rows.sort((x, y) => {
    if (order === "vote" && x.size !== y.size) return y.size - x.size;
    if (order === "total" && x.total[0] !== y.total[0]) return y.total[0] - x.total[0];
    if (order === "total" && x.total[1] !== y.total[1]) return y.total[1] - x.total[1];
    return y.at - x.at || (x.key < y.key ? -1 : 1);
  });
  return rows.map((r) => r.key);
}

/** The rank of each target with dots; those with as many share it. */
export function ranks(keys: string[], totals: Map<string, Total>): Map<string, number> {
  const ranks = new Map<string, number>();
  let before = -1;
  let rank = 0;
  keys.forEach((key, i) => {
    const dots = totals.get(key)?.[0] ?? 0;
    if (dots === 0) return;
    if (dots !== before) rank = i + 1;
    before = dots;
    ranks.set(key, rank);
  });
  return ranks;
}
