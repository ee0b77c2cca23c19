import { SvelteMap } from "svelte/reactivity";
import { Outbox, type Outcome, type Pending, type Shelf } from "./outbox";
import type { Act, Cluster, Commands, Face, Incoming, Me, Note, Refusal, Settings, Total, Verb, Welcome } from "./protocol";
import { Socket, type Line } from "./socket";
import { View } from "./view";

/** A connection that has not answered hello after this is taken as dead. */
const ANSWER_WITHIN = 10000;

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
  /** True once a whole snapshot has been seen. */
  ready = $state(false);
  welcome = $state.raw<Welcome | undefined>();
  settings = $state.raw<Settings>({} as Settings);
  readonly notes: Map<string, Note>;
  readonly clusters: Map<string, Cluster>;
  readonly acts: Map<string, Act>;
  readonly totals: Map<string, Total>;
  counted = $state(false);
  voters = $state(0);
  here = $state(0);
  epoch = $state("");
  revision = $state(0);
  me = $state.raw<Me | undefined>();
  /** Commands the hub has not answered yet, in order. */
  pending = $state.raw<Pending[]>([]);
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

  constructor(face: Face, path: string, options: { shelf?: Shelf; display?: string } = {}) {
    this.face = face;
    this.notes = this.#view.notes;
    this.clusters = this.#view.clusters;
    this.acts = this.#view.acts;
    this.totals = this.#view.totals;
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.search = new URLSearchParams({ face, ...(options.display ? { display: options.display } : {}) }).toString();
    url.hash = "";
    this.#outbox = new Outbox(
      (f) => this.#greeted && this.#socket.send(f),
      () => (this.pending = this.#outbox.list),
      options.shelf,
    );
    this.pending = this.#outbox.list;
    this.#socket = new Socket(url.href, {
      open: () => this.#hello(),
      frame: (f) => this.#take(f),
      line: (l, at) => this.#setLine(l, at),
    });
  }

  /** The hub's clock now (ms). Not reactive: read it from a ticking effect. */
  now(): number {
    return Date.now() + this.skew;
  }

  /** Asks something of the wall. Ends with the hub's yes or no; survives lost connections. */
  send<V extends Verb>(verb: V, args: Commands[V], key = `${verb}:${++this.#serial}`): Promise<Outcome> {
    const seen = this.face === "desk" ? this.revision : undefined;
    return this.#outbox.add({ key, do: verb, with: $state.snapshot(args) as Commands[V], seen, since: Date.now() });
  }
  #serial = 0;

  /** Says "my dots on this target are n". */
  vote(target: string, dots: number): Promise<Outcome> {
    this.#count = Math.max(this.#count, this.me?.dots.count ?? 0) + 1;
    return this.send("vote", { target, dots, count: this.#count }, `vote:${target}`);
  }

  /** One's dots on a target, with what is still on its way. */
  dotsOn(target: string): number {
    const way = this.pending.find((p) => p.key === `vote:${target}`) as Pending<"vote"> | undefined;
    return way ? way.with.dots : (this.me?.dots.on[target] ?? 0);
  }

  /** One's dots left, with what is still on its way. */
  get dotsLeft(): number {
    const dots = this.me?.dots;
    if (!dots) return 0;
    let left = dots.left;
    for (const p of this.pending as Pending<"vote">[]) if (p.do === "vote") left -= p.with.dots - (dots.on[p.with.target] ?? 0);
    return Math.max(0, left);
  }

  /** Takes back a command that has not been answered. */
  cancel(key: string): void {
    this.#outbox.remove(key);
  }

  close(): void {
    clearTimeout(this.#watch);
    this.#outbox.close();
    this.#socket.close();
  }

  #greeted = false;

  #hello(): void {
    this.#greeted = false;
    this.#socket.send({ hello: this.#view.position });
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#socket.again(), ANSWER_WITHIN);
  }

  #take(f: Incoming): void {
    if (f.welcome) {
      if (this.welcome && f.welcome.build !== this.welcome.build) {
        this.#setLine("reload");
        this.#socket.close();
        return;
      }
      this.welcome = f.welcome;
      this.skew = f.welcome.now - Date.now();
    }
    if (f.snapshot && this.#view.snapshot(f.snapshot)) this.#whole();
    if (f.frame) {
      if (!this.#view.frame(f.frame)) {
        this.#hello();
        return;
      }
      this.#whole();
    }
    if (f.me) this.me = f.me;
    if (f.ack || f.refused) {
      const answer = this.#outbox.answer(f);
      if (answer?.later) this.holding = { about: answer.about, refusal: answer.refusal!, until: Date.now() + answer.later };
      else if (answer && this.holding?.about === answer.about) this.holding = undefined;
    }
  }

  /** The view stands at a position: let the page see it, and send what waits. */
  #whole(): void {
    const v = this.#view;
    if (this.settings !== v.settings) this.settings = v.settings as Settings;
    this.counted = v.counted;
    this.voters = v.voters;
    this.here = v.here;
    this.epoch = v.epoch;
    this.revision = v.revision;
    this.ready = true;
    if (this.#greeted) return;
    this.#greeted = true;
    clearTimeout(this.#watch);
    this.#setLine("open");
    this.#outbox.resend();
  }

  #setLine(line: Line, retryAt = 0): void {
    if (line !== "open") this.#greeted = false;
    if (line === "open") this.lostAt = 0;
    else if (line === "away" && !this.lostAt && this.ready) this.lostAt = Date.now();
    // While coming back, people see one state, not a flicker of two.
    if (line === "connecting" && this.lostAt) return;
    this.retryAt = retryAt;
    this.line = line;
  }
}
