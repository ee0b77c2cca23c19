import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { Incoming, Total, Values } from "./protocol";
import { View } from "./view";

/** The vectors that the hub's tests run too: what comes, and the wall it makes. */
interface Vector {
  name: string;
  frames: Incoming[];
  view: Required<Omit<Values, "totals" | "health">> &
    Pick<Values, "health"> & { epoch: string; revision: number; totals: Record<string, Total> | null };
  /** One of the frames cannot be taken: the client says hello again. */
  hello_again?: boolean;
}

const folder = resolve(import.meta.dirname, "../../../hub/testdata/frames");
const vectors = readdirSync(folder).filter((f) => f.endsWith(".json"));

function run(v: Vector): { view: View; refused: boolean } {
  const view = new View();
  let refused = false;
  for (const f of v.frames) {
    if (f.snapshot) view.snapshot(f.snapshot);
    if (f.frame && !view.frame(f.frame)) refused = true;
  }
  return { view, refused };
}

describe("frames make the view that the hub means", () => {
  test("there are vectors", () => expect(vectors.length).toBeGreaterThan(15));

  test.each(vectors)("%s", (file) => {
    const v = JSON.parse(readFileSync(resolve(folder, file), "utf8")) as Vector;
    const { view, refused } = run(v);
    expect({
      epoch: view.epoch,
      revision: view.revision,
      settings: view.settings,
      notes: Object.fromEntries(view.notes),
      clusters: Object.fromEntries(view.clusters),
      acts: Object.fromEntries(view.acts),
      totals: view.counted ? Object.fromEntries(view.totals) : null,
      voters: view.voters,
      here: view.here,
      health: view.health,
    }).toEqual(v.view);
    expect(refused).toBe(v.hello_again ?? false);
  });
});

test("the shape changes with notes and clusters, not with votes", () => {
  const view = new View();
  view.snapshot({ epoch: "e", revision: 1, part: 1, of: 1 });
  const first = view.shape;
  view.frame({ from: 1, to: 2, totals: { "n:a": [1, 1] }, voters: 1, here: 3 });
  expect(view.shape).toBe(first);
  view.frame({ from: 2, to: 3, notes: { a: null } });
  view.frame({ from: 3, to: 4, clusters: { c: null } });
  expect(view.shape).toBe(first + 2);
});
