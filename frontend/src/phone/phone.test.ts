import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeSocket, fakeBrowser, realBrowser } from "../client/browser.testing";
import type { MyNote, Settings } from "../client/protocol";
import { Phone } from "./phone.svelte";

const kept = new Map<string, string>();
const phones: Phone[] = [];

beforeEach(() => {
  fakeBrowser();
  kept.clear();
  vi.stubGlobal("navigator", { languages: ["sv"] });
  vi.stubGlobal("scrollTo", () => {});
  vi.stubGlobal("localStorage", {
    getItem: (k: string) => kept.get(k) ?? null,
    setItem: (k: string, v: string) => void kept.set(k, v),
  });
});
afterEach(() => {
  for (const p of phones.splice(0)) p.live.close();
  realBrowser();
});

function phone(): Phone {
  const p = new Phone("482715");
  phones.push(p);
  return p;
}
function arrive(settings: Partial<Settings> = {}): void {
  FakeSocket.last.accept();
  const whole = { phase: "write", dots: { each: 5, most: 3 }, ...settings } as Settings;
  FakeSocket.last.say({ snapshot: { epoch: "e", revision: 1, part: 1, of: 1, settings: whole, notes: {}, totals: null } });
  FakeSocket.last.say({
    me: { role: "participant", id: "p", notes: [], reported: [], dots: { each: 5, most: 3, left: 5, on: {}, count: 0 } },
  });
}
const sent = (): { n: number; do: string; with: Record<string, unknown> }[] => FakeSocket.last.of("command") as never;
function post(p: Phone, text: string): string {
  p.draft = { text, theme: "work", kind: "opinion" };
  p.post();
  return p.receipt!.id;
}

test("a note that the hub refuses comes back whole, with why", () => {
  const p = phone();
  arrive();
  post(p, "Läxhjälp varje dag.");
  expect(p.draft.text).toBe("");
  FakeSocket.last.say({ refused: { n: 1, code: "gone", field: "theme", item: "t:work" } });
  expect(p.returned).toMatchObject([{ text: "Läxhjälp varje dag.", theme: "work", kind: "opinion", refusal: { code: "gone" } }]);
  expect(p.refusal(p.returned[0]!.refusal!)).toBe("Temat är stängt för nya lappar. Välj ett annat.");
});

test("taking a returned text up does not lose the one being written", () => {
  const p = phone();
  arrive();
  post(p, "Ett");
  FakeSocket.last.say({ refused: { n: 1, code: "too_many", max: 30 } });
  p.draft = { text: "Två", theme: "health", kind: "question" };
  p.takeUp(p.returned[0]!);
  expect(p.draft.text).toBe("Ett");
  expect(p.returned.map((r) => r.text)).toEqual(["Två"]);
});

test("a note that never left is written anew; one that may have is changed behind its post", () => {
  const p = phone();
  const id = post(p, "Ett");
  p.edit(id, "Två");
  expect(p.live.pending.map((c) => c.do)).toEqual(["post"]);
  arrive();
  expect(sent().map((c) => c.with["text"])).toEqual(["Två"]);
  p.edit(id, "Tre");
  expect(p.live.pending.map((c) => c.do)).toEqual(["post", "edit"]);
  FakeSocket.last.say({ refused: { n: sent()[0]!.n, code: "closed" } });
  expect(p.live.pending).toEqual([]);
  expect(p.returned.map((r) => r.text)).toEqual(["Tre"]);
});

test("taking back: gone if it never left, withdrawn if it may have", () => {
  const p = phone();
  const one = post(p, "Ett");
  p.withdraw(one);
  expect(p.live.pending).toEqual([]);
  const two = post(p, "Två");
  arrive();
  p.withdraw(two);
  FakeSocket.last.say({ ack: { n: sent()[0]!.n, revision: 2 } });
  expect(sent().map((c) => c.do)).toEqual(["post", "withdraw"]);
});

test("what waits survives the page, and its author sees it", () => {
  post(phone(), "Laga hissen.");
  const again = phone();
  expect(again.posts.map((c) => c.with.text)).toEqual(["Laga hissen."]);
  expect(again.badge).toBe(1);
});

test("the speed limit counts down until the next note", () => {
  const p = phone();
  arrive();
  post(p, "Fjärde");
  FakeSocket.last.say({ refused: { n: 1, code: "rate", after: 4000 } });
  p.tick();
  expect(p.wait).toBe(5);
  vi.advanceTimersByTime(4100);
  p.tick();
  expect(p.wait).toBe(0);
  expect(sent().length).toBe(2);
});

test("a vote beyond the limits is explained, not sent", async () => {
  const p = phone();
  arrive();
  await p.vote("n:a", 4);
  expect(p.explained?.text).toBe("Högst 3 röster på samma");
  void p.vote("n:a", 3);
  void p.vote("n:b", 2);
  await p.vote("n:c", 1);
  expect(p.explained?.text).toBe("Du har inga röster kvar. Ta tillbaka en först.");
  expect(sent().length).toBe(2);
});

test("a vote for a note that has been grouped is explained", async () => {
  const p = phone();
  arrive();
  const told = p.vote("n:a", 1);
  FakeSocket.last.say({ refused: { n: 1, code: "grouped", item: "c:x" } });
  await told;
  expect(p.explained?.text).toBe("Lappen ligger i en grupp. Rösta på gruppen.");
  expect(p.live.dotsOn("n:a")).toBe(0);
});

test.each<[Partial<Settings>, boolean, boolean]>([
  [{ phase: "write" }, true, true],
  [{ phase: "cluster" }, true, true],
  [{ phase: "vote" }, true, true],
  [{ phase: "results" }, false, false],
  [{ phase: "closed" }, false, false],
  [{ phase: "write", dots: { each: 5, most: 3, only: true } }, true, false],
  [{ phase: "vote", dots: { each: 5, most: 3, only: true } }, true, true],
])("%o: writing %s, voting %s", (settings, writing, voting) => {
  const p = phone();
  arrive(settings);
  expect([p.writing, p.voting]).toEqual([writing, voting]);
});

test("a phone that had something on the wall, and is another one there now, is told so until it has read it", () => {
  const mine: MyNote = { id: "n", theme: "work", kind: "opinion", text: "Mitt", dir: "ltr", at: 1, until: 1, state: "shown" };
  const visit = (id: string, notes: MyNote[], count = 0): Phone => {
    const p = phone();
    arrive();
    FakeSocket.last.say({
      me: { role: "participant", id, notes, reported: [], dots: { each: 5, most: 3, left: 5, on: {}, count } },
    });
    p.remember();
    return p;
  };
  expect(visit("new", []).stranger).toBe(false);
  expect(visit("old", [mine]).stranger).toBe(false); // it had nothing to lose before
  expect(visit("old", [mine]).stranger).toBe(false);
  const moved = visit("other", []);
  expect(moved.stranger).toBe(true);
  expect(moved.badge).toBe(1);
  expect(visit("other", [], 1).stranger).toBe(true); // neither coming again nor voting is reading it
  moved.begun();
  expect(moved.stranger).toBe(false);
  expect(visit("other", [], 1).stranger).toBe(false);
  expect(visit("third", [], 0).stranger).toBe(true);
});
