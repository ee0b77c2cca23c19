import type { Total } from "../client/protocol";
import type { Piles } from "./columns";

export interface Rank {
  key: string;
  theme: string;
  dots: number;
}
/** As many rows as are projected. */
export const ROWS_MOST = 6;

/** What has most dots: groups, and notes in no group. */
export function ranking(piles: Piles, totals: ReadonlyMap<string, Total>): Rank[] {
  const rows: Rank[] = [];
  const add = (key: string, theme: string) => {
    const dots = totals.get(key)?.[0] ?? 0;
    if (dots > 0) rows.push({ key, theme, dots });
  };
  for (const board of piles.boards.values()) {
    for (const n of board.loose.notes) add(`n:${n.id}`, n.theme);
    for (const g of board.groups) if (g.notes.length) add(g.key, g.theme);
  }
  return rows.sort((a, b) => b.dots - a.dots || (a.key < b.key ? -1 : 1)).slice(0, ROWS_MOST);
}
