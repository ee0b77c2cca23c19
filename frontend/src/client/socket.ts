import { FINAL, MISSING, SUBPROTOCOL, type Incoming } from "./protocol";

/** What the connection is, as a person would say it. */
export type Line = "connecting" | "open" | "away" | "denied" | "unknown" | "reload";

/** Waits between attempts, in ms; each is drawn between half and the whole, so that a hall does not return as one. */
const BACKOFF = [500, 1000, 2000, 4000, 8000, 12000];
/** An attempt that is not open after this is given up. */
const OPEN_WITHIN = 8000;
/** Codes that ask for more patience, and the step of the back-off to begin at. */
const PATIENCE: Record<number, number> = { 1013: 3, 4029: 4 };
/** A connection must have lived this long before the back-off starts over. */
const STEADY = 5000;
/** A wall that was here and is gone may be put back: it is asked for at this pace, drawn as the others. */
const GONE = 30_000;

export interface Hooks {
  /** Where to connect, asked before each attempt: the address says where we are. */
  url(): string;
  /** The socket is open. */
  open(): void;
  frame(f: Incoming): void;
  /** "gone": away, and the hub says that there is no such wall any more. */
  line(l: Line | "gone", retryAt?: number): void;
}

/**
 * A socket that comes back by itself. Events of replaced sockets are ignored;
 * `close` ends it for good.
 */
export class Socket {
  #hooks: Hooks;
  #ws: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #openedAt = 0;
  #ended = false;
  #had = false;
  #gone = false;

  constructor(hooks: Hooks) {
    this.#hooks = hooks;
    addEventListener("online", this.#hurry);
    addEventListener("offline", this.#drop);
    document.addEventListener("visibilitychange", this.#hurry);
    this.#connect();
  }

  /** Tries now, if it is between two attempts. */
  hurry(): void {
    this.#hurry();
  }

  get open(): boolean {
    return this.#ws?.readyState === WebSocket.OPEN;
  }

  send(frame: unknown): boolean {
    if (!this.open) return false;
    this.#ws!.send(JSON.stringify(frame));
    return true;
  }

  /** The wall has come whole. Should it be gone some day, it is asked for again; one that never came is not. */
  whole(): void {
    this.#had = true;
    this.#gone = false;
  }

  /** Starts over: what is there answers no more. */
  again(): void {
    this.#lose(0);
  }

  close(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#hurry);
    removeEventListener("offline", this.#drop);
    document.removeEventListener("visibilitychange", this.#hurry);
    this.#detach();
  }

  #hurry = () => {
    if (!this.#ended && !this.#ws && document.visibilityState === "visible") this.#connect();
  };

  #drop = () => {
    if (this.#ws) this.#lose(0);
  };

  #detach(): void {
    const ws = this.#ws;
    this.#ws = undefined;
    if (!ws) return;
    ws.onopen = ws.onmessage = ws.onclose = null;
    ws.close();
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.#detach();
    this.#hooks.line("connecting");
    const ws = new WebSocket(this.#hooks.url(), SUBPROTOCOL);
    this.#ws = ws;
    this.#timer = setTimeout(() => this.#lose(0), OPEN_WITHIN);
    ws.onopen = () => {
      if (ws !== this.#ws) return;
      clearTimeout(this.#timer);
      this.#openedAt = Date.now();
      this.#hooks.open();
    };
    ws.onmessage = (e) => {
      if (ws === this.#ws) this.#hooks.frame(JSON.parse(e.data as string) as Incoming);
    };
    ws.onclose = (e) => {
      if (ws === this.#ws) this.#lose(e.code);
    };
  }

  #lose(code: number): void {
    this.#detach();
    clearTimeout(this.#timer);
    const final = FINAL[code];
    if (code === MISSING || (final === "unknown" && (this.#had || this.#gone))) this.#gone = true;
    else if (final) {
      // Neither the network's return nor a look at the page begins again.
      this.close();
      this.#hooks.line(final);
      return;
    }
    if (this.#openedAt && Date.now() - this.#openedAt > STEADY) this.#tries = 0;
    this.#openedAt = 0;
    this.#tries = Math.max(this.#tries, PATIENCE[code] ?? 0);
    const most = this.#gone ? GONE : BACKOFF[Math.min(this.#tries++, BACKOFF.length - 1)]!;
    const wait = most / 2 + (Math.random() * most) / 2;
    this.#hooks.line(this.#gone ? "gone" : "away", Date.now() + wait);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }
}
