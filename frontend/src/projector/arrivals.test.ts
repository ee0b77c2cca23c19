import { describe, expect, it } from "vitest";
import { Arrivals, LANDING, LIFTED } from "./arrivals";

const none = () => undefined;

describe("arrivals", () => {
  it("has landed what hung there at the beginning", () => {
    const a = new Arrivals();
    a.take(["1", "2"]);
    expect([...a.landed]).toEqual(["1", "2"]);
    expect(a.land(0, none)).toBeUndefined();
  });

  it("lands one at a time, four seconds apart, three waiting at most", () => {
    const a = new Arrivals();
    a.take([]);
    a.begin();
    a.take(["1", "2", "3", "4", "5"]);
    expect(a.waiting).toEqual(["1", "2", "3"]);
    expect(a.land(0, none)).toBe("1");
    expect(a.land(LANDING - 1, none)).toBeUndefined();
    expect(a.land(LANDING, none)).toBe("2");
    expect(a.land(2 * LANDING, none)).toBe("3");
    expect(a.land(3 * LANDING, none)).toBeUndefined();
    expect(a.landed.has("4")).toBe(false);
  });

  it("lands grains that there is room to read when nobody waits", () => {
    const a = new Arrivals();
    a.begin();
    a.take(["1", "2", "3", "4"]);
    for (let i = 0; i < 3; i++) a.land(i * LANDING, none);
    expect(a.land(3 * LANDING, () => "4")).toBe("4");
    expect(a.landed.has("4")).toBe(true);
  });

  it("lifts what has just come down for six seconds", () => {
    const a = new Arrivals();
    a.begin();
    a.take(["1"]);
    a.land(0, none);
    expect(a.lifted(LIFTED - 1)).toBe("1");
    expect(a.lifted(LIFTED)).toBeUndefined();
  });

  it("forgets what is gone", () => {
    const a = new Arrivals();
    a.begin();
    a.take(["1", "2"]);
    a.take(["2"]);
    expect(a.waiting).toEqual(["2"]);
    expect(a.land(0, none)).toBe("2");
    a.take([]);
    expect(a.landed.size).toBe(0);
  });
});
