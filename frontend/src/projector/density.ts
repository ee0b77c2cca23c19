import { LINES } from "./packing";

/** How full the wall is, and therefore how it shows its notes. */
export type Density = "empty" | "few" | "some" | "many" | "crowded";

/** Above these the wall is crowded; below the lower ones it is so no more. */
export const CROWDED = { theme: 30, all: 120 };
export const RELAXED = { theme: 25, all: 100 };
const FEW = 3;
const SOME = 5;

/**
 * The density for the fullest theme's number of notes and that of the wall.
 * Getting fuller shows at once. Getting emptier shows only when a page turns,
 * and crowded ends only well below where it began: a wall that twitches
 * cannot be read.
 */
export function density(before: Density | undefined, fullest: number, all: number, turning: boolean): Density {
  const now = plain(fullest, all);
  if (before === undefined || now === "empty" || before === "empty" || rank(now) >= rank(before)) return now;
  if (!turning) return before;
  if (before === "crowded" && (fullest >= RELAXED.theme || all >= RELAXED.all)) return before;
  return now;
}

function plain(fullest: number, all: number): Density {
  if (all === 0) return "empty";
  if (fullest > CROWDED.theme || all > CROWDED.all) return "crowded";
  if (fullest > SOME) return "many";
  return fullest > FEW ? "some" : "few";
}

const ORDER: Density[] = ["empty", "few", "some", "many", "crowded"];
const rank = (d: Density) => ORDER.indexOf(d);

/** How many lines of a note are shown under a theme of so many: whole, while the ledge has no room for it yet. */
export function noteLines(d: Density, count: number): number {
  return d !== "few" ? LINES : count === 1 ? 2 * LINES : count === 2 ? LINES + 1 : LINES;
}

/** The type size of a note at a density, in u. */
export function noteSize(d: Density, narrow: boolean): number {
  if (d === "empty" || d === "few") return 3.4;
  return d === "some" || narrow ? 2.9 : 2.4;
}
