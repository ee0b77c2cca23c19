import type { LiveWall } from "../client/live.svelte";
import type { Act, Commands, Refusal, Verb } from "../client/protocol";
import type { Ask } from "./drop";
import { overlay, type Drawn, type Way } from "./overlay";
import { t } from "./say.svelte";
import { refusalWords } from "./words";

export interface Toast {
  id: number;
  text: string;
  /** The acts that its "undo" takes back, latest last; empty while they are on their way. */
  revs: number[];
  /** Their keys, while the network is away. */
  keys: string[];
  undoable: boolean;
}
/** Something that did not go as asked, and how it is now. */
export interface Notice {
  id: number;
  title: string;
  body: string;
  tone: "info" | "bad";
}

const TOAST_FOR = 9000;
const NOTICE_FOR = 20000;
/** Acts that only steer what the room sees: they have their own way back. */
const STEERING = new Set(["display_set", "timer_set"]);
/** What U never means: the commands for these, and its own. */
const NOT_TAKEN_BACK = new Set<Verb>(["display", "timer", "undo"]);

/**
 * What the moderator does: asked of the wall, drawn at once, and undone again.
 */
export class Acts {
  toasts = $state.raw<Toast[]>([]);
  notices = $state.raw<Notice[]>([]);
  /** What was done, for those who listen. */
  announced = $state("");
  #ways = $state.raw<Way[]>([]);
  #live: LiveWall;
  /** The latest act of ours that U would mean: its revision once the hub has said yes, or undefined. */
  #latest: { done: Promise<number | undefined>; rev?: number } | undefined;
  #n = 0;

  constructor(live: LiveWall) {
    this.#live = live;
  }

  /** The wall with what is on its way. */
  drawn(): Drawn {
    const { notes, clusters, settings, revision } = this.#live;
    return overlay(
      { notes, clusters, settings },
      this.#ways.filter((w) => w.rev === undefined || w.rev > revision),
    );
  }

  /** Does one thing; `said` is the toast, with undo. */
  do<V extends Verb>(verb: V, args: Commands[V], said?: string): Promise<boolean> {
    return this.all([{ verb, args } as unknown as Ask], said);
  }

  /** Does several things in order, as one act to the moderator: one toast, one undo. */
  async all(asks: readonly Ask[], said?: string): Promise<boolean> {
    if (asks.length === 0) return true;
    const sent = asks.map((ask) => this.#send(ask));
    const toast = said
      ? this.#toast(
          said,
          sent.map((s) => s.key),
          asks.every((a) => a.verb !== "erase"),
        )
      : undefined;
    const done = await Promise.all(sent.map((s) => s.done));
    const revs = done.filter((r) => r !== undefined && r > 0) as number[];
    if (toast) {
      if (done.includes(undefined)) this.drop(toast.id);
      else this.toasts = this.toasts.map((x) => (x.id === toast.id ? { ...x, revs, keys: [] } : x));
    }
    return !done.includes(undefined);
  }

  /** Takes back what a toast tells of. */
  undoToast(toast: Toast): void {
    this.drop(toast.id);
    for (const key of toast.keys) {
      this.#live.cancel(key);
      this.#ways = this.#ways.filter((w) => w.key !== key);
    }
    // The latest first, so that nothing later stands in the way of the one before.
    const asked = toast.revs.toReversed().map((act) => this.#send({ verb: "undo", args: { act } }).done);
    void Promise.all(asked).then((done) => !done.includes(undefined) && this.say(t("desk.undone")));
  }

  /** The act that U takes back: the latest by anyone that stands, but for steering. */
  get last(): Act | undefined {
    return this.recent.find(
      (a) => !a.undone && !a.fixed && a.did !== "act_undone" && !STEERING.has(a.did) && !this.#isBeingUndone(a.rev),
    );
  }

  /** That is asked for already, so that U twice takes back two. */
  #isBeingUndone(rev: number): boolean {
    return this.#ways.some((w) => w.verb === "undo" && (w.args as Commands["undo"]).act === rev);
  }

  /** What was done lately, latest first. */
  get recent(): Act[] {
    return [...this.#live.acts.values()].sort((a, b) => b.rev - a.rev);
  }

  /**
   * U: takes back the latest act that stands. One of ours that is still on its
   * way is waited for, since what is listed as the latest until then is another.
   */
  async undoLast(): Promise<void> {
    const own = this.#latest;
    const rev = own && (own.rev ?? (await own.done));
    if (own && rev === undefined) return; // it was refused, and that has been told
    if (rev !== undefined && rev > this.#live.revision && !this.#isBeingUndone(rev)) return this.undo(rev);
    const last = this.last;
    if (last) return this.undo(last.rev);
    this.say(t("desk.undo.none"));
  }

  async undo(rev: number): Promise<void> {
    this.toasts = this.toasts.filter((x) => !x.revs.includes(rev));
    const done = await this.#send({ verb: "undo", args: { act: rev } }).done;
    if (done !== undefined) this.say(t("desk.undone"));
  }

  /** Says something without anything to undo. */
  say(text: string): void {
    this.#toast(text, [], false);
  }

  tell(title: string, body: string, tone: Notice["tone"] = "info"): void {
    const id = ++this.#n;
    this.notices = [...this.notices.slice(-2), { id, title, body, tone }];
    setTimeout(() => this.close(id), NOTICE_FOR);
  }

  drop(id: number): void {
    this.toasts = this.toasts.filter((x) => x.id !== id);
  }

  close(id: number): void {
    this.notices = this.notices.filter((x) => x.id !== id);
  }

  #send(ask: Ask): { key: string; done: Promise<number | undefined> } {
    const key = `desk:${++this.#n}`;
    const way: Way = { key, verb: ask.verb, args: ask.args };
    this.#ways = [...this.#ways, way];
    const done = this.#live.send(ask.verb, ask.args, key).then((outcome) => {
      if (!outcome.ok) {
        this.#ways = this.#ways.filter((w) => w.key !== key);
        this.#refused(outcome.refusal, ask);
        return undefined;
      }
      // The values come with a frame after the yes; until then the act stays drawn.
      const rev = outcome.revision;
      const { revision } = this.#live;
      this.#ways = this.#ways
        .filter((w) => w.key === key || w.rev === undefined || w.rev > revision)
        .map((w) => (w.key === key ? { ...w, rev } : w));
      return rev;
    });
    if (!NOT_TAKEN_BACK.has(ask.verb)) this.#follow(done);
    return { key, done };
  }

  /** Keeps an act as the latest until it is refused, or another is. */
  #follow(done: Promise<number | undefined>): void {
    const own: { done: Promise<number | undefined>; rev?: number } = { done };
    this.#latest = own;
    void done.then((rev) => {
      if (rev !== undefined) own.rev = rev;
      else if (this.#latest === own) this.#latest = undefined;
    });
  }

  #refused(refusal: Refusal, ask: Ask): void {
    const { title, body } = refusalWords(refusal, ask, this.#live);
    this.tell(title, body, refusal.code === "conflict" ? "info" : "bad");
  }

  #toast(text: string, keys: string[], undoable: boolean): Toast {
    const toast: Toast = { id: ++this.#n, text, revs: [], keys, undoable };
    this.toasts = [...this.toasts.filter((x) => x.text !== text).slice(-1), toast];
    this.announced = text;
    setTimeout(() => this.drop(toast.id), TOAST_FOR);
    return toast;
  }
}
