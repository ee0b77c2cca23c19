import type { Timer } from "../client/protocol";

const MINUTE = 60_000;
/** As the wall's own limit. */
export const LONGEST = 8 * 60;

export const running = (t: Timer | undefined): boolean => !!t?.ends;
export const paused = (t: Timer | undefined): boolean => !t?.ends && !!t?.left;

/** What is left, in ms; undefined when there is no timer. */
export function left(t: Timer | undefined, now: number): number | undefined {
  if (t?.ends) return Math.max(0, t.ends - now);
  if (t?.left) return t.left;
  return undefined;
}

/** Times are absolute, so that asking twice starts nothing anew. */
export function start(minutes: number, now: number, advance: boolean): Timer {
  return { ends: now + minutes * MINUTE, length: minutes * MINUTE, ...(advance && { advance }) };
}
export function pause(t: Timer, now: number): Timer {
  return { left: Math.max(1000, left(t, now) ?? 0), ...rest(t) };
}
export function resume(t: Timer, now: number): Timer {
  return { ends: now + (t.left ?? 0), ...rest(t) };
}
/** One minute more: of what is left, or of nothing when it has run out. */
export function more(t: Timer, now: number): Timer {
  const length = (t.length ?? 0) + MINUTE;
  const longer = { ...rest(t), length };
  return t.ends ? { ends: Math.max(t.ends, now) + MINUTE, ...longer } : { left: (t.left ?? 0) + MINUTE, ...longer };
}

function rest(t: Timer): Timer {
  return { ...(t.length && { length: t.length }), ...(t.advance && { advance: true }) };
}

/** As 12:40, or 1:02:40 from an hour up. */
export function digits(ms: number): string {
  const s = Math.ceil(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor((s % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${two(minutes)}:${two(s % 60)}`;
}
