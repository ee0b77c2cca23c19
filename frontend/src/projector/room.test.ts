import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startOver } from "./room";

const reload = vi.fn();
const ask = vi.fn<() => Promise<{ ok: boolean }>>();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("location", { href: "http://wall.example/482715/projector", reload });
  vi.stubGlobal("fetch", ask);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.resetAllMocks();
});

test("a page is loaded again when the server has it, and until then asked for with patience", async () => {
  ask.mockRejectedValueOnce(new Error("no network"));
  ask.mockResolvedValueOnce({ ok: false }); // no such wall
  ask.mockResolvedValueOnce({ ok: true });
  startOver(60_000);
  for (const asked of [1, 2, 3]) {
    expect(reload).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(59_999);
    expect(ask).toHaveBeenCalledTimes(asked - 1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ask).toHaveBeenCalledTimes(asked);
  }
  expect(reload).toHaveBeenCalledOnce();
});

test("a newer page is loaded at once, and what is ended asks no more", async () => {
  ask.mockResolvedValue({ ok: false });
  const end = startOver(0);
  await vi.advanceTimersByTimeAsync(0);
  expect(ask).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(5000);
  expect(ask).toHaveBeenCalledTimes(2);
  end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(2);
});
