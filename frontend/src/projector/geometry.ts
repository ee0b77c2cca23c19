/**
 * The picture's measures in u: 1u is 1/108 of the image height. An image
 * narrower than 4:3 is measured by its width, so that three columns of
 * readable paper always fit. projector.css computes the same --u.
 */
export interface Geometry {
  /** Pixels of one u. */
  u: number;
  /** Width and height of the image, in u. */
  width: number;
  height: number;
  /** An old projector: under 3:2, three themes at a time and larger notes. */
  narrow: boolean;
  /** Loose notes are turned and shifted a little. */
  jitter: boolean;
}

export const EDGE = 3.6;
export const GAP = 2.4;
/** Between the heading and the ledge: what is left for the columns below the signs. */
const HEADING = 11.8;
const SIGN = 6.95;
const LEDGE = 23.6;
const AIR = 1.2;
/** Loose notes leave this much of their column for being shifted sideways. */
export const SHIFT = 1.3;

/** What a window of so many pixels is, in u. */
export function geometry(width: number, height: number): Geometry {
  const u = Math.max(1, Math.min(height / 108, width / 144));
  return { u, width: width / u, height: height / u, narrow: width / height < 1.5, jitter: height >= 900 };
}

/** How wide one of so many columns is, in u. */
export function columnWidth(g: Geometry, columns: number): number {
  return (g.width - 2 * EDGE - (columns - 1) * GAP) / columns;
}

/** How much wall there is in a column, in u. */
export function columnRoom(g: Geometry): number {
  return g.height - HEADING - SIGN - LEDGE - AIR;
}
