import { expect, test } from "vitest";
import { seen, trouble } from "./hall";

const well = { wait: 80, pass: 12, bytes: 5400 };

test("a hall is well, or its worst trouble is named", () => {
  expect(trouble(well)).toBeUndefined();
  expect(trouble({ ...well, wait: 999, pass: 999 })).toBeUndefined();
  expect(trouble({ ...well, deaf: true })).toBe("deaf");
  expect(trouble({ ...well, deaf: true, pass: 1000 })).toBe("late");
  expect(trouble({ ...well, pass: 1000, wait: 1000 })).toBe("slow");
  expect(trouble({ ...well, wait: 2000, store: "full" })).toBe("full");
  expect(trouble({ ...well, store: "away" })).toBe("away");
});

test("a trouble stays half a minute after its end, and a new one takes its place", () => {
  const slow = { ...well, wait: 2310 };
  expect(seen(undefined, well, 0)).toBeUndefined();
  const first = seen(undefined, slow, 1000);
  expect(first).toEqual({ what: "slow", health: slow, at: 1000 });
  const still = seen(first, slow, 9000);
  expect(seen(still, well, 38_999)).toBe(still);
  expect(seen(still, undefined, 38_999)).toBe(still);
  expect(seen(still, well, 39_000)).toBeUndefined();
  expect(seen(still, { ...well, store: "full" }, 10_000)?.what).toBe("full");
});
