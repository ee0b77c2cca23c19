import { createContext, tick } from "svelte";
import { SvelteSet } from "svelte/reactivity";
import { newId } from "../client/id";
import type { LiveWall } from "../client/live.svelte";
import type { Note, Reason, Settings, Theme } from "../client/protocol";
import { Acts } from "./acts.svelte";
import { Clock } from "./clock.svelte";
import { isQuestion, piles, sorted, type Column, type Sort } from "./columns";
import { Drag } from "./drag.svelte";
import { asks, type Ask, type Drop } from "./drop";
import { Owner } from "./people";
import { Remote } from "./remote.svelte";
import { isolated, remember, remembered, speech, t } from "./say.svelte";
import { alike } from "./similar";
import type { Where } from "./search";
import { dayOf, named } from "./words";

/** What lies over the desk. */
export type Sheet =
  | { kind: "move" | "answer" | "merge" | "erase"; ids: string[] }
  | { kind: "author" | "history"; id: string }
  | { kind: "settings" | "people" | "walls" | "shortcuts" | "close" | "code" | "projector" | "paper" };

/** One entry of a menu. */
export interface Item {
  label: string;
  icon?: string;
  theme?: string;
  paper?: number;
  hint?: string;
  key?: string;
  checked?: boolean;
  off?: boolean;
  run?: () => void;
  href?: string;
  /** A line above it. */
  rule?: boolean;
}
export interface Menu {
  anchor: HTMLElement;
  label: string;
  items: Item[];
}
export type InboxFilter = "all" | "questions" | "flagged";

/** As the wall's own limit on one act. */
const MANY = 500;
const KEYS_ON = "wall.desk.keys";

/** One moderator's desk: what is looked at, what is chosen, what is done. */
export class Desk {
  readonly live: LiveWall;
  readonly code: string;
  readonly acts: Acts;
  readonly clock: Clock;
  readonly drag: Drag;
  readonly remote: Remote;
  readonly owner: Owner;

  tab = $state("all");
  sort = $state<Sort>("new");
  place = $state<"board" | "search">("board");
  pane = $state<"inbox" | "board">("inbox");
  query = $state("");
  where = $state<Where>("all");

  filter = $state<InboxFilter>("all");
  newestFirst = $state(false);
  /** The inbox's open note, and the note that the board's keys are about. */
  cursor = $state("");
  at = $state("");
  selecting = $state(false);
  readonly selected = new SvelteSet<string>();

  sheet = $state.raw<Sheet | undefined>();
  /** Sheets that lie over the desk: what there is to say is said in them. */
  covered = $state(0);
  menu = $state.raw<Menu | undefined>();
  /** The notes whose reason is asked for, in their own row. */
  asking = $state.raw<{ ids: string[]; verb: "archive" | "hide" } | undefined>();
  /** The group whose name is being written. */
  renaming = $state("");
  keysOn = $state(remembered(KEYS_ON) !== "off");

  #drawn = $derived.by(() => this.acts.drawn());
  #piles = $derived.by(() =>
    piles(
      this.#drawn.notes,
      this.#drawn.clusters,
      (this.#drawn.settings.themes ?? []).map((x) => x.id),
    ),
  );

  constructor(live: LiveWall, code: string) {
    this.live = live;
    this.code = code;
    this.acts = new Acts(live);
    this.clock = new Clock(() => live.skew);
    this.drag = new Drag(this);
    this.remote = new Remote(this);
    this.owner = new Owner(code);
  }

  get notes(): Map<string, Note> {
    return this.#drawn.notes;
  }
  get clusters() {
    return this.#drawn.clusters;
  }
  get settings(): Settings {
    return this.#drawn.settings;
  }
  get themes(): Theme[] {
    return this.settings.themes ?? [];
  }
  get piles() {
    return this.#piles;
  }
  get isOwner(): boolean {
    return this.live.me?.role === "owner";
  }
  theme(id: string): Theme | undefined {
    return this.themes.find((x) => x.id === id);
  }
  themeName(id: string): string {
    return speech.words(this.theme(id)?.name, this.settings.language);
  }
  paper(n: Note): number {
    return this.theme(n.theme)?.paper ?? 0;
  }
  /** What a note's corner shows. */
  mark(n: Note): string | undefined {
    if (n.answer) return n.answer.promise ? "…" : "✓";
    return isQuestion(n, this.settings) ? (speech.lang === "ar" ? "؟" : "?") : undefined;
  }
  /** What it says to those who do not see it. */
  markLabel(n: Note): string | undefined {
    if (n.answer) return n.answer.promise ? t("desk.sees.promised", { date: dayOf(n.answer.promise) }) : t("desk.answered");
    return isQuestion(n, this.settings) ? t("desk.question") : undefined;
  }
  dots(key: string): number {
    return this.live.totals.get(key)?.[0] ?? 0;
  }
  list(ids: readonly string[]): Note[] {
    return ids.map((id) => this.notes.get(id)).filter((n) => n !== undefined);
  }

  /** The inbox as it is filtered and turned. */
  get inbox(): Note[] {
    const { inbox, flagged } = this.piles;
    if (this.filter === "flagged") return flagged;
    const list = this.filter === "questions" ? inbox.filter((n) => isQuestion(n, this.settings)) : inbox;
    return this.newestFirst ? list.toReversed() : list;
  }

  /** The board's columns under the chosen tab, in the order they are read. */
  get columns(): Column[] {
    const boards = this.tab === "all" ? this.themes.map((x) => x.id) : [this.tab];
    return boards.flatMap((theme) => {
      const b = this.piles.boards.get(theme);
      if (!b) return [];
      const groups = this.sort === "votes" ? [...b.groups].sort((x, y) => this.dots(y.key) - this.dots(x.key)) : b.groups;
      return [{ ...b.loose, notes: sorted(b.loose.notes, this.sort, this.live.totals) }, ...groups];
    });
  }

  /** The note on the wall that says nearly the same as this one. */
  twin(n: Note): Note | undefined {
    return alike(n, this.notes.values());
  }

  keys(on: boolean): void {
    this.keysOn = on;
    remember(KEYS_ON, on ? "on" : "off");
  }

  open(sheet: Sheet): void {
    this.menu = undefined;
    this.sheet = sheet;
  }
  search(query = this.query, where: Where = this.where): void {
    [this.place, this.query, this.where] = ["search", query, where];
  }

  show(ids: string[]): void {
    void this.acts.all(
      this.#many(ids, (notes) => ({ verb: "show", args: { notes } })),
      this.#done("show", ids),
    );
  }
  /** Asks for the reason in the note's own row. */
  ask(verb: "archive" | "hide", ids: string[]): void {
    if (ids.length) this.asking = { verb, ids };
  }
  setAside(verb: "archive" | "hide", ids: string[], reason?: Reason): void {
    this.asking = undefined;
    const args = (notes: string[]) => ({ notes, ...(reason && { reason }) });
    void this.acts.all(
      this.#many(ids, (notes) => ({ verb, args: args(notes) })),
      this.#done(verb, ids),
    );
    this.#deselect(ids);
  }
  restore(ids: string[]): void {
    void this.acts.all(
      this.#many(ids, (notes) => ({ verb: "restore", args: { notes } })),
      this.#done("restore", ids),
    );
    this.#deselect(ids);
  }
  merge(into: string, ids: string[]): void {
    const notes = ids.filter((id) => id !== into);
    // One that still waits is put up with it: behind another it would never be read.
    const down = this.list(notes).filter((n) => n.state === "waiting");
    const list: Ask[] = [{ verb: "merge", args: { into, notes } }];
    if (down.length) list.push({ verb: "show", args: { notes: down.map((n) => n.id) } });
    void this.acts.all(list, this.#done("merge", notes));
    this.#deselect(ids);
  }
  unmerge(ids: string[]): void {
    void this.acts.do("unmerge", { notes: ids }, this.#done("unmerge", ids));
  }
  dismiss(ids: string[]): void {
    void this.acts.do("dismiss", { notes: ids }, this.#done("dismiss", ids));
  }
  answer(id: string, answer: { text?: string; promise?: string } | null): void {
    void this.acts.do(
      "answer",
      { note: id, answer },
      this.#done(answer ? (answer.promise ? "promise" : "answer") : "reopen", [id]),
    );
  }
  mute(id: string, on: boolean): void {
    void this.acts.do("mute", { note: id, on }, t(on ? "desk.done.mute" : "desk.done.unmute"));
  }
  erase(ids: string[]): void {
    void this.acts.do("erase", { notes: ids }, this.#done("erase", ids));
    this.#deselect(ids);
  }

  /** Lets notes go somewhere: by dragging, by keys or from the sheet. */
  drop(ids: string[], to: Drop): void {
    const notes = this.list(ids);
    const fresh = { id: newId(), name: t("desk.group.unnamed") };
    const list = asks(notes, to, fresh);
    if (list.length === 0) return;
    const [what, where] = [to.to.slice(0, to.to.indexOf(":")), to.to.slice(to.to.indexOf(":") + 1)];
    const name = what === "c" ? (this.clusters.get(where)?.name ?? "") : what === "new" ? fresh.name : this.themeName(where);
    const one = notes[0];
    const within = what === "c" && notes.every((n) => n.cluster === where);
    void this.acts.all(list, within ? undefined : t("desk.done.move", { what: named(notes), name: isolated(name) }));
    if (what === "new") this.rename(fresh.id, one?.theme === where ? where : undefined);
    this.#deselect(ids);
  }
  newGroup(theme: string, ids: string[] = []): void {
    const id = newId();
    void this.acts.do("make_cluster", { id, name: t("desk.group.unnamed"), theme, ...(ids.length && { notes: ids }) });
    this.#deselect(ids);
    this.rename(id, theme);
  }
  /** Asks for a group's name in place. */
  rename(id: string, theme?: string): void {
    if (theme && this.tab !== "all") this.tab = theme;
    this.place = "board";
    this.renaming = id;
  }

  select(id: string, on: boolean): void {
    if (on) this.selected.add(id);
    else this.selected.delete(id);
  }
  /** Shows a note where it lies on the board. */
  find(id: string): void {
    const n = this.notes.get(id);
    if (!n) return;
    this.place = "board";
    this.pane = "board";
    this.tab = (n.cluster && this.clusters.get(n.cluster)?.theme) || n.theme;
    this.at = id;
    void this.focus(id);
  }
  /** Focus, when the page has drawn itself, on a note of the board or the inbox. */
  async focus(id: string, list = "[data-board]"): Promise<void> {
    await tick();
    document.querySelector<HTMLElement>(`${list} [data-note="${CSS.escape(id)}"]`)?.focus();
  }

  #deselect(ids: readonly string[]): void {
    for (const id of ids) this.selected.delete(id);
    if (this.selected.size === 0) this.selecting = false;
  }
  #done(what: Done, ids: readonly string[]): string {
    return t(`desk.done.${what}`, { what: named(this.list(ids)) });
  }
  #many(ids: readonly string[], make: (notes: string[]) => Ask): Ask[] {
    const list: Ask[] = [];
    for (let i = 0; i < ids.length; i += MANY) list.push(make(ids.slice(i, i + MANY)));
    return list;
  }
}
type Done = "show" | "hide" | "archive" | "restore" | "merge" | "unmerge" | "dismiss" | "answer" | "promise" | "reopen" | "erase";

export const [getDesk, setDesk] = createContext<Desk>();
