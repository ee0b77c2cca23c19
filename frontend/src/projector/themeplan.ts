import type { Note } from "../client/protocol";
import type { Column, Group } from "./columns";
import { grains, grainsHeight, type Grains } from "./packing";

/** A group's notes on one page of a theme; no group: those without one. */
export interface Chunk {
  group: Group | undefined;
  notes: Note[];
  /** How many the group has in all. */
  count: number;
  rest: Grains;
  /** The notes of the column before it go on here, under the same name. */
  on?: boolean;
}
/** What one theme's columns measure, in u. */
export interface Field {
  room: number;
  width: number;
  columns: number;
  note(note: Note): number;
  label(name: string, count: string): number;
}

/** Notes of one group on a page. */
export const PER_GROUP = 4;
/** Pages that are turned; what does not fit on them is grains. */
export const PAGES = 12;
export const NOTE_GAP = 2.6;
export const CHUNK_GAP = 4.4;
const LABEL_BELOW = 2.4;
const REST_ABOVE = 2.6;

interface Block {
  group: Group | undefined;
  notes: Note[];
  done: number;
}

/** The pages of one group: its notes are spread over the columns. */
function groupPlan(group: Group, field: Field): Chunk[][][] {
  const block: Block = { group, notes: inOrder(group), done: 0 };
  const pages: Chunk[][][] = [];
  while (block.done < block.notes.length && pages.length < PAGES) {
    const page: Chunk[] = [];
    const start = block.done;
    while (page.length < field.columns && block.done < block.notes.length) {
      const share = Math.ceil((block.notes.length - block.done) / (field.columns - page.length));
      const chunk = cut(block, field.room, "", field, share) ?? force(block);
      block.done += chunk.notes.length;
      page.push({ ...chunk, rest: grains([]), ...(page.length > 0 && { on: true }) });
    }
    const others = [...block.notes.slice(block.done), ...block.notes.slice(0, start)];
    page.at(-1)!.rest = grains(others);
    pages.push(page.map((chunk) => [chunk]));
  }
  return pages;
}

/** The pages of a theme (or of one of its groups): each three columns of chunks. */
export function themePlan(column: Column, cluster: string | undefined, bare: string, field: Field): Chunk[][][] {
  const one = cluster === undefined ? undefined : column.groups.find((g) => g.cluster.id === cluster);
  if (one) return groupPlan(one, field);
  const blocks: Block[] = [...column.groups]
    .sort((a, b) => b.notes.length - a.notes.length || a.cluster.at - b.cluster.at)
    .map((group) => ({ group, notes: inOrder(group), done: 0 }));
  if (column.loose.length > 0) blocks.push({ group: undefined, notes: column.loose, done: 0 });
  const pages: Chunk[][][] = [];
  // Each round is a page of its own, so that no note is drawn twice on one.
  for (let open = blocks; open.length > 0 && pages.length < PAGES; open = open.filter((b) => b.done < b.notes.length)) {
    let page: Chunk[][] | undefined;
    let left = 0;
    for (const block of open) {
      let chunk = page && cut(block, left - (page.at(-1)!.length > 0 ? CHUNK_GAP : 0), bare, field);
      // A group that would lose notes at the foot of a column goes to the next one whole.
      const whole = cut(block, field.room, bare, field) ?? force(block);
      if (!chunk || (chunk.notes.length < whole.notes.length && chunk.notes.length < 2)) {
        chunk = whole;
        if (!page || page.length === field.columns) pages.push((page = []));
        page.push([]);
        left = field.room;
      } else left -= CHUNK_GAP;
      if (pages.length > PAGES) break;
      page!.at(-1)!.push(chunk);
      block.done += chunk.notes.length;
      left -= heightOf(chunk, bare, field);
    }
  }
  return pages.slice(0, PAGES);
}

function inOrder(group: Group): Note[] {
  return [...group.notes].sort((a, b) => (a.order ?? 0) - (b.order ?? 0) || a.at - b.at);
}

/** The next notes of a block that fit, at least one. */
function cut(block: Block, room: number, bare: string, field: Field, most = PER_GROUP): Chunk | undefined {
  for (let n = Math.min(most, block.notes.length - block.done); n > 0; n--) {
    const chunk = take(block, n);
    if (heightOf(chunk, bare, field) <= room) return chunk;
  }
  return undefined;
}

/** One note, even if it is higher than a column: it is cut there rather than lost. */
function force(block: Block): Chunk {
  return take(block, 1);
}

function take(block: Block, n: number): Chunk {
  const notes = block.notes.slice(block.done, block.done + n);
  const others = [...block.notes.slice(block.done + n), ...block.notes.slice(0, block.done)];
  return { group: block.group, notes, count: block.notes.length, rest: grains(others) };
}

function heightOf(chunk: Chunk, bare: string, field: Field): number {
  const notes = chunk.notes.reduce((sum, n, i) => sum + field.note(n) + (i > 0 ? NOTE_GAP : 0), 0);
  const rest = chunk.rest.notes.length > 0 ? REST_ABOVE + grainsHeight(chunk.rest, field.width, "large", 14) : 0;
  return field.label(chunk.group?.cluster.name ?? bare, String(chunk.count)) + LABEL_BELOW + notes + rest;
}
