import { expect, test } from "vitest";
import type { Settings } from "../client/protocol";
import { byId, cluster, note } from "./fixtures";
import { overlay, place, type Way } from "./overlay";

const settings = { displays: { "1": { view: "overview", qr: true } } } as unknown as Settings;
const base = () => ({
  notes: byId(
    note("a", { cluster: "c", order: 1 }),
    note("b", { cluster: "c", order: 2 }),
    note("w", { state: "waiting", live: "waiting" }),
  ),
  clusters: byId(cluster("c")),
  settings,
});
const drawn = (...ways: Pick<Way, "verb" | "args">[]) =>
  overlay(
    base(),
    ways.map((w, i) => ({ key: String(i), ...w })),
  );

test("without acts on their way it is the wall itself", () => {
  const wall = base();
  expect(overlay(wall, [])).toBe(wall);
});

test("the wall's own values are never changed", () => {
  const wall = base();
  overlay(wall, [{ key: "1", verb: "archive", args: { notes: ["a"] } }]);
  expect(wall.notes.get("a")!.state).toBe("shown");
});

test("set aside, and back to where it was", () => {
  const d = drawn({ verb: "archive", args: { notes: ["w"], reason: { code: "rude" } } });
  expect(d.notes.get("w")).toMatchObject({ state: "archived", live: "waiting", why: { code: "rude" } });
  const back = overlay(d, [{ key: "2", verb: "restore", args: { notes: ["w"] } }]);
  expect(back.notes.get("w")!.state).toBe("waiting");
});

test("a withdrawn note stays withdrawn", () => {
  const wall = base();
  wall.notes.set("x", note("x", { state: "withdrawn" }));
  const d = overlay(wall, [{ key: "1", verb: "show", args: { notes: ["x", "gone"] } }]);
  expect(d.notes.get("x")!.state).toBe("withdrawn");
  expect(d.notes.has("gone")).toBe(false);
});

test("gathered before a note, and last", () => {
  const order = (d: ReturnType<typeof drawn>) =>
    [...d.notes.values()]
      .filter((n) => n.cluster === "c")
      .sort((x, y) => x.order! - y.order!)
      .map((n) => n.id);
  expect(order(drawn({ verb: "gather", args: { cluster: "c", notes: ["w"], before: "b" } }))).toEqual(["a", "w", "b"]);
  expect(order(drawn({ verb: "gather", args: { cluster: "c", notes: ["w"] } }))).toEqual(["a", "b", "w"]);
  expect(order(drawn({ verb: "gather", args: { cluster: "c", notes: ["b"], before: "a" } }))).toEqual(["b", "a"]);
});

test("many keep their order between two", () => {
  const orders = place(base().notes.values(), "c", ["x", "y", "z"], "b");
  expect(orders.every((o, i) => o > 1 && o < 2 && (i === 0 || o > orders[i - 1]!))).toBe(true);
});

test("a new group with its notes, named, dissolved", () => {
  const d = drawn(
    { verb: "make_cluster", args: { id: "n", name: "Ny", theme: "work", notes: ["a"] } },
    { verb: "name_cluster", args: { cluster: "n", name: "Tolk" } },
    { verb: "dissolve", args: { cluster: "c" } },
  );
  expect(d.clusters.get("n")!.name).toBe("Tolk");
  expect(d.clusters.has("c")).toBe(false);
  expect(d.notes.get("a")!.cluster).toBe("n");
  expect(d.notes.get("b")!.cluster).toBe("");
});

test("hide all by an author, and mute", () => {
  const wall = base();
  for (const id of ["a", "w"]) wall.notes.set(id, { ...wall.notes.get(id)!, author: "t1" });
  const d = overlay(wall, [{ key: "1", verb: "hide_author", args: { note: "a", mute: true } }]);
  expect([d.notes.get("a"), d.notes.get("w"), d.notes.get("b")].map((n) => n!.state)).toEqual(["hidden", "hidden", "shown"]);
  expect(d.notes.get("w")).toMatchObject({ live: "waiting", muted: true });
});

test("settings and displays, one at a time", () => {
  const d = drawn(
    { verb: "display", args: { name: "2", display: { view: "join", qr: true } } },
    { verb: "set", args: { setting: "title", value: "Boden" } },
    { verb: "phase", args: { phase: "vote" } },
  );
  expect(Object.keys(d.settings.displays)).toEqual(["1", "2"]);
  expect(d.settings).toMatchObject({ title: "Boden", phase: "vote" });
  expect(settings.displays["2"]).toBeUndefined();
});
