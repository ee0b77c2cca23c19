import { shownView } from "../client/display";
import type { LiveWall } from "../client/live.svelte";
import type { Display, Note, Settings } from "../client/protocol";
import { Arrivals } from "./arrivals";
import { answered, columns, fullest, NOTHING, type Column, type Hall } from "./columns";
import { density, noteLines, noteSize, type Density } from "./density";
import { columnRoom, columnWidth, geometry, SHIFT, type Geometry } from "./geometry";
import { Turns } from "./held";
import type { Ruler } from "./measure";
import { Memories } from "./memory";
import { pack, type Mode } from "./packing";
import { PAGE, themePages, Turner } from "./paging";
import { still, type DrawnColumn, type Picture } from "./picture";
import { themePlan } from "./themeplan";

const DEFAULT: Display = { view: "overview", qr: true };
/** Above this many notes with shadows, places change without gliding. */
export const GLIDES = 150;

/**
 * Leads what the wall shows over time: density, pages, arrivals, the ledge.
 * `tick` is called a few times a second; all changes of the wall since the
 * last one become one new picture.
 */
export class Stage {
  picture = $state.raw<Picture | undefined>();
  geometry = $state.raw<Geometry>(geometry(1920, 1080));

  #live: LiveWall;
  #ruler: Ruler;
  #name: string;
  #seen = "";
  #counted = 0;
  #settings: Settings | undefined;
  #hall: Hall = NOTHING;
  #density: Density | undefined;
  #memories = new Memories();
  #turner = new Turner(0);
  #arrivals = new Arrivals();
  #turns = new Turns();
  #lane: string[] = [];
  #page = 0;
  #themePage = 0;
  #scene = "";
  #lifted: string | undefined;
  #dirty = true;
  #ballot: { set: Display; shown: Display } | undefined;

  constructor(live: LiveWall, ruler: Ruler, name: string) {
    this.#live = live;
    this.#ruler = ruler;
    this.#name = name;
  }

  /** The window has this size now. */
  resize(width: number, height: number): void {
    const before = this.geometry;
    this.geometry = geometry(width, height);
    if (before.u !== this.geometry.u || before.width !== this.geometry.width) this.remeasure();
  }

  /** Type looks different now. */
  remeasure(): void {
    this.#ruler.forget();
    this.#dirty = true;
  }

  /** The corner of a note: its kind's mark, or a tick when it is answered. A promise is no answer yet. */
  mark(note: Note): string | undefined {
    return answered(note) ? "✓" : this.#settings?.kinds.find((k) => k.id === note.kind)?.mark || undefined;
  }

  /** The number on a sticker, when this display shows numbers and the hall may see them. */
  votes(target: string): number | undefined {
    if (!this.picture?.display.numbers || !this.#live.counted) return undefined;
    return this.#live.totals.get(target)?.[0] || undefined;
  }

  tick(now: number): void {
    const live = this.#live;
    if (!live.ready) return;
    const wanted = this.#wanted(live.settings);
    if (wanted.still && this.picture) {
      this.#still(wanted);
      return;
    }
    const changed = this.#read(live) || this.#voted(live, wanted);
    const scene = `${wanted.view} ${wanted.theme ?? ""} ${wanted.cluster ?? ""}`;
    if (scene !== this.#scene) this.#cut(scene, now);
    const turned = this.#turn(now, wanted);
    const landed = this.#land(now);
    const held = this.#holds(wanted) && this.#look(now, wanted);
    const lifted = this.#arrivals.lifted(now);
    const settled = lifted !== this.#lifted;
    this.#lifted = lifted;
    if (changed || turned || landed || held || settled || this.#dirty || this.picture?.display !== wanted) this.#compose(wanted);
    this.#dirty = false;
  }

  /** What this display is to show; the same object as long as that is the same. */
  #wanted(settings: Settings): Display {
    const set = settings.displays?.[this.#name] ?? settings.displays?.["1"] ?? DEFAULT;
    const view = shownView(set.view, settings.phase);
    if (view === set.view) return set;
    if (this.#ballot?.set !== set || this.#ballot.shown.view !== view) this.#ballot = { set, shown: { ...set, view } };
    return this.#ballot.shown;
  }

  /** Whether stickers may have come, on a display that shows them: they take room. */
  #voted(live: LiveWall, display: Display): boolean {
    const before = this.#counted;
    this.#counted = display.numbers && live.counted ? live.totals.size : 0;
    return this.#counted !== before;
  }

  /** Takes the wall as it is now. True when notes or groups are others than before: votes alone leave it. */
  #read(live: LiveWall): boolean {
    const seen = `${live.epoch} ${live.shape}`;
    if (seen === this.#seen && live.settings === this.#settings) return false;
    this.#seen = seen;
    this.#settings = live.settings;
    this.#hall = columns(live.settings.themes ?? [], live.notes.values(), live.clusters);
    const arriving = [...this.#hall.notes.values()].sort((a, b) => a.at - b.at);
    this.#arrivals.take(arriving.map((n) => n.id));
    this.#arrivals.begin();
    this.#density = density(this.#density, fullest(this.#hall), this.#hall.notes.size, false);
    return true;
  }

  /** Another view: its pages begin anew. */
  #cut(scene: string, now: number): void {
    this.#scene = scene;
    this.#page = this.#themePage = 0;
    this.#memories.rewind();
    this.#turner = new Turner(now);
    this.#dirty = true;
  }

  #turn(now: number, display: Display): boolean {
    this.#turner.period = display.calm ? 2 * PAGE : PAGE;
    const all = this.#hall.columns;
    if (display.view === "theme") {
      if (this.#turner.due(now, 1, () => true).length === 0) return false;
      this.#themePage++;
      return (this.picture?.theme?.pages.length ?? 1) > 1;
    }
    if (display.view !== "overview" && display.view !== "voting") return false;
    const pages = themePages(all.length, this.geometry.narrow);
    const frozen = this.#settings?.phase === "vote";
    const holder = this.#holds(display) ? this.#holder() : undefined;
    const many = pages.length > 1;
    // With several pages of themes the whole wall turns; every column returns with its next page.
    const due = many
      ? this.#turner.due(now, 1, () => true).flatMap(() => all.map((_, i) => i))
      : this.#turner.due(now, all.length, (i) => all[i] !== holder);
    if (due.length === 0) return false;
    if (many) this.#page = (this.#page + 1) % pages.length;
    for (const i of due) {
      const memory = this.#memories.of(all[i]!);
      if (!many || this.#page === 0) memory.page++;
      memory.turn(frozen);
    }
    this.#density = density(this.#density, fullest(this.#hall), this.#hall.notes.size, true);
    return true;
  }

  /** The column that the held note hangs in. */
  #holder(): Column | undefined {
    const note = this.#turns.held && this.#hall.notes.get(this.#turns.held.id);
    if (!note) return undefined;
    const cluster = note.cluster === undefined ? undefined : this.#live.clusters.get(note.cluster);
    return this.#hall.columns.find((c) => c.theme.id === (cluster ?? note).theme);
  }

  #land(now: number): boolean {
    const crowded = this.#density === "crowded";
    const spare = () => (crowded ? undefined : this.picture?.columns.find((c) => c.packed.spare)?.packed.spare?.id);
    const id = this.#arrivals.land(now, spare);
    if (id && crowded) this.#lane = [id, ...this.#lane].slice(0, 2);
    return id !== undefined;
  }

  /** Whether a note is held up: not while the ledge still says how to begin, unless a moderator asks for one. */
  #holds(display: Display): boolean {
    if (display.view !== "overview" || this.#density === "empty") return false;
    const beginning = this.#density === "few" && this.#settings?.phase === "write";
    return !beginning || Boolean(display.note) || Boolean(display.queue?.length);
  }

  #look(now: number, display: Display): boolean {
    const themes = this.#hall.columns.map((c) => c.theme.id);
    return this.#turns.look(now, this.#hall.notes, themes, display.queue ?? [], display.note || undefined);
  }

  #compose(display: Display): void {
    const hall = this.#hall;
    const mode: Mode = display.view === "voting" ? "vote" : this.#density === "crowded" ? "pile" : "hang";
    const pages = themePages(hall.columns.length, this.geometry.narrow);
    const page = Math.min(this.#page, pages.length - 1);
    const from = pages.slice(0, page).reduce((a, b) => a + b, 0);
    const across = Math.max(1, ...pages);
    const overview = display.view === "overview" || display.view === "voting";
    const visible = overview ? hall.columns.slice(from, from + pages[page]!) : [];
    const size = mode === "hang" ? noteSize(this.#density ?? "empty", this.geometry.narrow) : this.geometry.narrow ? 2.9 : 2.4;
    const held = this.#holds(display) && this.#turns.held ? hall.notes.get(this.#turns.held.id) : undefined;
    const drawn = visible.map((column) => this.#column(column, mode, size, across, held, display));
    this.picture = {
      hall,
      display,
      density: this.#density ?? "empty",
      size,
      columns: drawn,
      across,
      page,
      pages: pages.length,
      held,
      lane: this.#newest(mode),
      lifted: this.#lifted,
      theme: this.#theme(display),
      drawn: drawn.reduce((sum, { packed }) => sum + packed.read.length + packed.groups.length, 0),
    };
    this.#memories.keep(hall.columns);
  }

  #column(column: Column, mode: Mode, size: number, across: number, held: Note | undefined, display: Display): DrawnColumn {
    const memory = this.#memories.of(column);
    // In a hanging column what has come down may be read, else what was there since the page turned.
    const landed = () => column.loose.filter((n) => this.#arrivals.landed.has(n.id));
    const readable = mode === "hang" ? landed() : memory.readable(column);
    const width = columnWidth(this.geometry, across);
    const numbered = display.numbers && this.#live.counted;
    const lines = noteLines(this.#density ?? "empty", column.count);
    const packed = pack(column.loose, readable, memory.groups(column), memory.page, {
      mode,
      width,
      lines,
      room: columnRoom(this.geometry),
      topOf: (g) => memory.top(g, this.#turns.heldAt, held?.id),
      note: (n, lines, stacked) =>
        this.#ruler.note(n, size, width - (stacked ? 1.2 : SHIFT), lines, stacked, this.mark(n), numbered && this.#counts(n)),
      label: (name, count, level) => this.#ruler.label(name, count, level, width),
    });
    memory.page = packed.page;
    if (mode !== "hang") memory.reads(packed.read);
    return { column, packed, lines };
  }

  /** Whether a note is drawn whole where so many lines have room. */
  fits(note: Note, lines: number, stacked: boolean): boolean {
    return this.#ruler.fits(note, lines, stacked);
  }

  #counts(note: Note): boolean {
    return (this.#live.totals.get(`n:${note.id}`) ?? this.#live.totals.get(`c:${note.cluster}`)) !== undefined;
  }

  #newest(mode: Mode): Note[] {
    if (mode !== "pile") return [];
    const notes = this.#lane.map((id) => this.#hall.notes.get(id)).filter((n) => n !== undefined);
    if (notes.length < 2) {
      for (const n of [...this.#hall.notes.values()].sort((a, b) => b.at - a.at).slice(0, 3))
        if (notes.length < 2 && !notes.includes(n)) notes.push(n);
      this.#lane = notes.map((n) => n.id);
    }
    return notes;
  }

  #theme(display: Display): Picture["theme"] {
    if (display.view !== "theme") return undefined;
    const column = this.#hall.columns.find((c) => c.theme.id === display.theme) ?? this.#hall.columns[0];
    if (!column) return undefined;
    const { narrow } = this.geometry;
    const across = narrow ? 2 : 3;
    const width = (this.geometry.width - (narrow ? 46 : 48) - 3.4 - 3.6 - (across - 1) * 2.6) / across;
    const size = narrow ? 2.9 : 3.4;
    const pages = themePlan(column, display.cluster || undefined, "–", {
      width,
      columns: across,
      room: this.geometry.height - 5 - 4.9 - 2.4,
      note: (n) => this.#ruler.note(n, size, width - SHIFT, 12, false, this.mark(n)),
      label: (name, count) => this.#ruler.label(name, count, "theme", width),
    });
    return { column, pages, page: pages.length === 0 ? 0 : this.#themePage % pages.length };
  }

  /** A still picture stays as it was; only what may be seen no more leaves it, and another window lays it out anew. */
  #still(wanted: Display): void {
    const anew = this.#dirty;
    if (anew) this.#compose(this.picture!.display);
    this.#dirty = false;
    const p = this.picture!;
    const here = (n: Note) => this.#live.notes.has(n.id);
    const gone = [...p.hall.notes.values()].some((n) => !here(n));
    if (anew || !p.display.still || gone) this.picture = still(p, here, wanted.dark ?? false);
  }
}
