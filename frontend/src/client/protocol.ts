/**
 * The wire, as hub/PROTOCOL.md tells it: one JSON object with one member per
 * text frame. Mirrors hub/frame.go and hub/wall/view.go; the vectors in
 * hub/testdata/frames hold both to the same meaning.
 */
export const PROTOCOL = 1;
export const SUBPROTOCOL = "wall.1";

/** A short text in several languages, by BCP 47 tag. */
export type Words = Record<string, string>;
/** Milliseconds since the Unix epoch. */
export type Millis = number;

export type State = "waiting" | "shown" | "hidden" | "archived" | "withdrawn" | "erased";
export type Phase = "write" | "cluster" | "vote" | "results" | "closed";
export type Role = "participant" | "projector" | "moderator" | "owner";
export type Face = "phone" | "projector" | "desk";
export type View = "overview" | "theme" | "note" | "results" | "voting" | "join" | "blank";

export interface Theme {
  id: string;
  name: Words;
  ask?: Words;
  paper: number;
  icon: string;
  closed?: boolean;
}
export interface Kind {
  id: string;
  name: Words;
  mark?: string;
}
export interface Timer {
  ends?: Millis;
  left?: number;
  length?: number;
  advance?: boolean;
}
export interface Display {
  view: View;
  theme?: string;
  note?: string;
  cluster?: string;
  queue?: string[];
  step?: number;
  dark?: boolean;
  numbers?: boolean;
  qr: boolean;
  calm?: boolean;
  still?: boolean;
}
export interface Settings {
  title: string;
  question: Words;
  organiser: { name: string; contact: string };
  language: string;
  themes: Theme[];
  kinds: Kind[];
  length: number;
  dots: { each: number; most: number; only?: boolean };
  moderation: { mode: "open" | "delay" | "read"; seconds: number };
  phase: Phase;
  timer: Timer;
  totals: "hidden" | "shown";
  frozen: boolean;
  displays: Record<string, Display>;
  rehearsal: boolean;
}

export interface Reason {
  code: string;
  text?: string;
}
export interface Answer {
  at: Millis;
  by: string;
  text?: string;
  promise?: string;
}
export interface Step {
  rev: number;
  at: Millis;
  did: string;
  by: string;
  name?: string;
  why?: Reason;
}
export interface Report {
  by: string;
  at: Millis;
  reason: string;
}
/** A note; from `state` on, what only the desk sees. */
export interface Note {
  id: string;
  theme: string;
  kind: string;
  text: string;
  lang?: string;
  dir: "ltr" | "rtl";
  at: Millis;
  edited?: Millis;
  cluster?: string;
  order?: number;
  merged?: string;
  answer?: Answer;
  state?: State;
  live?: State;
  why?: Reason;
  due?: Millis;
  author?: string;
  muted?: boolean;
  reports?: Report[];
  trail?: Step[];
}
export interface Cluster {
  id: string;
  name: string;
  theme: string;
  top?: string;
  order?: number;
  at: Millis;
  trail?: Step[];
}
export interface Act {
  rev: number;
  did: string;
  at: Millis;
  by: string;
  name: string;
  items: string[];
  to?: string;
  undone?: number;
  fixed?: boolean;
}
/** Dots on a target, and the people they are from. */
export type Total = [dots: number, people: number];

export interface MyNote {
  id: string;
  theme: string;
  kind: string;
  text: string;
  lang?: string;
  dir: "ltr" | "rtl";
  at: Millis;
  state: State;
  why?: Reason;
  due?: Millis;
  cluster?: string;
  merged?: string;
  answer?: Answer;
  until: Millis;
}
export interface Me {
  role: Role;
  id: string;
  name?: string;
  notes: MyNote[];
  dots: { each: number; most: number; left: number; over?: number; on: Record<string, number>; count: number };
  reported: string[];
  muted?: boolean;
}

export interface Position {
  epoch: string;
  revision: number;
}
/** How the hall is doing at this hub: the desk's alone. Times are ms. */
export interface Health {
  wait: number;
  pass: number;
  bytes: number;
  store?: "away" | "full";
  deaf?: boolean;
  hub?: string;
}
/** What a snapshot and a frame have in common: absent means unchanged, null means gone. */
export interface Values {
  settings?: Partial<Settings>;
  notes?: Record<string, Note | null>;
  clusters?: Record<string, Cluster | null>;
  acts?: Record<string, Act | null>;
  totals?: Record<string, Total> | null;
  voters?: number;
  here?: number;
  health?: Health;
}
export interface Snapshot extends Values, Position {
  part: number;
  of: number;
}
export interface Frame extends Values {
  from: number;
  to: number;
}
export interface Welcome {
  protocol: number;
  face: Face;
  wall: string;
  code: string;
  now: Millis;
  build: string;
  /** Our position in the address was heard: it stands for hello. */
  heard?: boolean;
}
export interface Refusal {
  code: string;
  text?: string;
  field?: string;
  max?: number;
  after?: number;
  item?: string;
  step?: Step;
}

/** hub → client */
export interface Incoming {
  welcome?: Welcome;
  snapshot?: Snapshot;
  frame?: Frame;
  me?: Me;
  ack?: { n: number; revision: number };
  refused?: Refusal & { n: number };
}

/** Every command by its verb. Ids of new things are made by the sender: see id.ts. */
export interface Commands {
  post: { id: string; theme: string; kind: string; text: string; lang?: string };
  edit: { note: string; text: string; lang?: string };
  withdraw: { note: string };
  report: { note: string; reason: string };
  vote: { target: string; dots: number; count: number };
  show: { notes: string[] };
  hide: { notes: string[]; reason?: Reason };
  archive: { notes: string[]; reason?: Reason };
  restore: { notes: string[] };
  move: { notes: string[]; theme: string };
  answer: { note: string; answer: { text?: string; promise?: string } | null };
  dismiss: { notes: string[] };
  hide_author: { note: string; mute: boolean; reason?: Reason };
  mute: { note: string; on: boolean };
  erase: { notes: string[] };
  merge: { into: string; notes: string[] };
  unmerge: { notes: string[] };
  make_cluster: { id: string; name: string; theme: string; notes?: string[] };
  name_cluster: { cluster: string; name: string; theme?: string; top?: string };
  gather: { cluster: string; notes: string[]; before?: string };
  scatter: { notes: string[] };
  dissolve: { cluster: string };
  set: { setting: string; value: unknown };
  phase: { phase: Phase };
  timer: { timer: Timer };
  display: { name: string; display: Display | null };
  freeze: { on: boolean };
  undo: { act: number };
}
export type Verb = keyof Commands;

/** The close code for who has been on a wall that is missing: this page may be a new one. */
export const MISSING = 3004;
/** Close codes after which a client does not come back by itself; "unknown" only to a wall that it never had. */
export const FINAL: Record<number, "denied" | "unknown" | "reload"> = { 4001: "denied", 4004: "unknown", 4010: "reload" };
