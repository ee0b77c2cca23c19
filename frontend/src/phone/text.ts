const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** As hub/wall/limits.go. */
const LINES = 6;

/** Text as the wall keeps it, near enough to count: composed, single spaces, no blanks at the ends. */
export function tidy(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

export interface Measure {
  /** Characters left, as a reader counts them; negative: too many. */
  left: number;
  /** Why it cannot go up, if so. */
  not?: "empty" | "long" | "lines";
}

/** How a text fits a wall whose notes have at most so many characters. */
export function measure(text: string, length: number): Measure {
  const kept = tidy(text);
  let n = 0;
  for (const {} of graphemes.segment(kept)) n++;
  const left = length - n;
  if (n === 0) return { left, not: "empty" };
  if (left < 0) return { left, not: "long" };
  if (kept.split("\n").length > LINES) return { left, not: "lines" };
  return { left };
}
