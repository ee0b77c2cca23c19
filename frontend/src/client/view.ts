import type { Act, Cluster, Frame, Health, Note, Position, Settings, Snapshot, Total, Values } from "./protocol";

type MakeMap = <V>() => Map<string, V>;

/**
 * A wall as one client sees it: what the frames say, nothing else. No rules of
 * the game. The maps are given, so that a page can have reactive ones and a
 * test plain ones.
 */
export class View {
  epoch = "";
  revision = 0;
  settings: Partial<Settings> = {};
  readonly notes: Map<string, Note>;
  readonly clusters: Map<string, Cluster>;
  readonly acts: Map<string, Act>;
  readonly totals: Map<string, Total>;
  /** Whether totals are known at all: the hall has none while they are hidden. */
  counted = false;
  /** Grows whenever a note or a cluster is another one: whoever sorts all of them need not do so for each vote. */
  shape = 0;
  voters = 0;
  here = 0;
  health: Health | undefined;

  #parts: Snapshot[] = [];

  constructor(make: MakeMap = () => new Map()) {
    this.notes = make();
    this.clusters = make();
    this.acts = make();
    this.totals = make();
  }

  get position(): Position {
    return { epoch: this.epoch, revision: this.revision };
  }

  /** Takes one part of a snapshot; true when the last one made it whole. */
  snapshot(part: Snapshot): boolean {
    const first = this.#parts[0];
    if (part.part === 1 || !first || first.epoch !== part.epoch || first.revision !== part.revision) this.#parts = [];
    this.#parts.push(part);
    if (this.#parts.length < part.of) return false;
    const parts = this.#parts;
    this.#parts = [];
    const whole: Required<Pick<Values, "notes" | "clusters" | "acts">> = { notes: {}, clusters: {}, acts: {} };
    let totals: Record<string, Total> | null = null;
    this.health = parts[0]!.health;
    for (const p of parts) {
      Object.assign(whole.notes, p.notes);
      Object.assign(whole.clusters, p.clusters);
      Object.assign(whole.acts, p.acts);
      if (p.totals) totals = Object.assign(totals ?? {}, p.totals);
      if (p.settings) this.settings = { ...(p === parts[0] ? {} : this.settings), ...p.settings };
      if (p.voters !== undefined) this.voters = p.voters;
      if (p.here !== undefined) this.here = p.here;
    }
    this.shape++;
    replace(this.notes, whole.notes);
    replace(this.clusters, whole.clusters);
    replace(this.acts, whole.acts);
    replace(this.totals, totals ?? {});
    this.counted = totals !== null;
    this.epoch = part.epoch;
    this.revision = part.revision;
    return true;
  }

  /** Takes a frame. False when it starts after what is here: then say hello again. */
  frame(f: Frame): boolean {
    if (f.from > this.revision) return false;
    if (f.here !== undefined) this.here = f.here;
    if (f.health) this.health = f.health;
    if (f.to < this.revision) return true;
    if (f.settings) this.settings = { ...this.settings, ...f.settings };
    if (f.notes || f.clusters) this.shape++;
    merge(this.notes, f.notes);
    merge(this.clusters, f.clusters);
    merge(this.acts, f.acts);
    if (f.totals === null) {
      this.counted = false;
      this.totals.clear();
    } else if (f.totals) {
      this.counted = true;
      merge(this.totals, f.totals);
    }
    if (f.voters !== undefined) this.voters = f.voters;
    this.revision = f.to;
    return true;
  }
}

function merge<V>(map: Map<string, V>, values: Record<string, V | null> | undefined): void {
  for (const [key, value] of Object.entries(values ?? {})) {
    if (value === null) map.delete(key);
    else map.set(key, value);
  }
}

function replace<V>(map: Map<string, V>, values: Record<string, V | null>): void {
  for (const key of [...map.keys()]) if (!values[key]) map.delete(key);
  merge(map, values);
}
