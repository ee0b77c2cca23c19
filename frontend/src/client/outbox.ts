import type { Commands, Incoming, Refusal, Verb } from "./protocol";

/** A command on its way. It stays until the hub has said yes or no. */
export interface Pending<V extends Verb = Verb> {
  /** What it is about; a newer one of the same key replaces one not yet answered. */
  key: string;
  do: V;
  with: Commands[V];
  seen?: number | undefined;
  /** Since when it has waited (ms, this device's clock). */
  since: number;
  /** It has left this device once: the hub may know it. */
  tried?: boolean;
}
export type Outcome = { ok: true; revision: number } | { ok: false; refusal: Refusal };

/** What an answer came to. With `later`, the same command is sent again after so many ms. */
export interface Answered {
  about: Pending;
  refusal?: Refusal;
  later?: number;
}

/** Refusals that mean "not now": the same command is sent again by itself. */
const LATER = new Set(["unavailable", "busy", "rate"]);
const AGAIN = 3000;
/** So that the hub's clock is past the wait, not at it. */
const MARGIN = 50;

/** Where an outbox is kept while the page is away. */
export interface Shelf {
  load(): Pending[];
  save(list: Pending[]): void;
}

/** Whether a command is of the given verb. */
export function is<V extends Verb>(p: Pending, verb: V): p is Pending<V> {
  return p.do === verb;
}

/**
 * Commands that the hub has not answered yet, in order. All are safe to send
 * again, so after each reconnection everything here is sent again.
 */
export class Outbox {
  list: Pending[];
  #shelf: Shelf | undefined;
  #send: (frame: unknown) => boolean;
  #changed: () => void;
  #n = 0;
  #sent = new Map<number, Pending>();
  #waiting = new Map<Pending, (o: Outcome) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (frame: unknown) => boolean, changed: () => void, shelf?: Shelf) {
    this.#send = send;
    this.#changed = changed;
    this.#shelf = shelf;
    this.list = shelf?.load() ?? [];
  }

  /** Whether an answer is due on this connection. */
  get unanswered(): boolean {
    return this.#sent.size > 0;
  }

  /** Adds a command. The promise ends with the hub's yes or no, however long that takes. */
  add(p: Pending): Promise<Outcome> {
    return new Promise((done) => {
      const old = this.list.find((o) => o.key === p.key && o.do === p.do);
      if (old) this.#drop(old);
      this.list = [...this.list, p];
      this.#waiting.set(p, done);
      this.#transmit(p);
      this.#keep();
    });
  }

  /** Takes back what has not been answered. Whoever waits for it is told yes: it was their own wish. */
  remove(key: string): void {
    for (const p of this.list) if (p.key === key) this.#drop(p);
    this.#keep();
  }

  /** Sends all of it again: on a new connection, or when a wait is over. */
  resend(): void {
    clearTimeout(this.#timer);
    this.#sent.clear();
    let fresh = false;
    for (const p of this.list) fresh = this.#transmit(p) || fresh;
    if (fresh) this.#keep();
  }

  /** The connection is gone: no answer comes on it. */
  lost(): void {
    clearTimeout(this.#timer);
    this.#sent.clear();
  }

  /** Takes the hub's answer. */
  answer(f: Incoming): Answered | undefined {
    const n = f.ack?.n ?? f.refused?.n ?? 0;
    const about = this.#sent.get(n);
    this.#sent.delete(n);
    if (!about || !this.list.includes(about)) return undefined;
    if (f.refused && LATER.has(f.refused.code)) {
      const later = (f.refused.after ?? AGAIN) + MARGIN;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.resend(), later);
      return { about, refusal: f.refused, later };
    }
    this.list = this.list.filter((p) => p !== about);
    const done = this.#waiting.get(about);
    this.#waiting.delete(about);
    if (f.refused) done?.({ ok: false, refusal: f.refused });
    else done?.({ ok: true, revision: f.ack!.revision });
    // What waited behind it can go now.
    for (const p of this.list) if (behind(p, about)) this.#transmit(p);
    this.#keep();
    return f.refused ? { about, refusal: f.refused } : { about };
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #drop(p: Pending): void {
    this.#waiting.get(p)?.({ ok: true, revision: 0 });
    this.#waiting.delete(p);
    this.list = this.list.filter((o) => o !== p);
  }

  /** Sends one, if it can go; true when that was its first time. */
  #transmit(p: Pending): boolean {
    if (this.list.some((o) => o !== p && behind(p, o))) return false;
    const n = ++this.#n;
    const command = { n, do: p.do, with: p.with, ...(p.seen ? { seen: p.seen } : {}) };
    if (!this.#send({ command })) return false;
    this.#sent.set(n, p);
    if (p.tried) return false;
    p.tried = true;
    return true;
  }

  #keep(): void {
    this.#shelf?.save(this.list);
    this.#changed();
  }
}

/**
 * Whether p has to wait for o. A change of a note must not overtake the post
 * of it: the post may be waiting out a speed limit.
 */
function behind(p: Pending, o: Pending): boolean {
  if (!is(o, "post")) return false;
  const note = (p.with as { note?: string }).note;
  return note !== undefined && note === o.with.id;
}
