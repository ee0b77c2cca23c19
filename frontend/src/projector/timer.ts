import type { Phase, Timer } from "../client/protocol";

/** Milliseconds that a countdown shows, or nothing when there is none. */
export function remaining(timer: Timer, now: number): number | undefined {
  if (timer.ends) return Math.max(0, timer.ends - now);
  return timer.left ? timer.left : undefined;
}

/** Digits of a countdown: 12:40, or 1:12:40 from an hour up. The last second is shown until it is over. */
export function digits(ms: number): string {
  const s = Math.ceil(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(s / 60);
  return minutes < 60 ? `${two(minutes)}:${two(s % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}

const STEPS: Phase[] = ["write", "cluster", "vote", "results"];
/** How many of the four steps are reached. A closed wall has been through all. */
export function stepsReached(phase: Phase): number {
  return phase === "closed" ? STEPS.length : STEPS.indexOf(phase) + 1;
}

/** A join code in groups of three or four, as it is read aloud: 482 715, 4827 1563. */
export function grouped(code: string): string {
  const size = code.length % 3 === 0 || code.length % 4 !== 0 ? 3 : 4;
  return code.replace(new RegExp(`(\\d{${size}})(?=\\d)`, "g"), "$1\u00a0");
}
