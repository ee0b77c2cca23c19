import type { Cluster, Note, Settings, Total } from "../client/protocol";

/** Notes of one theme that are in no group, or one group. */
export interface Column {
  /** "loose:" and a theme, or "c:" and a cluster: also where a note is dropped. */
  key: string;
  theme: string;
  cluster?: Cluster;
  notes: Note[];
}
export interface ThemeBoard {
  loose: Column;
  groups: Column[];
  count: number;
}
export type Sort = "new" | "old" | "votes";

/** The desk's picture of all notes, drawn up once per change. */
export interface Piles {
  /** Waiting for a moderator, oldest first. */
  inbox: Note[];
  /** Reported and not set aside, most reports first. */
  flagged: Note[];
  boards: Map<string, ThemeBoard>;
  /** Notes that stand behind another, by the one that stands for them. */
  behind: Map<string, Note[]>;
  /** Notes on the wall, those behind others not counted. */
  up: number;
}

export const isQuestion = (n: Note, settings: Settings): boolean =>
  (settings.kinds ?? []).some((k) => k.id === n.kind && k.mark === "?");

/** The note that stands for a merged one. */
export function rootOf(notes: ReadonlyMap<string, Note>, n: Note): Note {
  let root = n;
  for (let i = 0; root.merged && i < 50; i++) {
    const next = notes.get(root.merged);
    if (!next) break;
    root = next;
  }
  return root;
}

/** Sorts all notes into inbox, boards and what stands behind what. */
export function piles(
  notes: ReadonlyMap<string, Note>,
  clusters: ReadonlyMap<string, Cluster>,
  themes: readonly string[],
): Piles {
  const p: Piles = { inbox: [], flagged: [], boards: new Map(), behind: new Map(), up: 0 };
  for (const theme of themes) {
    p.boards.set(theme, { loose: { key: `loose:${theme}`, theme, notes: [] }, groups: [], count: 0 });
  }
  const groups = new Map<string, Column>();
  for (const c of [...clusters.values()].sort(byOrder)) {
    const column: Column = { key: `c:${c.id}`, theme: c.theme, cluster: c, notes: [] };
    groups.set(c.id, column);
    p.boards.get(c.theme)?.groups.push(column);
  }
  for (const n of notes.values()) {
    if (n.reports?.length && (n.state === "waiting" || n.state === "shown")) p.flagged.push(n);
    if (n.state === "waiting") p.inbox.push(n);
    if (n.state !== "shown") continue;
    if (n.merged && notes.has(n.merged)) {
      const root = rootOf(notes, n).id;
      p.behind.set(root, [...(p.behind.get(root) ?? []), n]);
      continue;
    }
    const column = (n.cluster && groups.get(n.cluster)) || p.boards.get(n.theme)?.loose;
    const board = column && p.boards.get(column.theme);
    if (!board) continue;
    column.notes.push(n);
    board.count++;
    p.up++;
  }
  p.inbox.sort((a, b) => a.at - b.at);
  p.flagged.sort((a, b) => (b.reports?.length ?? 0) - (a.reports?.length ?? 0) || a.at - b.at);
  for (const g of groups.values()) g.notes.sort(byOrder);
  return p;
}

function byOrder(a: { order?: number; at: number; id: string }, b: { order?: number; at: number; id: string }): number {
  return (a.order ?? 0) - (b.order ?? 0) || a.at - b.at || (a.id < b.id ? -1 : 1);
}

/** The same notes in the order the moderator chose. */
export function sorted(notes: readonly Note[], sort: Sort, totals: ReadonlyMap<string, Total>): Note[] {
  const dots = (n: Note) => totals.get(`n:${n.id}`)?.[0] ?? 0;
  return [...notes].sort((a, b) => {
    if (sort === "votes" && dots(a) !== dots(b)) return dots(b) - dots(a);
    return sort === "old" ? a.at - b.at : b.at - a.at;
  });
}

/**
 * Deals columns out over the width there is: loose notes first, then each
 * group under the last, always in the same column, so that nothing moves
 * sideways when a note is added.
 */
export function deal(columns: readonly Column[], wide: number): Column[][] {
  const lanes: Column[][] = Array.from({ length: Math.max(1, wide) }, () => []);
  const loose = columns.filter((c) => !c.cluster);
  const groups = columns.filter((c) => c.cluster);
  lanes[0]!.push(...loose);
  groups.forEach((g, i) => lanes[lanes.length === 1 ? 0 : 1 + (i % (lanes.length - 1))]!.push(g));
  return lanes;
}
