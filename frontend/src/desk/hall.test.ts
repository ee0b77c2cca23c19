import { expect, test } from "vitest";
import { trouble } from "./hall";

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
