import type { Display, Note } from "../client/protocol";
import type { Column, Hall } from "./columns";
import type { Density } from "./density";
import type { Packed } from "./packing";
import type { Chunk } from "./themeplan";

export interface DrawnColumn {
  column: Column;
  packed: Packed;
  /** Most lines of its loose notes. */
  lines: number;
}

/** What is on the wall now. Plain data: the components draw it and decide nothing. */
export interface Picture {
  hall: Hall;
  display: Display;
  density: Density;
  /** Type size of notes, in u. */
  size: number;
  columns: DrawnColumn[];
  /** Columns that a page has room for. */
  across: number;
  page: number;
  pages: number;
  held: Note | undefined;
  /** In a crowded hall, the two that came last. */
  lane: Note[];
  /** The note that has just come down. */
  lifted: string | undefined;
  /** Pages of one theme. */
  theme: { column: Column; pages: Chunk[][][]; page: number } | undefined;
  /** Notes drawn to be read: above a number of them nothing glides. */
  drawn: number;
}

/** The same picture, standing still: only notes that may be seen no more have left it. */
export function still(p: Picture, here: (n: Note) => boolean, dark: boolean): Picture {
  const keep = <T extends { notes: Note[] }>(of: T): T => ({ ...of, notes: of.notes.filter(here) });
  return {
    ...p,
    display: { ...p.display, still: true, dark },
    hall: { ...p.hall, notes: new Map([...p.hall.notes].filter(([, n]) => here(n))) },
    held: p.held && here(p.held) ? p.held : undefined,
    lane: p.lane.filter(here),
    columns: p.columns.map(({ column, packed, lines }) => ({
      column,
      lines,
      packed: {
        ...packed,
        read: packed.read.filter(here),
        rest: keep(packed.rest),
        away: keep(packed.away),
        groups: packed.groups.map((g) => ({ ...g, top: g.top && here(g.top) ? g.top : undefined, grains: keep(g.grains) })),
      },
    })),
    theme: p.theme && {
      ...p.theme,
      pages: p.theme.pages.map((page) => page.map((column) => column.map((c) => ({ ...keep(c), rest: keep(c.rest) })))),
    },
  };
}
