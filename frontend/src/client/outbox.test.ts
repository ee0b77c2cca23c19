import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Outbox, type Pending, type Shelf } from "./outbox";
import type { Commands, Verb } from "./protocol";

let line = true;
let sent: { n: number; do: string; with: unknown; seen?: number }[] = [];
const send = (f: unknown): boolean => {
  if (line) sent.push((f as { command: (typeof sent)[number] }).command);
  return line;
};

beforeEach(() => {
  vi.useFakeTimers();
  line = true;
  sent = [];
});
afterEach(() => vi.useRealTimers());

function pending<V extends Verb>(key: string, verb: V, args: Commands[V]): Pending {
  return { key, do: verb, with: args, since: 0 };
}
const note = (id: string, text = id): Pending => pending(`post:${id}`, "post", { id, theme: "work", kind: "opinion", text });
const vote = (dots: number, count: number): Pending => pending("vote:n:1", "vote", { target: "n:1", dots, count });
const shelf = (): Shelf & { kept: string } => ({
  kept: "[]",
  load() {
    return JSON.parse(this.kept) as Pending[];
  },
  save(list) {
    this.kept = JSON.stringify(list);
  },
});

test("a yes ends the promise with the revision", async () => {
  const box = new Outbox(send, () => {});
  const told = box.add(note("a"));
  box.answer({ ack: { n: sent[0]!.n, revision: 7 } });
  expect(await told).toEqual({ ok: true, revision: 7 });
  expect(box.list).toEqual([]);
});

test("a no ends it with the refusal", async () => {
  const box = new Outbox(send, () => {});
  const told = box.add(note("a"));
  const answer = box.answer({ refused: { n: 1, code: "too_long", max: 280 } });
  expect(answer?.refusal?.code).toBe("too_long");
  expect(await told).toEqual({ ok: false, refusal: { n: 1, code: "too_long", max: 280 } });
  expect(box.list).toEqual([]);
});

test("what was not answered is sent again on a new connection, in order", () => {
  const box = new Outbox(send, () => {});
  void box.add(note("a"));
  void box.add(note("b"));
  sent = [];
  box.lost();
  box.resend();
  expect(sent.map((c) => (c.with as { id: string }).id)).toEqual(["a", "b"]);
  expect(new Set(sent.map((c) => c.n)).size).toBe(2);
});

test("an answer from the connection before is not taken for another command's", async () => {
  const box = new Outbox(send, () => {});
  void box.add(note("a"));
  const old = sent[0]!.n;
  box.lost();
  box.resend();
  expect(box.answer({ refused: { n: old, code: "too_long" } })).toBeUndefined();
  expect(box.list.length).toBe(1);
});

test("without a line it waits, and says truly that it never left", () => {
  line = false;
  const box = new Outbox(send, () => {});
  void box.add(note("a"));
  expect(box.list[0]!.tried).toBeUndefined();
  line = true;
  box.resend();
  expect(box.list[0]!.tried).toBe(true);
});

test("a newer vote on the same replaces the older; the older's answer means nothing", async () => {
  const box = new Outbox(send, () => {});
  const first = box.add(vote(1, 1));
  const second = box.add(vote(2, 2));
  expect((await first).ok).toBe(true);
  expect(box.list.length).toBe(1);
  box.answer({ refused: { n: 1, code: "no_dots" } });
  expect(box.list.length).toBe(1);
  box.answer({ ack: { n: 2, revision: 3 } });
  expect(await second).toEqual({ ok: true, revision: 3 });
});

test("too often: waits as long as asked, then sends the same", () => {
  const box = new Outbox(send, () => {});
  void box.add(note("a"));
  const answer = box.answer({ refused: { n: 1, code: "rate", after: 4200 } });
  expect(answer?.later).toBe(4250);
  expect(box.list.length).toBe(1);
  sent = [];
  vi.advanceTimersByTime(4249);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent.length).toBe(1);
});

test.each(["unavailable", "busy"])("%s is no answer: it is sent again by itself", (code) => {
  const box = new Outbox(send, () => {});
  void box.add(note("a"));
  box.answer({ refused: { n: 1, code } });
  sent = [];
  vi.advanceTimersByTime(3050);
  expect(sent.length).toBe(1);
  expect(box.list.length).toBe(1);
});

test("a change does not overtake its note", () => {
  const box = new Outbox(send, () => {});
  void box.add(note("a"));
  void box.add(pending("edit:a", "edit", { note: "a", text: "b" }));
  expect(sent.map((c) => c.do)).toEqual(["post"]);
  box.answer({ refused: { n: 1, code: "rate", after: 1000 } });
  vi.advanceTimersByTime(1050);
  expect(sent.map((c) => c.do)).toEqual(["post", "post"]);
  box.answer({ ack: { n: 2, revision: 1 } });
  expect(sent.map((c) => c.do)).toEqual(["post", "post", "edit"]);
});

test("the shelf keeps it over a reload", () => {
  const kept = shelf();
  line = false;
  void new Outbox(send, () => {}, kept).add(note("a", "Läxhjälp"));
  line = true;
  const box = new Outbox(send, () => {}, kept);
  expect((box.list[0]!.with as { text: string }).text).toBe("Läxhjälp");
  box.resend();
  expect(JSON.parse(kept.kept)[0].tried).toBe(true);
  const answer = box.answer({ refused: { n: sent[0]!.n, code: "closed" } });
  expect(answer?.about.key).toBe("post:a");
  expect(kept.kept).toBe("[]");
});

test("taken back before it was answered", async () => {
  const box = new Outbox(send, () => {});
  const told = box.add(note("a"));
  box.remove("post:a");
  expect(box.list).toEqual([]);
  expect((await told).ok).toBe(true);
  expect(box.answer({ ack: { n: 1, revision: 1 } })).toBeUndefined();
});

test("a desk's act keeps the revision that it saw", () => {
  const box = new Outbox(send, () => {});
  void box.add({ ...pending("hide:1", "hide", { notes: ["a"] }), seen: 812 });
  expect(sent[0]!.seen).toBe(812);
});
