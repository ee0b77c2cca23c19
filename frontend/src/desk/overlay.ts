import type { Cluster, Commands, Note, Settings, Verb } from "../client/protocol";

/**
 * An act that has been asked for and that the wall does not show yet: the desk
 * draws it at once, and lets go when the hub's own values are here.
 */
export interface Way<V extends Verb = Verb> {
  key: string;
  verb: V;
  args: Commands[V];
  /** The revision that the hub gave it, once it has. */
  rev?: number;
}

export interface Drawn {
  notes: Map<string, Note>;
  clusters: Map<string, Cluster>;
  settings: Settings;
}

/** The wall as it will be when all that is on its way has arrived. */
export function overlay(base: Drawn, ways: readonly Way[]): Drawn {
  if (ways.length === 0) return base;
  const drawn = { notes: new Map(base.notes), clusters: new Map(base.clusters), settings: base.settings };
  for (const way of ways) (EFFECTS[way.verb] as ((d: Drawn, args: unknown) => void) | undefined)?.(drawn, way.args);
  return drawn;
}

function change(d: Drawn, ids: readonly string[], how: (n: Note) => Partial<Note> | undefined): void {
  for (const id of ids) {
    const note = d.notes.get(id);
    const values = note && how(note);
    if (values) d.notes.set(id, { ...note, ...values });
  }
}

const live = (n: Note) => n.state === "waiting" || n.state === "shown";
const aside = (n: Note) => n.state === "hidden" || n.state === "archived";

function setAside(d: Drawn, ids: readonly string[], state: "hidden" | "archived", why: Note["why"]): void {
  change(d, ids, (n) => (live(n) || aside(n) ? { state, live: live(n) ? n.state! : n.live!, why: why! } : undefined));
}

/** The order of notes put into a cluster, before one of its notes or last. */
export function place(notes: Iterable<Note>, cluster: string, moving: readonly string[], before?: string): number[] {
  const there = [...notes].filter((n) => n.cluster === cluster && !moving.includes(n.id));
  there.sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  const at = before ? there.findIndex((n) => n.id === before) : -1;
  const from = at === 0 ? (there[0]!.order ?? 0) - 1 : ((at < 0 ? there.at(-1) : there[at - 1])?.order ?? 0);
  const to = at < 0 ? from + moving.length + 1 : (there[at]!.order ?? 0);
  return moving.map((_, i) => from + ((to - from) * (i + 1)) / (moving.length + 1));
}

function gather(d: Drawn, cluster: string, ids: readonly string[], before?: string): void {
  const orders = place(d.notes.values(), cluster, ids, before);
  ids.forEach((id, i) => change(d, [id], () => ({ cluster, order: orders[i]! })));
}

const EFFECTS: { [V in Verb]?: (d: Drawn, args: Commands[V]) => void } = {
  show: (d, a) => change(d, a.notes, (n) => (live(n) || aside(n) ? { state: "shown", due: 0 } : undefined)),
  hide: (d, a) => setAside(d, a.notes, "hidden", a.reason),
  archive: (d, a) => setAside(d, a.notes, "archived", a.reason),
  restore: (d, a) => change(d, a.notes, (n) => (aside(n) ? { state: n.live ?? "waiting" } : undefined)),
  move: (d, a) => change(d, a.notes, () => ({ theme: a.theme })),
  answer: (d, a) =>
    change(d, [a.note], () => ({ answer: a.answer ? { at: Date.now(), by: "", ...a.answer } : undefined }) as Partial<Note>),
  dismiss: (d, a) => change(d, a.notes, () => ({ reports: [] })),
  mute: (d, a) => byAuthor(d, a.note, () => ({ muted: a.on })),
  hide_author: (d, a) =>
    byAuthor(d, a.note, (n) => ({ ...(live(n) && { state: "hidden", live: n.state! }), ...(a.mute && { muted: true }) })),
  erase: (d, a) => change(d, a.notes, () => ({ state: "erased", text: "" })),
  merge: (d, a) => change(d, a.notes, () => ({ merged: a.into })),
  unmerge: (d, a) => change(d, a.notes, () => ({ merged: undefined }) as unknown as Partial<Note>),
  make_cluster: (d, a) => {
    d.clusters.set(a.id, { id: a.id, name: a.name, theme: a.theme, at: Date.now(), order: Number.MAX_SAFE_INTEGER });
    gather(d, a.id, a.notes ?? []);
  },
  name_cluster: (d, a) => {
    const c = d.clusters.get(a.cluster);
    if (!c) return;
    d.clusters.set(c.id, { ...c, name: a.name, ...(a.theme && { theme: a.theme }), ...(a.top !== undefined && { top: a.top }) });
  },
  gather: (d, a) => gather(d, a.cluster, a.notes, a.before),
  scatter: (d, a) => change(d, a.notes, () => ({ cluster: "" })),
  dissolve: (d, a) => {
    d.clusters.delete(a.cluster);
    for (const n of [...d.notes.values()]) if (n.cluster === a.cluster) d.notes.set(n.id, { ...n, cluster: "" });
  },
  set: (d, a) => (d.settings = { ...d.settings, [a.setting]: a.value }),
  phase: (d, a) => (d.settings = { ...d.settings, phase: a.phase }),
  timer: (d, a) => (d.settings = { ...d.settings, timer: a.timer }),
  freeze: (d, a) => (d.settings = { ...d.settings, frozen: a.on }),
  display: (d, a) => {
    const displays = { ...d.settings.displays };
    if (a.display) displays[a.name] = a.display;
    else delete displays[a.name];
    d.settings = { ...d.settings, displays };
  },
};

function byAuthor(d: Drawn, id: string, how: (n: Note) => Partial<Note>): void {
  const author = d.notes.get(id)?.author;
  if (author)
    change(
      d,
      [...d.notes.values()].filter((n) => n.author === author).map((n) => n.id),
      how,
    );
}
