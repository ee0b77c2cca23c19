import { createContext, untrack } from "svelte";
import { newId } from "../client/id";
import { LiveWall } from "../client/live.svelte";
import { is, type Pending } from "../client/outbox";
import type { MyNote, Refusal, Settings } from "../client/protocol";
import { preferred } from "../client/speech.svelte";
import { arrange } from "./list";
import { Keep, language } from "./keep";
import { languages, makeSpeech, type Key } from "./speech";
import { signature } from "./status";
import { tidy } from "./text";

export type Place = "write" | "read" | "mine";

export interface Draft {
  text: string;
  theme: string;
  kind: string;
}
/** A text that came back, or was laid aside: never lost, always with why. */
export interface Returned extends Draft {
  id: string;
  /** The refusal; none: laid aside by its author. */
  refusal?: Refusal;
}
/** What was last put up, while its receipt is looked at. */
export interface Receipt extends Draft {
  id: string;
}

/** An explanation at the tray goes after so long. */
const EXPLAIN = 7000;
/** A blip shorter than this is not worth a banner. */
const BLIP = 1500;
/** "Connected again" stays so long. */
const BACK = 8000;

/** One phone at one wall: what it shows and keeps. The wall itself is `live`. */
export class Phone {
  readonly code: string;
  readonly live: LiveWall;
  readonly speech = makeSpeech(preferred(languages, language.get()));
  readonly keep: Keep;

  place = $state<Place>("write");
  /** The group that is open, by id. */
  group = $state<string | undefined>();
  welcomed = $state(false);
  draft = $state<Draft>({ text: "", theme: "", kind: "" });
  receipt = $state.raw<Receipt | undefined>();
  returned = $state.raw<Returned[]>([]);
  /** This device's clock, ticking as often as something counts down. */
  clock = $state(Date.now());
  /** Said to those who listen: one's own affairs only. */
  said = $state("");
  /** Why a vote was not taken. */
  explained = $state.raw<{ text: string; at: number } | undefined>();
  /** After an absence: when it ended, and how many notes went out since it began. */
  back = $state.raw<{ at: number; sent: number } | undefined>();
  /** The sheet that is open. */
  sheet = $state<"language" | "protect" | undefined>();

  /** The note whose report sheet is open. */
  reporting = $state<string | undefined>();

  #seen = $state.raw<Record<string, string>>({});
  /** Who this phone was on the wall when it had something there; empty: nobody yet. */
  #who = $state("");
  #cached = $state.raw<Settings | undefined>();
  #away = false;
  #awaySince = 0;
  #sent = 0;

  constructor(code: string) {
    this.code = code;
    this.keep = new Keep(code);
    this.welcomed = this.keep.read("welcomed", false);
    this.draft = this.keep.read("draft", this.draft);
    this.returned = this.keep.read("returned", this.returned);
    this.#seen = this.keep.read("seen", this.#seen);
    this.#who = this.keep.read("who", "");
    this.#cached = this.keep.read<Settings | undefined>("settings", undefined);
    this.live = new LiveWall("phone", `/${code}/socket`, {
      shelf: this.keep.outbox,
      refused: (about, refusal) => this.#refused(about, refusal),
      accepted: (about) => this.#accepted(about),
    });
  }

  /** The wall's settings; before it is here, as they were at the last visit. */
  settings = $derived.by(() => (this.live.ready ? this.live.settings : this.#cached));
  /** What the wall shows, sorted. It asks for the shape alone: to watch each of thousands of notes costs more than to sort them. */
  arranged = $derived.by(() => {
    void this.live.shape;
    return untrack(() => arrange(this.live.notes, this.live.clusters));
  });
  /** The hub's clock. */
  now = $derived.by(() => this.clock + this.live.skew);
  /** Away long enough to say so. */
  offline = $derived.by(() => this.live.line === "away" && this.clock - this.live.lostAt > BLIP);
  /** Posts may be made in this phase. */
  writing = $derived.by(() => this.settings?.phase !== "results" && this.settings?.phase !== "closed");
  /** Dots may be given and taken. */
  voting = $derived.by(() => {
    const s = this.settings;
    if (!s || s.phase === "results" || s.phase === "closed") return false;
    return s.phase === "vote" || !s.dots.only;
  });
  /** The wall takes this phone for another one than it was: what it wrote is not its own any more. */
  stranger = $derived.by(() => this.#who !== "" && !!this.live.me && this.live.me.id !== this.#who);
  /** Seconds until the next note may be put up. */
  wait = $derived.by(() => {
    const held = this.live.holding;
    if (held?.refusal.code !== "rate" || !is(held.about, "post")) return 0;
    return Math.max(0, Math.ceil((held.until - this.clock) / 1000));
  });
  /** Own notes not yet at the hub, newest first. */
  posts = $derived.by(() => {
    const known = this.live.me?.notes.map((n) => n.id) ?? [];
    return [...this.live.settling, ...this.live.pending]
      .filter((p): p is Pending<"post"> => is(p, "post") && !known.includes(p.with.id))
      .reverse();
  });
  /** Things under Mina that are on their way, or news. */
  badge = $derived.by(() => {
    const mine = this.live.me?.notes ?? [];
    const open = mine.filter((n) => n.state === "waiting" || (n.state !== "withdrawn" && this.#isNews(n)));
    return this.posts.length + this.returned.filter((r) => r.refusal).length + open.length + (this.stranger ? 1 : 0);
  });
  /** Something on the page counts down by the second. */
  counting = $derived.by(() => {
    const { live } = this;
    if (live.line === "away" || live.holding || this.back || this.explained) return true;
    return live.me?.notes.some((n) => n.state === "waiting" && !!n.due) ?? false;
  });

  tick(): void {
    this.clock = Date.now();
    if (this.back && this.clock - this.back.at > BACK) this.back = undefined;
    if (this.explained && this.clock - this.explained.at > EXPLAIN) this.explained = undefined;
  }

  /** Keeps what has to outlive the page, and follows the line. Called once, inside a component. */
  watch(): void {
    $effect(() => this.keep.write("draft", this.draft));
    $effect(() => this.keep.write("returned", this.returned));
    $effect(() => {
      if (this.live.ready) this.keep.write("settings", this.live.settings);
    });
    $effect(() => this.remember());
    $effect(() => {
      const timer = setInterval(() => this.tick(), this.counting ? 1000 : 15000);
      untrack(() => this.tick());
      return () => clearInterval(timer);
    });
    $effect(() => {
      const { line } = this.live;
      untrack(() => this.#follow(line));
    });
    $effect(() => {
      const { lang, dir } = this.speech;
      document.documentElement.lang = lang;
      document.documentElement.dir = dir;
    });
    $effect(() => {
      if (this.place === "mine") this.#look(this.live.me?.notes ?? []);
    });
  }

  /** Keeps who this phone is on the wall, once it has something there. */
  remember(): void {
    const { me } = this.live;
    if (!me || this.#who || (me.notes.length === 0 && me.dots.count === 0)) return;
    this.#who = me.id;
    this.keep.write("who", me.id);
  }

  /** The person has read that the phone is a new one here. */
  begun(): void {
    this.#who = "";
    this.keep.write("who", "");
    this.remember();
  }

  speak(lang: string): void {
    this.speech.lang = lang;
    language.set(lang);
  }

  begin(): void {
    this.welcomed = true;
    this.keep.write("welcomed", true);
    this.go(this.writing ? "write" : "read");
  }

  go(place: Place): void {
    this.place = place;
    this.group = undefined;
    this.explained = undefined;
    if (place !== "write") this.receipt = undefined;
    scrollTo({ top: 0 });
  }

  /** Puts the draft up. It lies in the outbox until the hub has said yes or no. */
  post(): void {
    const { theme, kind } = this.draft;
    const note = { id: newId(), theme, kind, text: tidy(this.draft.text) };
    void this.live.send("post", note, `post:${note.id}`);
    this.receipt = note;
    this.draft = { text: "", theme: "", kind: "" };
    this.back = undefined;
  }

  /** Changes the text of one's note. One that never left this phone is simply written anew. */
  edit(id: string, text: string): void {
    const post = this.live.pending.find((p) => p.key === `post:${id}`);
    if (post && is(post, "post") && !post.tried) void this.live.send("post", { ...post.with, text: tidy(text) }, post.key);
    else void this.live.send("edit", { note: id, text: tidy(text) }, `edit:${id}`);
  }

  /** Takes one's note back. One that may have left is posted first, then withdrawn: else it could come up later. */
  withdraw(id: string): void {
    const post = this.live.pending.find((p) => p.key === `post:${id}`);
    this.live.cancel(`edit:${id}`);
    if (post && !post.tried) this.live.cancel(post.key);
    else void this.live.send("withdraw", { note: id }, `withdraw:${id}`);
  }

  /** Lays a returned text into the sheet again; what is there is laid aside. */
  takeUp(r: Returned): void {
    const rest = this.returned.filter((o) => o !== r);
    const { text, theme, kind } = this.draft;
    this.returned = tidy(text) ? [{ id: newId(), text, theme, kind }, ...rest] : rest;
    this.draft = { text: r.text, theme: r.theme, kind: r.kind };
    this.receipt = undefined;
    this.go("write");
  }

  discard(r: Returned): void {
    this.returned = this.returned.filter((o) => o !== r);
  }

  /** Says "my dots here are n", and why not if not. */
  async vote(target: string, n: number): Promise<void> {
    const dots = this.live.me?.dots;
    if (!dots) return;
    const has = this.live.dotsOn(target);
    if (n > has && n > dots.most) return this.explain("phone.vote.most", { n: dots.most });
    if (n > has && this.live.dotsLeft === 0) return this.explain("refusal.no_dots");
    this.explained = undefined;
    const told = this.live.vote(target, n);
    this.say("phone.vote.left", { n: this.live.dotsLeft });
    const outcome = await told;
    if (!outcome.ok) this.explainRefusal(outcome.refusal);
  }

  explain(key: Key, args?: Record<string, string | number>): void {
    this.explained = { text: this.speech.t(key, args), at: Date.now() };
    this.clock = Date.now();
    this.said = this.explained.text;
  }

  explainRefusal(refusal: Refusal): void {
    this.explained = { text: this.refusal(refusal), at: Date.now() };
    this.said = this.explained.text;
  }

  say(key: Key, args?: Record<string, string | number>): void {
    this.said = this.speech.t(key, args);
  }

  /** A refusal as a sentence. */
  refusal(r: Refusal): string {
    const { t } = this.speech;
    if (r.field === "text" && r.code === "invalid" && r.max) return t("phone.lines", { n: r.max });
    if (r.field === "theme") return t("phone.themeClosed");
    const key = `refusal.${r.code}`;
    return t(this.speech.has(key) ? key : "refusal.invalid", {
      max: r.max ?? 0,
      n: Math.ceil((r.after ?? 1000) / 1000),
    });
  }

  #refused(about: Pending, refusal: Refusal): void {
    const note = this.live.me?.notes.find((n) => n.id === (about.with as { note?: string }).note);
    if (is(about, "post")) {
      const changed = this.live.pending.find((p) => p.key === `edit:${about.with.id}`);
      const gone = this.live.pending.some((p) => p.key === `withdraw:${about.with.id}`);
      const text = changed && is(changed, "edit") ? changed.with.text : about.with.text;
      this.live.cancel(`edit:${about.with.id}`);
      this.live.cancel(`withdraw:${about.with.id}`);
      if (!gone) this.returned = [{ ...about.with, text, refusal }, ...this.returned];
      this.said = this.refusal(refusal);
    } else if (is(about, "edit")) {
      if (note)
        this.returned = [{ id: newId(), theme: note.theme, kind: note.kind, text: about.with.text, refusal }, ...this.returned];
      this.said = this.refusal(refusal);
    }
  }

  #accepted(about: Pending): void {
    if (!is(about, "post")) return;
    if (this.#away) this.#sent++;
    if (this.#away && this.live.line === "open") this.back = { at: Date.now(), sent: this.#sent };
  }

  #follow(line: string): void {
    if (line === "away" && !this.#away) {
      this.#away = true;
      this.#awaySince = Date.now();
      this.#sent = 0;
      this.back = undefined;
      return;
    }
    if (line !== "open" || !this.#away) return;
    if (Date.now() - this.#awaySince > BLIP) this.back = { at: Date.now(), sent: this.#sent };
    // Notes that go out in the next moments belong to this return.
    setTimeout(() => (this.#away = this.live.line === "away"), BACK);
  }

  #isNews(n: MyNote): boolean {
    return this.#seen[n.id] !== undefined
      ? this.#seen[n.id] !== signature(n)
      : n.state === "hidden" || n.state === "archived" || !!n.answer;
  }

  #look(notes: MyNote[]): void {
    const seen = Object.fromEntries(notes.map((n) => [n.id, signature(n)]));
    untrack(() => {
      if (JSON.stringify(seen) === JSON.stringify(this.#seen)) return;
      this.#seen = seen;
      this.keep.write("seen", seen);
    });
  }
}

export const [getPhone, setPhone] = createContext<Phone>();
