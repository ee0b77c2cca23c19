import type { Note } from "../client/protocol";
import type { Group } from "./columns";

/**
 * How a column is filled, all lengths in u.
 * hang: loose notes on top, the largest groups as stacks at the foot.
 * pile: crowded; groups with a grain for each note.
 * vote: groups without numbers or grains.
 */
export type Mode = "hang" | "pile" | "vote";
export type Level = "foot" | "big" | "small";

/** What the column measures. Heights come from real type, in u. */
export interface Yard {
  mode: Mode;
  room: number;
  width: number;
  /** Most lines of a loose note; LINES unless there are few. */
  lines?: number;
  note(note: Note, lines: number, stacked: boolean): number;
  label(name: string, count: string, level: Level): number;
  topOf(group: Group): Note;
}

/** Notes as grains; what is beyond the limit is a number. */
export interface Grains {
  notes: Note[];
  more: number;
}
export interface PackedGroup {
  group: Group;
  level: Level;
  top: Note | undefined;
  lines: number;
  grains: Grains;
}
export interface Packed {
  /** Loose notes drawn to be read. */
  read: Note[];
  /** The other loose notes. */
  rest: Grains;
  /** The groups of this page. */
  groups: PackedGroup[];
  /** The groups of other pages. */
  away: Grains & { groups: number };
  page: number;
  pages: number;
  /** A grain that there is room to read. */
  spare: Note | undefined;
}

/** Grains drawn for one group; the rest of them is "+ n". */
export const GRAINS = 42;
/** Groups of a crowded column's page, and how many of them show their top note. */
export const PILES = 4;
const TOPS = 2;
/** A longer name is not written large. */
const BIG = 26;
/** Lines of a note in the overview. */
export const LINES = 4;
/** Loose notes above groups. */
const ABOVE = 4;

export const LOOSE_GAP = 1.6;
export const GROUP_GAP = 1.8;
const SHEETS = 1.3;
const FOLDED = 1.7;
const PITCH = { small: 2.05, large: 2.5 };
const GRAINS_ABOVE = 1.1;
const REST_ABOVE = 1.9;
const TEXT_HEIGHT = 2.8;
/** A character of the text after grains, at 2.3u, and what grains are set in by. */
const CHARACTER = 1.14;
const INDENT = 1.2;

/** Cuts notes to what is drawn one by one. */
export function grains(notes: Note[], most = GRAINS): Grains {
  return { notes: notes.slice(0, most), more: Math.max(0, notes.length - most) };
}

/** How high a run of grains is, with a text of so many characters after the last one. */
export function grainsHeight(g: Grains, width: number, size: "small" | "large", characters = 0): number {
  if (g.notes.length === 0) return 0;
  const pitch = PITCH[size];
  const row = Math.max(1, Math.floor((width - INDENT) / pitch));
  const after = characters + (g.more > 0 ? digits(g.more) + 3 : 0);
  const last = g.notes.length % row || row;
  const beside = after === 0 || last * pitch + 0.7 + after * CHARACTER <= width - INDENT;
  const rows = Math.ceil(g.notes.length / row) + (beside ? 0 : 1);
  return after > 0 ? (rows - 1) * pitch + TEXT_HEIGHT : rows * pitch;
}

/** How long the text after grains may be, in characters, with its numbers: "118 utan grupp", "och 12 grupper till". */
const TEXT = { rest: 11, away: 17 };
const digits = (n: number) => String(n).length;

interface Choice {
  tops: number;
  lines: number;
}

/** Fills one column. `readable` are the loose notes that may be drawn to be read, first ones first. */
export function pack(loose: Note[], readable: Note[], groups: Group[], page: number, yard: Yard): Packed {
  const { mode, room, width } = yard;
  const slices = paginate(loose, readable, groups, yard);
  const at = slices.length === 0 ? 0 : ((page % slices.length) + slices.length) % slices.length;
  const slice = slices[at] ?? { groups: [], choice: { tops: TOPS, lines: LINES } };
  const shown = new Set(slice.groups);
  const others = groups.filter((g) => !shown.has(g));
  const away = { ...grains(mode === "vote" ? [] : others.flatMap((g) => g.notes)), groups: others.length };
  const packed = slice.groups.map((g, i) => packGroup(g, i, slice.choice, yard));
  const left = room - heightOf(packed, yard) - awayHeight(away, width, mode);
  const most = mode === "hang" && slice.groups.length > 0 ? ABOVE : readable.length;
  const read = fit(loose, readable.slice(0, most), left, slice.groups.length > 0, yard);
  const spare = loose.find((n) => !readable.includes(n));
  const room1 = spare && (slice.groups.length === 0 || read.length < ABOVE) && read.length === readable.length;
  return {
    read,
    rest: grains(without(loose, read)),
    groups: packed,
    away,
    page: at,
    pages: Math.max(1, slices.length),
    spare: room1 && fit(loose, [...read, spare], left, slice.groups.length > 0, yard).length > read.length ? spare : undefined,
  };
}

function without(notes: Note[], drawn: Note[]): Note[] {
  const gone = new Set(drawn);
  return notes.filter((n) => !gone.has(n));
}

/** The most of the notes that fit, with a row for those that do not. */
function fit(loose: Note[], notes: Note[], room: number, groupsBelow: boolean, yard: Yard): Note[] {
  const gap = groupsBelow ? GROUP_GAP : 0;
  const heights = notes.map((n) => yard.note(n, yard.lines ?? LINES, false) + LOOSE_GAP);
  for (let k = notes.length; k > 0; k--) {
    const drawn = notes.slice(0, k);
    const sum = heights.slice(0, k).reduce((a, b) => a + b, 0);
    if (sum + restHeight(loose.length - k, loose, yard) + gap <= room) return drawn;
  }
  return [];
}

function restHeight(n: number, loose: Note[], yard: Yard): number {
  if (n <= 0) return 0;
  const hang = yard.mode === "hang";
  const height = grainsHeight(grains(loose.slice(0, n)), yard.width, hang ? "large" : "small", TEXT.rest + digits(n));
  return (hang ? REST_ABOVE : GROUP_GAP) + height;
}

function awayHeight(away: Grains & { groups: number }, width: number, mode: Mode): number {
  if (away.groups === 0) return 0;
  return (
    GROUP_GAP +
    (mode === "vote" ? TEXT_HEIGHT : Math.max(TEXT_HEIGHT, grainsHeight(away, width, "small", TEXT.away + digits(away.groups))))
  );
}

function heightOf(groups: PackedGroup[], yard: Yard): number {
  return groups.reduce((sum, g, i) => sum + groupHeight(g, yard) + (i > 0 ? GROUP_GAP : 0), 0);
}

function groupHeight(g: PackedGroup, yard: Yard): number {
  let height = yard.label(g.group.cluster.name, yard.mode === "vote" ? "" : String(g.group.notes.length), g.level);
  if (g.top) height += yard.note(g.top, g.lines, true) + SHEETS;
  else if (yard.mode === "vote") height += FOLDED;
  if (g.grains.notes.length > 0) height += GRAINS_ABOVE + grainsHeight(g.grains, yard.width, "small");
  return height;
}

function packGroup(group: Group, i: number, choice: Choice, yard: Yard): PackedGroup {
  const first = yard.mode === "hang" || i < choice.tops;
  const top = first ? yard.topOf(group) : undefined;
  const level: Level = yard.mode === "hang" ? "foot" : i === 0 && group.cluster.name.length <= BIG ? "big" : "small";
  const rest = group.notes.filter((n) => n !== top);
  return { group, level, top, lines: choice.lines, grains: yard.mode === "vote" ? grains([]) : grains(rest) };
}

/** Which groups are on which page: as many as fit above one another, at least one. */
function paginate(loose: Note[], readable: Note[], groups: Group[], yard: Yard): { groups: Group[]; choice: Choice }[] {
  const slices: { groups: Group[]; choice: Choice }[] = [];
  const { mode, room, width } = yard;
  for (let i = 0; i < groups.length;) {
    const most = mode === "pile" ? PILES : groups.length;
    let best = { groups: groups.slice(i, i + 1), choice: { tops: 1, lines: mode === "hang" ? LINES : 2 } };
    for (const choice of choices(mode)) {
      // A hanging column keeps room for its newest notes; the others for the grains of the loose ones.
      const reserve =
        mode === "hang"
          ? reserved(loose, readable, yard)
          : restHeight(loose.length, loose, yard) + (loose.length > 0 ? GROUP_GAP : 0);
      let n = Math.min(most, groups.length - i);
      for (; n > 1; n--) {
        const packed = groups.slice(i, i + n).map((g, j) => packGroup(g, j, choice, yard));
        const others = groups.length - n;
        const away = groups.filter((_, j) => j < i || j >= i + n).flatMap((g) => g.notes);
        const below = others > 0 ? awayHeight({ ...grains(away), groups: others }, width, mode) : 0;
        if (heightOf(packed, yard) + below + reserve <= room) break;
      }
      if (n > best.groups.length) best = { groups: groups.slice(i, i + n), choice };
      // The fullest page that shows top notes wins; fewer lines only when they win a group.
      if (n === Math.min(most, groups.length - i)) break;
    }
    if (best.groups.length === 1 && fitsAlone(best.groups[0]!, loose, yard)) best.choice = { tops: 1, lines: LINES };
    slices.push(best);
    i += best.groups.length;
  }
  return slices;
}

function fitsAlone(group: Group, loose: Note[], yard: Yard): boolean {
  const packed = packGroup(group, 0, { tops: 1, lines: LINES }, yard);
  return heightOf([packed], yard) + restHeight(loose.length, loose, yard) + 2 * GROUP_GAP + TEXT_HEIGHT <= yard.room;
}

function choices(mode: Mode): Choice[] {
  if (mode === "hang") return [{ tops: TOPS, lines: LINES }];
  return [
    { tops: TOPS, lines: LINES },
    { tops: TOPS, lines: 3 },
    { tops: TOPS, lines: 2 },
    { tops: 1, lines: 3 },
    { tops: 1, lines: 2 },
  ];
}

/** What the newest three loose notes and the row below them take. */
function reserved(loose: Note[], readable: Note[], yard: Yard): number {
  const first = readable.slice(0, 3);
  const notes = first.reduce((sum, n) => sum + yard.note(n, yard.lines ?? LINES, false) + LOOSE_GAP, 0);
  return notes + restHeight(loose.length - first.length, loose, yard) + (loose.length > 0 ? GROUP_GAP : 0);
}
