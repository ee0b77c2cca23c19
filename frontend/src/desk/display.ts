import type { Display, View } from "../client/protocol";

/** As the wall's own limits. */
export const QUEUE_MOST = 20;
export const DISPLAYS_MOST = 8;
export const VIEWS: readonly Exclude<View, "voting">[] = ["overview", "theme", "note", "results", "join", "blank"];

export const fresh = (): Display => ({ view: "overview", qr: true });

/** The link that opens one of several displays: its name stands before the secret. */
export function linkFor(link: string, name: string): string {
  return name === "1" ? link : link.replace(/#|$/, (mark) => `?display=${encodeURIComponent(name)}${mark}`);
}

/** A display as it is now with something else about it; never half a display. */
export function change(d: Display, what: Partial<Display>): Display {
  const next = { ...d, ...what };
  for (const key of Object.keys(next) as (keyof Display)[]) {
    const value = next[key];
    if (key !== "qr" && (value === undefined || value === false || value === "" || value === 0)) delete next[key];
  }
  if (next.queue?.length === 0) delete next.queue;
  return next;
}

/** The whole room reads one note; it leaves the queue when it stood there. */
export function spotlight(d: Display, note: string): Display {
  return change(d, { view: "note", note, queue: (d.queue ?? []).filter((id) => id !== note) });
}

/** Another view of the same display. */
export function turn(d: Display, view: View, what: Partial<Display> = {}): Display {
  return change(d, { view, ...(view === "results" && d.view !== "results" ? { step: 0 } : {}), ...what });
}

/** Puts notes last in the queue, each once. */
export function enqueue(d: Display, notes: readonly string[]): Display {
  const queue = d.queue ?? [];
  return change(d, { queue: [...queue, ...notes.filter((id) => !queue.includes(id))].slice(0, QUEUE_MOST) });
}

export function unqueue(d: Display, note: string): Display {
  return change(d, { queue: (d.queue ?? []).filter((id) => id !== note) });
}

/** Moves a note in the queue by one place. */
export function reorder(d: Display, note: string, by: -1 | 1): Display {
  const queue = [...(d.queue ?? [])];
  const at = queue.indexOf(note);
  const to = at + by;
  if (at < 0 || to < 0 || to >= queue.length) return d;
  [queue[at], queue[to]] = [queue[to]!, queue[at]!];
  return change(d, { queue });
}

/** What "next" means depends on what is shown: a row of the results, a theme, or the next note in turn. */
export function next(d: Display, themes: readonly string[]): Display | undefined {
  if (d.view === "results") return change(d, { step: (d.step ?? 0) + 1 });
  if (d.queue?.length && d.view !== "theme") return spotlight(d, d.queue[0]!);
  if (d.view === "theme") {
    const to = themes[themes.indexOf(d.theme ?? "") + 1];
    return to ? change(d, { theme: to, cluster: "" }) : undefined;
  }
  return undefined;
}

/** The way back; `shown` are the notes that this desk has had up, latest last. */
export function previous(d: Display, themes: readonly string[], shown: readonly string[]): Display | undefined {
  if (d.view === "results") return d.step ? change(d, { step: d.step - 1 }) : undefined;
  if (d.view === "theme") {
    const to = themes[themes.indexOf(d.theme ?? "") - 1];
    return to ? change(d, { theme: to, cluster: "" }) : undefined;
  }
  const last = shown.at(-1);
  if (!last) return undefined;
  const queue = d.view === "note" && d.note ? [d.note, ...(d.queue ?? []).filter((id) => id !== d.note)] : (d.queue ?? []);
  return change(d, { view: "note", note: last, queue: queue.filter((id) => id !== last).slice(0, QUEUE_MOST) });
}
