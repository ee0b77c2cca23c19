import type { Health } from "../client/protocol";

/** A second is what people wait for without wondering. */
const LONG = 1000;

/** What is the matter with the hall, the worst first; undefined: all is well. */
export type Trouble = "away" | "full" | "slow" | "late" | "deaf";

export function trouble(h: Health): Trouble | undefined {
  if (h.store) return h.store;
  if (h.wait >= LONG) return "slow";
  if (h.pass >= LONG) return "late";
  return h.deaf ? "deaf" : undefined;
}
