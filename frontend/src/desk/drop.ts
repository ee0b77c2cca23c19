import type { Commands, Note, Verb } from "../client/protocol";

/** One command, not sent yet. */
export type Ask = { [V in Verb]: { verb: V; args: Commands[V] } }[Verb];

/** Where something is let go: "loose:" theme, "c:" cluster, "theme:" theme, "new:" theme. */
export interface Drop {
  to: string;
  /** The note that it comes before, in a group. */
  before?: string | undefined;
}

/** What letting notes go there asks of the wall. Nothing, when they lie there already. */
export function asks(notes: readonly Note[], drop: Drop, fresh: { id: string; name: string }): Ask[] {
  const ids = notes.map((n) => n.id);
  const [what, where] = split(drop.to);
  if (ids.length === 0) return [];
  if (what === "new") return [{ verb: "make_cluster", args: { id: fresh.id, name: fresh.name, theme: where, notes: ids } }];
  if (what === "c") {
    if (drop.before && ids.includes(drop.before)) return [];
    const args = { cluster: where, notes: ids, ...(drop.before ? { before: drop.before } : {}) };
    return [{ verb: "gather", args }];
  }
  const list: Ask[] = [];
  const grouped = notes.filter((n) => n.cluster).map((n) => n.id);
  const strangers = notes.filter((n) => n.theme !== where).map((n) => n.id);
  if (grouped.length) list.push({ verb: "scatter", args: { notes: grouped } });
  if (strangers.length) list.push({ verb: "move", args: { notes: strangers, theme: where } });
  return list;
}

export function split(key: string): [what: string, where: string] {
  const at = key.indexOf(":");
  return [key.slice(0, at), key.slice(at + 1)];
}

/** The note that a point lies before, by the middle of each; nothing: last. */
export function beforeAt(rows: readonly { id: string; top: number; bottom: number }[], y: number): string | undefined {
  return rows.find((r) => y < (r.top + r.bottom) / 2)?.id;
}

/** A place among the columns, for those who move a note with keys. */
export interface Spot {
  column: number;
  /** 0 is first; the column's length is last. */
  row: number;
}

/** The next place by an arrow key. Loose columns have one place only: their order is the clock's. */
export function stepSpot(at: Spot, key: string, lengths: readonly (number | undefined)[], rtl: boolean): Spot {
  const last = (column: number) => lengths[column] ?? 0;
  const sideways = { ArrowLeft: rtl ? 1 : -1, ArrowRight: rtl ? -1 : 1 }[key];
  if (sideways) {
    const column = Math.min(lengths.length - 1, Math.max(0, at.column + sideways));
    return column === at.column ? at : { column, row: Math.min(at.row, last(column)) };
  }
  if (key === "ArrowUp") return { ...at, row: Math.max(0, at.row - 1) };
  if (key === "ArrowDown") return { ...at, row: Math.min(last(at.column), at.row + 1) };
  if (key === "Home") return { ...at, row: 0 };
  if (key === "End") return { ...at, row: last(at.column) };
  return at;
}
