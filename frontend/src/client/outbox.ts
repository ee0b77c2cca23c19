import type { Commands, Incoming, Refusal, Verb } from "./protocol";

/** A command on its way. It stays until the hub has said yes or no. */
export interface Pending<V extends Verb = Verb> {
  /** What it is about; a newer one of the same key replaces one not yet sent. */
  key: string;
  do: V;
  with: Commands[V];
  seen?: number;
  /** Since when it has waited (ms, this device's clock). */
  since: number;
}
export type Outcome = { ok: true; revision: number } | { ok: false; refusal: Refusal };

/** Refusals that mean "not now": the same command is sent again by itself. */
const LATER = new Set(["unavailable", "busy", "rate"]);
const AGAIN = 3000;

/** Where an outbox is kept while the page is away. */
export interface Shelf {
  load(): Pending[];
  save(list: Pending[]): void;
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

  /** Adds a command. The promise ends with the hub's yes or no, however long that takes. */
  add(p: Pending): Promise<Outcome> {
    return new Promise((done) => {
      const old = this.list.find((o) => o.key === p.key && o.do === p.do);
      if (old) {
        this.#waiting.get(old)?.({ ok: true, revision: 0 });
        this.#waiting.delete(old);
        this.list = this.list.filter((o) => o !== old);
      }
      this.list = [...this.list, p];
      this.#waiting.set(p, done);
      this.#keep();
      this.#transmit(p);
    });
  }

  /** Takes back what has not been answered. */
  remove(key: string): void {
    this.list = this.list.filter((p) => p.key !== key);
    this.#keep();
  }

  /** Sends all of it again, on a new connection. */
  resend(): void {
    this.#sent.clear();
    for (const p of this.list) this.#transmit(p);
  }

  /** Takes the hub's answer. Gives the command it was about, and the refusal if it is final. */
  answer(f: Incoming): { about: Pending; refusal?: Refusal; later?: number } | undefined {
    const n = f.ack?.n ?? f.refused?.n ?? 0;
    const about = this.#sent.get(n);
    this.#sent.delete(n);
    if (!about || !this.list.includes(about)) return undefined;
    if (f.refused && LATER.has(f.refused.code)) {
      const wait = (f.refused.after ?? AGAIN) + 50;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.resend(), wait);
      return { about, refusal: f.refused, later: wait };
    }
    this.list = this.list.filter((p) => p !== about);
    this.#keep();
    const done = this.#waiting.get(about);
    this.#waiting.delete(about);
    if (f.refused) {
      done?.({ ok: false, refusal: f.refused });
      return { about, refusal: f.refused };
    }
    done?.({ ok: true, revision: f.ack!.revision });
    return { about };
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #transmit(p: Pending): void {
    const n = ++this.#n;
    const command = { n, do: p.do, with: p.with, ...(p.seen ? { seen: p.seen } : {}) };
    if (this.#send({ command })) this.#sent.set(n, p);
  }

  #keep(): void {
    this.#shelf?.save(this.list);
    this.#changed();
  }
}
