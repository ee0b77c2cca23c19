import { expect, test } from "vitest";
import type { LiveWall } from "../client/live.svelte";
import type { Settings } from "../client/protocol";
import { Clock } from "./clock.svelte";

test("a timer that ran out says what it was set for, and leaves no digits", () => {
  let now = 0;
  const settings = { phase: "vote", timer: { ends: 61_000, length: 60_000 } } as Settings;
  const clock = new Clock({ settings, now: () => now } as LiveWall);
  clock.tick();
  expect([clock.text, clock.over, clock.ended]).toEqual(["01:01", false, "vote"]);
  // The hub goes on to the next phase a moment before this clock strikes.
  now = 60_900;
  settings.phase = "results";
  clock.tick();
  expect([clock.text, clock.ended]).toEqual(["00:01", "vote"]);
  now = 61_000;
  clock.tick();
  expect([clock.text, clock.over, clock.ended]).toEqual(["", true, "vote"]);
  settings.timer = {};
  clock.tick();
  expect([clock.text, clock.over, clock.ended]).toEqual(["", false, undefined]);
});

test("a timer that leads on leaves the wall to what comes next, any other stays over", () => {
  let now = 61_000;
  const timer = { ends: 61_000, length: 60_000, advance: true };
  const clock = new Clock({ settings: { phase: "cluster", timer } as Settings, now: () => now } as LiveWall);
  clock.tick();
  expect(clock.over).toBe(true);
  now += 20_000;
  clock.tick();
  expect(clock.over).toBe(true);
  now += 1;
  clock.tick();
  expect([clock.text, clock.over]).toEqual(["", false]);
  timer.advance = false;
  clock.tick();
  expect(clock.over).toBe(true);
});
