import type { LiveWall } from "../client/live.svelte";
import type { Act, Note, Reason, Refusal, Step } from "../client/protocol";
import type { Ask } from "./drop";
import { ago, brief, isolated, said, speech, t } from "./say.svelte";

/** A note named by its first words, in quotes. */
export const quoted = (n: Note | undefined, most = 28): string =>
  n?.text ? t("desk.quoted", { text: isolated(brief(n.text, most)) }) : t("desk.note.one");

/** One note by its words, several by their number. */
export function named(notes: readonly (Note | undefined)[]): string {
  return notes.length === 1 ? quoted(notes[0]) : t("desk.note.many", { n: notes.length });
}

export function reasonWords(why: Reason | undefined): string {
  if (!why) return "";
  const word = why.code === "other" && why.text ? "" : said(`reason.${why.code}`, "reason.other");
  return [word, why.text].filter(Boolean).join(": ");
}

/** A day as it is kept, 2026-12-15, in words. */
export const dayOf = (date: string): string => speech.day(Date.parse(`${date}T12:00`));

/** How often a note was reported, and for what: "Flaggad 3 gånger: pekar ut en person" */
export function reportWords(n: Note): string {
  const why = new Map<string, number>();
  for (const r of n.reports ?? []) why.set(r.reason, (why.get(r.reason) ?? 0) + 1);
  const reasons = [...why].sort((a, b) => b[1] - a[1]).map(([code]) => said(`reason.${code}`, "reason.other"));
  return [t("desk.reports", { n: n.reports?.length ?? 0 }), reasons.join(", ")].filter(Boolean).join(": ");
}

const didSaid = (did: string): string => said(`did.${did}`, "desk.did.other");

/** What was done, as a heading: "Arkiverad". */
export function didWords(did: string): string {
  const text = didSaid(did);
  return text.charAt(0).toLocaleUpperCase(speech.lang) + text.slice(1);
}

/** "arkiverad av Amira för 20 s sedan" */
export function actWords(act: Act, now: number): string {
  const did = didSaid(act.did);
  return act.name
    ? t("desk.act.by", { did, name: isolated(act.name), ago: ago(now - act.at) })
    : t("desk.act.alone", { did, ago: ago(now - act.at) });
}

/** What an act was about. */
export function actAbout(act: Act, live: Pick<LiveWall, "notes" | "clusters">): string {
  const notes = act.items.filter((i) => i.startsWith("n:"));
  if (notes.length > 1) return t("desk.note.many", { n: notes.length });
  const note = notes[0] && live.notes.get(notes[0].slice(2));
  if (note) return quoted(note);
  const cluster = act.items.find((i) => i.startsWith("c:"));
  if (cluster) return live.clusters.get(cluster.slice(2))?.name ?? "";
  const setting = act.items
    .find((i) => i.startsWith("s:"))
    ?.slice(2)
    .split("/")[0];
  return setting ? said(`desk.setting.${setting}`, "desk.setting.other") : "";
}

/** Where a note is now, as one sentence. */
export function whereNow(n: Note | undefined, live: Pick<LiveWall, "notes" | "clusters" | "settings">): string {
  if (!n) return t("desk.now.gone");
  const theme = speech.words(live.settings.themes?.find((x) => x.id === n.theme)?.name);
  if (n.state === "shown") {
    if (n.merged) return t("desk.now.merged", { note: quoted(live.notes.get(n.merged)) });
    const cluster = n.cluster ? live.clusters.get(n.cluster) : undefined;
    return cluster ? t("desk.now.group", { name: isolated(cluster.name) }) : t("desk.now.shown", { theme });
  }
  if (n.state === "waiting") return t("desk.now.waiting");
  if (n.state === "hidden" || n.state === "archived") {
    const why = reasonWords(n.why);
    const state = t(n.state === "hidden" ? "desk.now.hidden" : "desk.now.archived");
    return why ? `${state}: ${why}.` : `${state}.`;
  }
  return t(n.state === "erased" ? "desk.now.erased" : "desk.now.withdrawn");
}

/** What a refusal says at the desk: what happened, what is so now, what was not done. */
export function refusalWords(
  r: Refusal,
  ask: Ask,
  live: Pick<LiveWall, "notes" | "clusters" | "settings">,
): { title: string; body: string } {
  if (r.code !== "conflict") {
    const max = r.max ?? 0;
    return {
      title: t("desk.refused"),
      body: said(`refusal.${r.code}`, "desk.refused.other", { max, n: Math.ceil((r.after ?? 0) / 1000) }),
    };
  }
  const [what, id] = [r.item?.slice(0, 1), r.item?.slice(2) ?? ""];
  const now = what === "n" ? whereNow(live.notes.get(id), live) : what === "c" ? clusterNow(live.clusters.get(id)?.name) : "";
  const not = t(ask.verb === "undo" ? "desk.clash.notUndone" : "desk.clash.notDone");
  return { title: clashWords(r.step), body: [now, not].filter(Boolean).join(" ") };
}

const clusterNow = (name: string | undefined): string =>
  name ? t("desk.now.named", { name: isolated(name) }) : t("desk.now.ended");

/** "Amina flyttade lappen nyss" */
function clashWords(step: Step | undefined): string {
  const name = step?.name ? isolated(step.name) : t("desk.clash.author");
  return step
    ? said(`desk.clash.${step.did}`, "desk.clash.other", { name })
    : t("desk.clash.other", { name: t("desk.clash.someone") });
}

/** What the author of a note is told about it. */
export function authorSees(n: Note, live: Pick<LiveWall, "notes" | "clusters">): string {
  if (n.answer) return n.answer.promise ? t("desk.sees.promised", { date: dayOf(n.answer.promise) }) : t("desk.sees.answered");
  switch (n.state) {
    case "waiting":
      return t(n.due ? "desk.sees.due" : "desk.sees.waiting");
    case "shown": {
      if (n.merged) return t("desk.sees.merged");
      const cluster = n.cluster ? live.clusters.get(n.cluster) : undefined;
      return cluster ? t("desk.sees.group", { name: isolated(cluster.name) }) : t("desk.sees.shown");
    }
    case "hidden":
    case "archived": {
      const why = reasonWords(n.why);
      return why ? t("desk.sees.why", { why }) : t("desk.sees.down");
    }
    default:
      return t(n.state === "erased" ? "desk.sees.erased" : "desk.sees.withdrawn");
  }
}
