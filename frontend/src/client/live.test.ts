import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeSocket, fakeBrowser, realBrowser } from "./browser.testing";
import { LiveWall, type Options } from "./live.svelte";
import type { Me, MyNote } from "./protocol";

const open: LiveWall[] = [];
beforeEach(() => void fakeBrowser());
afterEach(() => {
  for (const wall of open.splice(0)) wall.close();
  realBrowser();
});

function live(options: Options = {}): LiveWall {
  const wall = new LiveWall("phone", "/482715/socket", options);
  open.push(wall);
  return wall;
}
const welcome = (build = "1", heard = true): void =>
  FakeSocket.last.say({
    welcome: { protocol: 1, face: "phone", wall: "w", code: "482715", now: Date.now() + 2000, build, heard },
  });
const whole = (revision = 3): void =>
  FakeSocket.last.say({ snapshot: { epoch: "e", revision, part: 1, of: 1, settings: {}, notes: {}, totals: null } });
const me = (dots: Partial<Me["dots"]> = {}, notes: MyNote[] = []): void =>
  FakeSocket.last.say({
    me: { role: "participant", id: "p", notes, reported: [], dots: { each: 5, most: 3, left: 5, on: {}, count: 0, ...dots } },
  });
function arrive(): void {
  FakeSocket.last.accept();
  welcome();
  whole();
  me();
}

test("says in its address that it has nothing, is open when the wall is whole, knows the hub's clock", () => {
  const wall = live();
  expect(FakeSocket.last.url).toBe("ws://wall.example/482715/socket?face=phone&epoch=&revision=0");
  FakeSocket.last.accept();
  expect(FakeSocket.last.sent).toEqual([]);
  welcome();
  expect(wall.line).toBe("connecting");
  whole();
  expect([wall.line, wall.ready, wall.revision]).toEqual(["open", true, 3]);
  expect(wall.now() - Date.now()).toBe(2000);
});

test("says hello to a hub that has not heard where it is, being older", () => {
  const wall = live();
  FakeSocket.last.accept();
  welcome("1", false);
  expect(FakeSocket.last.of("hello")).toEqual([{ epoch: "", revision: 0 }]);
  whole();
  me();
  expect([wall.line, wall.ready]).toEqual(["open", true]);
  expect(FakeSocket.last.sent).toHaveLength(1);
});

test("comes back with its position, and sends again what was not answered", () => {
  const wall = live();
  arrive();
  void wall.send("report", { note: "a", reason: "rude" });
  FakeSocket.last.end(1012);
  expect(wall.line).toBe("away");
  vi.advanceTimersByTime(500);
  expect(FakeSocket.last.url).toBe("ws://wall.example/482715/socket?face=phone&epoch=e&revision=3");
  FakeSocket.last.accept();
  expect(FakeSocket.last.sent).toEqual([]);
  FakeSocket.last.say({ frame: { from: 3, to: 3, here: 1 } });
  expect(wall.line).toBe("open");
  expect(FakeSocket.last.of("command")).toHaveLength(1);
});

test("the wall is gone, and put back: what was written meanwhile goes out then", () => {
  const wall = live();
  arrive();
  FakeSocket.last.end(4004);
  expect([wall.line, wall.gone]).toEqual(["away", true]);
  void wall.send("report", { note: "a", reason: "rude" });
  vi.advanceTimersByTime(30_000);
  expect([wall.line, wall.gone]).toEqual(["away", true]);
  FakeSocket.last.accept();
  welcome();
  whole(9);
  expect([wall.line, wall.gone, wall.pending.length]).toEqual(["open", false, 1]);
  expect(FakeSocket.last.of("command")).toHaveLength(1);
});

test("no such wall, from the first: that is the end of it", () => {
  const wall = live();
  FakeSocket.last.accept();
  FakeSocket.last.end(4004);
  expect([wall.line, wall.gone]).toEqual(["unknown", false]);
});

test("a gap: hello again, once, and nothing is sent until it is mended", () => {
  const wall = live();
  arrive();
  FakeSocket.last.say({ frame: { from: 7, to: 8 } });
  FakeSocket.last.say({ frame: { from: 8, to: 9 } });
  expect(FakeSocket.last.of("hello")).toEqual([{ epoch: "e", revision: 3 }]);
  void wall.send("withdraw", { note: "a" });
  expect(FakeSocket.last.of("command")).toHaveLength(0);
  FakeSocket.last.say({ frame: { from: 3, to: 9 } });
  expect(FakeSocket.last.of("command")).toHaveLength(1);
});

test("a slow snapshot is not taken for a dead connection; silence is", () => {
  live();
  FakeSocket.last.accept();
  welcome();
  for (let part = 1; part <= 4; part++) {
    vi.advanceTimersByTime(14000);
    FakeSocket.last.say({ snapshot: { epoch: "e", revision: 3, part, of: 5 } });
  }
  expect(FakeSocket.all).toHaveLength(1);
  vi.advanceTimersByTime(15000 + 500);
  expect(FakeSocket.all).toHaveLength(2);
});

test("a command that nothing answers ends the connection, not the wait", () => {
  const wall = live();
  arrive();
  void wall.send("withdraw", { note: "a" });
  vi.advanceTimersByTime(15000 + 500);
  expect(FakeSocket.all).toHaveLength(2);
  expect(wall.pending).toHaveLength(1);
});

test("after a long silence it asks whether anybody is there", () => {
  live();
  arrive();
  vi.advanceTimersByTime(60000);
  expect(FakeSocket.last.of("hello")).toHaveLength(1);
  FakeSocket.last.say({ frame: { from: 3, to: 3, here: 1 } });
  vi.advanceTimersByTime(59000);
  expect(FakeSocket.all).toHaveLength(1);
});

test("another build: the page is old", () => {
  const wall = live();
  arrive();
  FakeSocket.last.end(1012);
  vi.advanceTimersByTime(500);
  FakeSocket.last.accept();
  welcome("2");
  expect(wall.line).toBe("reload");
  vi.advanceTimersByTime(60000);
  expect(FakeSocket.all).toHaveLength(2);
});

test("votes show at once, stay between the yes and its effect, and count on", () => {
  const wall = live();
  arrive();
  void wall.vote("n:a", 1);
  void wall.vote("n:a", 2);
  expect([wall.dotsOn("n:a"), wall.dotsLeft]).toEqual([2, 3]);
  const [first, second] = FakeSocket.last.of("command") as { n: number; with: { count: number } }[];
  expect(second!.with.count).toBe(first!.with.count + 1);
  FakeSocket.last.say({ ack: { n: second!.n, revision: 4 } });
  expect([wall.pending.length, wall.dotsOn("n:a"), wall.dotsLeft]).toEqual([0, 2, 3]);
  me({ left: 3, on: { "n:a": 2 }, count: second!.with.count });
  expect([wall.settling.length, wall.dotsOn("n:a"), wall.dotsLeft]).toEqual([0, 2, 3]);
});

test("a refused vote is taken back", async () => {
  const wall = live();
  arrive();
  const told = wall.vote("n:a", 1);
  FakeSocket.last.say({ refused: { n: 1, code: "no_dots" } });
  expect((await told).ok).toBe(false);
  expect([wall.dotsOn("n:a"), wall.dotsLeft]).toEqual([0, 5]);
});

test("a counter is never used twice, not by a page loaded anew either", () => {
  const kept = { key: "vote:n:a", do: "vote" as const, with: { target: "n:a", dots: 1, count: 9 }, since: 0 };
  const wall = live({ shelf: { load: () => [kept], save: () => {} } });
  arrive();
  void wall.vote("n:b", 1);
  const sent = FakeSocket.last.of("command") as { with: { count: number } }[];
  expect(sent.map((c) => c.with.count)).toEqual([9, 10]);
});

test("what waits says why and until when; a no is told to the page that did not ask", () => {
  const refused = vi.fn();
  const kept = { key: "post:a", do: "post" as const, with: { id: "a", theme: "t", kind: "k", text: "x" }, since: 0 };
  const wall = live({ refused, shelf: { load: () => [kept], save: () => {} } });
  arrive();
  FakeSocket.last.say({ refused: { n: 1, code: "rate", after: 4000 } });
  expect(wall.holding?.until).toBe(Date.now() + 4050);
  vi.advanceTimersByTime(4050);
  FakeSocket.last.say({ refused: { n: 2, code: "closed" } });
  expect(wall.holding).toBeUndefined();
  expect(refused.mock.calls[0]![0].with.text).toBe("x");
});

test("a person can hurry what waits", () => {
  const wall = live();
  arrive();
  void wall.send("withdraw", { note: "a" });
  FakeSocket.last.say({ refused: { n: 1, code: "unavailable" } });
  wall.retry();
  expect(FakeSocket.last.of("command")).toHaveLength(2);
  FakeSocket.last.end(1006);
  wall.retry();
  expect(FakeSocket.all).toHaveLength(2);
});
