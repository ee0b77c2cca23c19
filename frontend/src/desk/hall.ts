import type { Health } from "../client/protocol";

/** A second is what people wait for without wondering. */
const LONG = 1000;
/** A trouble stays in sight so long after its end: whoever leads a wall looks away now and then. */
const STAYS = 30_000;

/** What is the matter with the hall, the worst first; undefined: all is well. */
export type Trouble = "away" | "full" | "slow" | "late" | "deaf";

export function trouble(h: Health): Trouble | undefined {
  if (h.store) return h.store;
  if (h.wait >= LONG) return "slow";
  if (h.pass >= LONG) return "late";
  return h.deaf ? "deaf" : undefined;
}

/** A trouble as it was last told, and when that was (ms). */
export interface Seen {
  what: Trouble;
  health: Health;
  at: number;
}

/** What there is to say of the hall now, after what was said before. */
export function seen(before: Seen | undefined, health: Health | undefined, now: number): Seen | undefined {
  const what = health && trouble(health);
  if (health && what) return { what, health, at: now };
  return before && now - before.at < STAYS ? before : undefined;
}
