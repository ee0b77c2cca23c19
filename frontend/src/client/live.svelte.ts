import { SvelteMap } from "svelte/reactivity";
import { is, Outbox, type Outcome, type Pending, type Shelf } from "./outbox";
import type {
  Act,
  Cluster,
  Commands,
  Face,
  Health,
  Incoming,
  Me,
  Note,
  Refusal,
  Settings,
  Total,
  Verb,
  Welcome,
} from "./protocol";
import { Socket, type Line } from "./socket";
import { View } from "./view";

/** An answer is due and nothing at all has come for so long: the connection is taken as dead. */
const ANSWER_WITHIN = 15000;
/** Nothing has come for so long: ask whether the other side is still there. A cable pulled tells nobody. */
const QUIET = 60000;
/** A page looked at again after so long asks at once. */
const ASLEEP = 20000;
/** What the hub has said yes to is drawn as such until it shows, at most so long. */
const SETTLE = 5000;

export interface Options {
  shelf?: Shelf;
  display?: string;
  /** A final no, whether or not somebody still waits for the promise: the page may have been loaded anew since. */
  refused?: (about: Pending, refusal: Refusal) => void;
  /** A yes, likewise. */
  accepted?: (about: Pending, revision: number) => void;
}

/**
 * The one bridge between the wire and the components: a wall, live. Components
 * read its fields and call `send`; nothing else of client/ is theirs.
 */
export class LiveWall {
  readonly face: Face;
  line = $state<Line>("connecting");
  /** When the next attempt is made (ms), while away. */
  retryAt = $state(0);
  /** When the line was lost (ms); 0 while it stands. */
  lostAt = $state(0);
  /** While away: the hub answers, and has no such wall any more. It is asked for again and again, since it may be put back. */
  gone = $state(false);
  /** True once a whole snapshot has been seen. */
  ready = $state(false);
  welcome = $state.raw<Welcome | undefined>();
  settings = $state.raw<Settings>({} as Settings);
  readonly notes: Map<string, Note>;
  readonly clusters: Map<string, Cluster>;
  readonly acts: Map<string, Act>;
  readonly totals: Map<string, Total>;
  /** Grows whenever a note or a cluster is another one. */
  shape = $state(0);
  counted = $state(false);
  voters = $state(0);
  here = $state(0);
  /** How the hall is doing; the desk only. */
  health = $state.raw<Health | undefined>();
  epoch = $state("");
  revision = $state(0);
  me = $state.raw<Me | undefined>();
  /** Commands the hub has not answered yet, in order. */
  pending = $state.raw<Pending[]>([]);
  /** Commands the hub has said yes to, whose effect has not come yet. */
  settling = $state.raw<Pending[]>([]);
  /** The last refusal that the outbox is waiting out (speed limit, store away). */
  holding = $state.raw<{ about: Pending; refusal: Refusal; until: number } | undefined>();
  /** Milliseconds to add to this device's clock to get the hub's. */
  skew = $state(0);

  #view = new View(<V>() => new SvelteMap<string, V>() as Map<string, V>);
  #socket: Socket;
  #outbox: Outbox;
  #watch: ReturnType<typeof setTimeout> | undefined;
  /** The highest vote counter used by this page. */
  #count = 0;

  #options: Options;

  constructor(face: Face, path: string, options: Options = {}) {
    this.face = face;
    this.#options = options;
    this.notes = this.#view.notes;
    this.clusters = this.#view.clusters;
    this.acts = this.#view.acts;
    this.totals = this.#view.totals;
    this.#outbox = new Outbox(
      (f) => this.#greeted && this.#socket.send(f),
      () => (this.pending = this.#outbox.list),
      options.shelf,
    );
    this.pending = this.#outbox.list;
    this.#socket = new Socket({
      url: () => this.#address(path),
      open: () => this.#begin(),
      frame: (f) => this.#take(f),
      line: (l, at) => this.#setLine(l, at),
    });
    document.addEventListener("visibilitychange", this.#look);
  }

  /** The hub's clock now (ms). Not reactive: read it from a ticking effect. */
  now(): number {
    return Date.now() + this.skew;
  }

  /** Asks something of the wall. Ends with the hub's yes or no; survives lost connections. */
  send<V extends Verb>(verb: V, args: Commands[V], key = `${verb}:${++this.#serial}`): Promise<Outcome> {
    const seen = this.face === "desk" ? this.revision : undefined;
    const told = this.#outbox.add({ key, do: verb, with: $state.snapshot(args) as Commands[V], seen, since: Date.now() });
    this.#expect();
    return told;
  }
  #serial = 0;

  /** Says "my dots on this target are n". */
  vote(target: string, dots: number): Promise<Outcome> {
    let count = Math.max(this.#count, this.me?.dots.count ?? 0);
    for (const p of this.pending) if (is(p, "vote")) count = Math.max(count, p.with.count);
    this.#count = count + 1;
    return this.send("vote", { target, dots, count: this.#count }, `vote:${target}`);
  }

  /** One's dots on a target, with what is still on its way. */
  dotsOn(target: string): number {
    return this.#votes.get(target) ?? this.me?.dots.on[target] ?? 0;
  }

  /** One's dots left, with what is still on its way. */
  get dotsLeft(): number {
    const dots = this.me?.dots;
    if (!dots) return 0;
    let left = dots.left;
    for (const [target, n] of this.#votes) left -= n - (dots.on[target] ?? 0);
    return Math.max(0, left);
  }

  /** Votes under way by target; of two on the same, the one that the hub has not answered. */
  #votes = $derived.by(() => {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew each time
    const votes = new Map<string, number>();
    for (const p of [...this.settling, ...this.pending]) if (is(p, "vote")) votes.set(p.with.target, p.with.dots);
    return votes;
  });

  /** Takes back a command that has not been answered. */
  cancel(key: string): void {
    this.#outbox.remove(key);
    if (this.holding?.about.key === key) this.holding = undefined;
  }

  /** Tries now what waits: the connection, or what was to be sent later. */
  retry(): void {
    this.holding = undefined;
    if (this.line === "open") this.#outbox.resend();
    else this.#socket.hurry();
    this.#expect();
  }

  close(): void {
    clearTimeout(this.#watch);
    clearTimeout(this.#settled);
    document.removeEventListener("visibilitychange", this.#look);
    this.#outbox.close();
    this.#socket.close();
  }

  #greeted = false;

  #heard = 0;

  /** Where the socket is; it says where we are, so that what we miss comes a way there and back sooner. */
  #address(path: string): string {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const { epoch, revision } = this.#view.position;
    url.search = new URLSearchParams({
      face: this.face,
      ...(this.#options.display ? { display: this.#options.display } : {}),
      epoch,
      revision: String(revision),
    }).toString();
    url.hash = "";
    return url.href;
  }

  /** Begins to wait for what we miss. */
  #begin(): void {
    this.#greeted = false;
    this.#outbox.lost();
    this.#expect();
  }

  #hello(): void {
    this.#begin();
    this.#socket.send({ hello: this.#view.position });
  }

  /** Begins to wait for the other side anew: shortly when it owes an answer. */
  #expect(): void {
    clearTimeout(this.#watch);
    if (!this.#socket.open) return;
    const owed = !this.#greeted || this.#outbox.unanswered;
    this.#watch = setTimeout(() => (owed ? this.#socket.again() : this.#hello()), owed ? ANSWER_WITHIN : QUIET);
  }

  #look = () => {
    const asleep = document.visibilityState === "visible" && Date.now() - this.#heard > ASLEEP;
    if (asleep && this.#greeted && this.#socket.open) this.#hello();
  };

  #take(f: Incoming): void {
    this.#heard = Date.now();
    if (f.welcome) {
      if (this.welcome && f.welcome.build !== this.welcome.build) {
        this.#socket.close();
        this.#setLine("reload");
        return;
      }
      this.welcome = f.welcome;
      this.skew = f.welcome.now - Date.now();
      // Of a hub that is older than this page, while one is replaced after the other.
      if (!f.welcome.heard) this.#hello();
    }
    if (f.snapshot && this.#view.snapshot(f.snapshot)) this.#whole();
    if (f.frame) {
      if (!this.#view.frame(f.frame)) {
        // Asked already: until the answer is here, more of the same may come.
        if (this.#greeted) this.#hello();
        return;
      }
      this.#whole();
    }
    if (f.me) {
      this.me = f.me;
      this.#settle();
    }
    if (f.ack || f.refused) this.#answered(f);
    this.#expect();
  }

  #answered(f: Incoming): void {
    const answer = this.#outbox.answer(f);
    if (!answer) return;
    const { about, refusal, later } = answer;
    if (refusal && later) {
      this.holding = { about, refusal, until: Date.now() + later };
      return;
    }
    if (this.holding?.about === about) this.holding = undefined;
    if (refusal) {
      this.#options.refused?.(about, refusal);
      return;
    }
    if (about.do === "post" || about.do === "vote") this.settling = [...this.settling, about];
    this.#settle();
    this.#options.accepted?.(about, f.ack!.revision);
    clearTimeout(this.#settled);
    this.#settled = setTimeout(() => (this.settling = []), SETTLE);
  }
  #settled: ReturnType<typeof setTimeout> | undefined;

  /** Forgets what the hub has both accepted and shown. */
  #settle(): void {
    if (this.settling.length === 0) return;
    this.settling = this.settling.filter((p) => {
      if (is(p, "vote")) return (this.me?.dots.count ?? 0) < p.with.count;
      return is(p, "post") && !this.me?.notes.some((n) => n.id === p.with.id);
    });
  }

  /** The view stands at a position: let the page see it, and send what waits. */
  #whole(): void {
    const v = this.#view;
    if (this.settings !== v.settings) this.settings = v.settings as Settings;
    this.shape = v.shape;
    this.counted = v.counted;
    this.voters = v.voters;
    this.here = v.here;
    this.health = v.health;
    this.epoch = v.epoch;
    this.revision = v.revision;
    this.ready = true;
    if (this.#greeted) return;
    this.#greeted = true;
    this.#socket.whole();
    this.#setLine("open");
    this.#outbox.resend();
  }

  #setLine(said: Line | "gone", retryAt = 0): void {
    const line = said === "gone" ? "away" : said;
    if (line !== "open") {
      this.#greeted = false;
      this.#outbox.lost();
      clearTimeout(this.#watch);
    }
    if (line === "open") this.lostAt = 0;
    else if (line === "away" && !this.lostAt) this.lostAt = Date.now();
    // While coming back, people see one state, not a flicker of two.
    if (line === "connecting" && this.lostAt) return;
    this.gone = said === "gone";
    this.retryAt = retryAt;
    this.line = line;
  }
}
