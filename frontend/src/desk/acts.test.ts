import { expect, test, vi } from "vitest";
import type { LiveWall } from "../client/live.svelte";
import type { Act } from "../client/protocol";

vi.stubGlobal("navigator", { languages: ["sv"] });
const { Acts } = await import("./acts.svelte");

type Outcome = { ok: true; revision: number } | { ok: false; refusal: { code: string; text: string } };

/** A wall whose answers come when the test says so. */
class Wall {
  notes = new Map();
  clusters = new Map();
  settings = {};
  revision = 0;
  acts = new Map<number, Act>();
  asked: { verb: string; args: unknown; answer: (o: Outcome) => void }[] = [];
  send(verb: string, args: unknown): Promise<Outcome> {
    return new Promise((answer) => this.asked.push({ verb, args, answer }));
  }
  /** The frame with an act arrives. */
  arrive(rev: number): void {
    this.revision = rev;
    this.acts.set(rev, { rev, did: "note_archived", at: 0, by: "a", name: "Amira", items: ["n"] });
  }
  undone(): unknown[] {
    return this.asked.filter((a) => a.verb === "undo").map((a) => (a.args as { act: number }).act);
  }
}
const settled = () => new Promise((done) => setTimeout(done));

function stand(): { wall: Wall; acts: InstanceType<typeof Acts> } {
  const wall = new Wall();
  wall.arrive(7);
  return { wall, acts: new Acts(wall as unknown as LiveWall) };
}

test("U waits for an act that is on its way, and takes back that one", async () => {
  const { wall, acts } = stand();
  void acts.do("archive", { notes: ["n"] });
  void acts.undoLast();
  await settled();
  expect(wall.undone()).toEqual([]);
  wall.asked[0]!.answer({ ok: true, revision: 8 });
  await settled();
  expect(wall.undone()).toEqual([8]);
});

test("U knows an act that the hub has said yes to before its frame is here", async () => {
  const { wall, acts } = stand();
  void acts.do("archive", { notes: ["n"] });
  wall.asked[0]!.answer({ ok: true, revision: 8 });
  await settled();
  void acts.undoLast();
  await settled();
  expect(wall.undone()).toEqual([8]);
});

test("U takes back nothing else when the act it meant is refused", async () => {
  const { wall, acts } = stand();
  void acts.do("archive", { notes: ["n"] });
  void acts.undoLast();
  wall.asked[0]!.answer({ ok: false, refusal: { code: "conflict", text: "" } });
  await settled();
  expect(wall.undone()).toEqual([]);
  void acts.undoLast();
  await settled();
  expect(wall.undone()).toEqual([7]);
});

test("U twice takes back two", async () => {
  const { wall, acts } = stand();
  wall.arrive(8);
  void acts.undoLast();
  void acts.undoLast();
  await settled();
  expect(wall.undone()).toEqual([8, 7]);
});

test("steering is not what U means", async () => {
  const { wall, acts } = stand();
  void acts.do("display", { name: "1", display: null });
  void acts.undoLast();
  await settled();
  expect(wall.undone()).toEqual([7]);
});
