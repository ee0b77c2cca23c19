import { shownView } from "../client/display";
import type { Display, View } from "../client/protocol";
import type { Desk } from "./desk.svelte";
import { change, DISPLAYS_MOST, enqueue, fresh, next, previous, spotlight, turn } from "./display";
import { ranking } from "./ranking";
import { t } from "./say.svelte";
import { named } from "./words";

/** The remote in this moderator's hand: which display it steers, and what it has shown. */
export class Remote {
  name = $state("1");
  /** Notes that have been up, latest last. */
  #past: string[] = [];
  #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  get names(): string[] {
    return Object.keys(this.#desk.settings.displays ?? {}).sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  }
  get display(): Display {
    const all = this.#desk.settings.displays ?? {};
    return all[this.name] ?? all["1"] ?? fresh();
  }
  /** What the room sees. */
  get view(): View {
    return shownView(this.display.view, this.#desk.settings.phase);
  }
  get #themes(): string[] {
    return this.#desk.themes.map((x) => x.id);
  }
  get next(): Display | undefined {
    const d = next(this.display, this.#themes);
    // As many rows as there are to reveal, no more.
    return d?.view === "results" && (d.step ?? 0) > this.rows ? undefined : d;
  }
  get previous(): Display | undefined {
    return previous(this.display, this.#themes, this.#past);
  }
  /** How many rows the results have: at most six, as they are projected. */
  get rows(): number {
    return ranking(this.#desk.piles, this.#desk.live.totals).length;
  }

  /** Sends the whole display, so that sending it twice changes nothing. */
  set(display: Display, said?: string): void {
    const d = this.display;
    if (d.view === "note" && d.note && display.note !== d.note) this.#past = [...this.#past, d.note].slice(-20);
    const name = this.#desk.settings.displays?.[this.name] ? this.name : "1";
    void this.#desk.acts.do("display", { name, display }, said);
  }
  change(what: Partial<Display>): void {
    this.set(change(this.display, what));
  }
  turn(view: Display["view"]): void {
    const d = this.display;
    const desk = this.#desk;
    const theme = d.theme || (desk.tab === "all" ? this.#themes[0] : desk.tab);
    if (view === "theme") this.set(turn(d, view, { theme: theme ?? "" }));
    else if (view === "note") {
      const note = d.note || d.queue?.[0] || desk.at;
      if (note && desk.notes.get(note)?.state === "shown") this.set(spotlight(d, note));
      else desk.acts.say(t("desk.remote.pick"));
    } else this.set(turn(d, view));
  }
  /** Blank, or back to what was before. */
  blank(): void {
    if (this.display.view !== "blank") this.#before = this.display.view;
    this.set(turn(this.display, this.display.view === "blank" ? this.#before : "blank"));
  }
  #before: Display["view"] = "overview";

  /** Shows one note to the room; one that waits is put up first. */
  project(id: string): void {
    const note = this.#up([id]);
    if (note) this.set(spotlight(this.display, id), t("desk.done.project", { what: named(this.#desk.list([id])) }));
  }
  queue(ids: string[]): void {
    if (this.#up(ids)) this.set(enqueue(this.display, ids), t("desk.done.queue", { what: named(this.#desk.list(ids)) }));
  }
  forward(): void {
    const d = this.next;
    if (d) this.set(d);
  }
  back(): void {
    const d = this.previous;
    if (!d) return;
    const steps = d.view === "note" && this.#past.at(-1) === d.note;
    this.set(d);
    // Going back is not a new showing: what was up lies first in the queue now.
    if (steps) this.#past = this.#past.slice(0, -1).filter((id) => id !== d.note);
  }
  add(): void {
    const name = Array.from({ length: DISPLAYS_MOST }, (_, i) => String(i + 1)).find((n) => !this.names.includes(n));
    if (!name) return;
    void this.#desk.acts.do("display", { name, display: fresh() });
    this.name = name;
  }
  remove(): void {
    const name = this.name;
    this.name = "1";
    void this.#desk.acts.do("display", { name, display: null }, t("desk.done.display", { name }));
  }

  #up(ids: string[]): boolean {
    const notes = this.#desk.list(ids);
    const down = notes.filter((n) => n.state === "waiting").map((n) => n.id);
    if (down.length) void this.#desk.acts.do("show", { notes: down });
    return notes.length > 0;
  }
}
