import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeSocket, fakeBrowser, realBrowser } from "./browser.testing";
import { Socket } from "./socket";

let page: ReturnType<typeof fakeBrowser>["page"];
const lines: string[] = [];
const opened = vi.fn();
const frames: unknown[] = [];
let socket: Socket;

beforeEach(() => {
  ({ page } = fakeBrowser());
  lines.length = frames.length = 0;
  opened.mockClear();
  socket = new Socket({
    url: () => "ws://wall.example/482715/socket",
    open: opened,
    frame: (f) => frames.push(f),
    line: (l) => lines.push(l),
  });
});
afterEach(() => {
  socket.close();
  realBrowser();
});

test("asks for the protocol by name, and says when it stands", () => {
  expect(FakeSocket.last.protocol).toBe("wall.1");
  FakeSocket.last.accept();
  expect(opened).toHaveBeenCalledOnce();
  expect(socket.open).toBe(true);
  FakeSocket.last.say({ ack: { n: 1, revision: 2 } });
  expect(frames).toEqual([{ ack: { n: 1, revision: 2 } }]);
});

test("comes back with longer and longer waits, at most twelve seconds", () => {
  const waits = [500, 1000, 2000, 4000, 8000, 12000, 12000];
  for (const wait of waits) {
    const before = FakeSocket.all.length;
    FakeSocket.last.end(1006);
    vi.advanceTimersByTime(wait - 1);
    expect(FakeSocket.all.length).toBe(before);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all.length).toBe(before + 1);
  }
});

test("the wait is drawn between half and the whole", () => {
  vi.mocked(Math.random).mockReturnValue(0);
  FakeSocket.last.end(1006);
  vi.advanceTimersByTime(249);
  expect(FakeSocket.all.length).toBe(1);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.all.length).toBe(2);
});

test("the back-off starts over only after a connection that lived", () => {
  for (const wait of [500, 1000, 2000]) {
    const before = FakeSocket.all.length;
    FakeSocket.last.accept();
    FakeSocket.last.end(1012);
    vi.advanceTimersByTime(wait - 1);
    expect(FakeSocket.all.length).toBe(before);
    vi.advanceTimersByTime(1);
  }
  FakeSocket.last.accept();
  vi.advanceTimersByTime(6000);
  const before = FakeSocket.all.length;
  FakeSocket.last.end(1012);
  vi.advanceTimersByTime(500);
  expect(FakeSocket.all.length).toBe(before + 1);
});

test("a hub that asks for patience gets it", () => {
  FakeSocket.last.end(1013);
  vi.advanceTimersByTime(3999);
  expect(FakeSocket.all.length).toBe(1);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.all.length).toBe(2);
});

test("an attempt that does not open is given up", () => {
  vi.advanceTimersByTime(8000 + 500);
  expect(FakeSocket.all.length).toBe(2);
  expect(FakeSocket.all[0]!.readyState).toBe(FakeSocket.CLOSED);
});

test.each([
  [4001, "denied"],
  [4004, "unknown"],
  [4010, "reload"],
])("%i is final: %s", (code, line) => {
  FakeSocket.last.accept();
  FakeSocket.last.end(code);
  expect(lines.at(-1)).toBe(line);
  page.dispatchEvent(new Event("visibilitychange"));
  dispatchEvent(new Event("online"));
  vi.advanceTimersByTime(60000);
  expect(FakeSocket.all.length).toBe(1);
});

test("a wall that was here and is gone is asked for slowly, until it is back", () => {
  FakeSocket.last.accept();
  socket.whole();
  // Nor does a hub that is away meanwhile make it quicker.
  for (const code of [4004, 4004, 1006]) {
    const before = FakeSocket.all.length;
    FakeSocket.last.end(code);
    expect(lines.at(-1)).toBe("gone");
    vi.advanceTimersByTime(29_999);
    expect(FakeSocket.all.length).toBe(before);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all.length).toBe(before + 1);
  }
  FakeSocket.last.accept();
  socket.whole();
  FakeSocket.last.end(1006);
  expect(lines.at(-1)).toBe("away");
});

test("a page that is new is told by the hub that its wall was there: it waits for it as one that had it", () => {
  FakeSocket.last.accept();
  FakeSocket.last.end(3004);
  expect(lines.at(-1)).toBe("gone");
  vi.advanceTimersByTime(30_000);
  expect(FakeSocket.all.length).toBe(2);
  // And goes on waiting, though a hub that has lost its keys as well does not know it.
  FakeSocket.last.end(4004);
  expect(lines.at(-1)).toBe("gone");
});

test("a wall that is gone is asked for at once by a look at the page, at the soonest after 15 s otherwise", () => {
  vi.mocked(Math.random).mockReturnValue(0);
  FakeSocket.last.accept();
  socket.whole();
  FakeSocket.last.end(4004);
  vi.advanceTimersByTime(14_999);
  expect(FakeSocket.all.length).toBe(1);
  page.dispatchEvent(new Event("visibilitychange"));
  expect(FakeSocket.all.length).toBe(2);
  FakeSocket.last.end(4004);
  dispatchEvent(new Event("online"));
  expect(FakeSocket.all.length).toBe(3);
});

test("what a replaced socket still says is not heard", () => {
  const old = FakeSocket.last;
  old.accept();
  const { onmessage, onclose, onopen } = old;
  socket.again();
  vi.advanceTimersByTime(500);
  FakeSocket.last.accept();
  opened.mockClear();
  onopen?.();
  onmessage?.({ data: '{"ack":{"n":1,"revision":1}}' });
  onclose?.({ code: 4001 });
  expect(frames).toEqual([]);
  expect(opened).not.toHaveBeenCalled();
  expect(socket.open).toBe(true);
});

test("the network's return, or a look at the page, does not wait for the back-off", () => {
  for (let i = 0; i < 5; i++) {
    FakeSocket.last.end(1006);
    vi.advanceTimersByTime(12000);
  }
  const before = FakeSocket.all.length;
  FakeSocket.last.end(1006);
  dispatchEvent(new Event("online"));
  expect(FakeSocket.all.length).toBe(before + 1);
  FakeSocket.last.end(1006);
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  expect(FakeSocket.all.length).toBe(before + 1);
  page.visibilityState = "visible";
  page.dispatchEvent(new Event("visibilitychange"));
  expect(FakeSocket.all.length).toBe(before + 2);
});

test("the device says that it is offline: no waiting for a timeout", () => {
  FakeSocket.last.accept();
  dispatchEvent(new Event("offline"));
  expect(lines.at(-1)).toBe("away");
});

test("closed is closed", () => {
  socket.close();
  dispatchEvent(new Event("online"));
  vi.advanceTimersByTime(60000);
  expect(FakeSocket.all.length).toBe(1);
});
