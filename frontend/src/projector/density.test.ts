import { describe, expect, it } from "vitest";
import { density, noteLines, noteSize } from "./density";

describe("density", () => {
  it("follows the fullest theme", () => {
    const plain = (fullest: number, all = fullest) => density(undefined, fullest, all, false);
    expect([0, 1, 3, 4, 5, 6, 30, 31].map((n) => plain(n))).toEqual([
      "empty",
      "few",
      "few",
      "some",
      "some",
      "many",
      "many",
      "crowded",
    ]);
    expect(plain(30, 120)).toBe("many");
    expect(plain(20, 121)).toBe("crowded");
  });

  it("shows a fuller wall at once, an emptier one when a page turns", () => {
    expect(density("few", 6, 6, false)).toBe("many");
    expect(density("many", 3, 3, false)).toBe("many");
    expect(density("many", 3, 3, true)).toBe("few");
    expect(density("many", 0, 0, false)).toBe("empty");
    expect(density("empty", 2, 2, false)).toBe("few");
  });

  it("leaves crowded only well below where it began", () => {
    expect(density("crowded", 30, 110, true)).toBe("crowded");
    expect(density("crowded", 25, 99, true)).toBe("crowded");
    expect(density("crowded", 24, 100, true)).toBe("crowded");
    expect(density("crowded", 24, 99, false)).toBe("crowded");
    expect(density("crowded", 24, 99, true)).toBe("many");
  });

  it("shows notes whole while there are few, and four lines of many", () => {
    expect([1, 2, 3].map((n) => noteLines("few", n))).toEqual([8, 5, 4]);
    expect(noteLines("many", 1)).toBe(4);
  });

  it("never writes notes smaller than 2.4 u", () => {
    expect(noteSize("few", false)).toBe(3.4);
    expect(noteSize("some", false)).toBe(2.9);
    expect(noteSize("many", false)).toBe(2.4);
    expect(noteSize("many", true)).toBe(2.9);
  });
});
