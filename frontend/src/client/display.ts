import type { Phase, View } from "./protocol";

/** What a display shows: while people vote, the overview is the ballot, without numbers to follow. */
export function shownView(view: View, phase: Phase): View {
  if (view !== "overview" && view !== "voting") return view;
  return phase === "vote" ? "voting" : "overview";
}
