import { expect, type Browser, type BrowserContext, type Page } from "@playwright/test";
import type { Hub } from "./hub";
import type { Commands, Face, Refusal, Verb } from "../src/client/protocol";
import fixture from "./notes.json" with { type: "json" };

type Answer = { refused?: Refusal };
type Ask = (verb: string, args: unknown) => Promise<Answer>;
type Held = { wires: Ask[] };

/** A socket of its own, in a page's name: says what a face says, without its face. */
export class Wire {
  private constructor(
    readonly page: Page,
    readonly n: number,
  ) {}

  /** Opens one with the cookies that the page has now. */
  static async open(page: Page, code: string, face: Face): Promise<Wire> {
    const n = await page.evaluate(
      ([code, face]) => {
        const held = window as unknown as Held;
        held.wires ??= [];
        const socket = new WebSocket(`${location.origin.replace("http", "ws")}/${code}/socket?face=${face}`, "wall.1");
        const asked = new Map<number, (a: Answer) => void>();
        let count = 0;
        const ask: Ask = (verb, args) =>
          new Promise((told) => {
            asked.set(++count, told);
            socket.send(JSON.stringify({ command: { n: count, do: verb, with: args } }));
          });
        return new Promise<number>((ready, failed) => {
          socket.onopen = () => socket.send(JSON.stringify({ hello: { epoch: "", revision: 0 } }));
          socket.onclose = (e) => failed(new Error(`closed with ${e.code}`));
          socket.onmessage = (m) => {
            const f = JSON.parse(m.data as string) as Answer & { ack?: { n: number }; snapshot?: unknown };
            const to = f.ack?.n ?? (f.refused as { n?: number } | undefined)?.n;
            if (to !== undefined) asked.get(to)?.(f);
            if (f.snapshot) ready(held.wires.push(ask) - 1);
          };
        });
      },
      [code, face] as const,
    );
    return new Wire(page, n);
  }

  /** Says a command, again when it was too fast, and wants a yes. */
  async ask<V extends Verb>(verb: V, args: Commands[V]): Promise<void> {
    const refusal = await this.page.evaluate(
      async ([n, verb, args]) => {
        for (;;) {
          const { refused } = await (window as unknown as Held).wires[n]!(verb, args);
          if (refused?.code !== "rate") return refused;
          await new Promise((done) => setTimeout(done, refused.after));
        }
      },
      [this.n, verb, args] as const,
    );
    expect(refusal, `${verb} was refused`).toBeUndefined();
  }

  /** Puts a note up; its id. */
  async post(text: string, theme: string, kind = "opinion"): Promise<string> {
    const id = crypto.randomUUID();
    await this.ask("post", { id, theme, kind, text });
    return id;
  }

  /** Posts until the wall says that it is too fast. */
  async tire(theme: string): Promise<void> {
    for (let n = 1; ; n++) {
      const note = { id: crypto.randomUUID(), theme, kind: "opinion", text: `Fler träd, ${n}` };
      const { refused } = await this.page.evaluate(([n, note]) => (window as unknown as Held).wires[n]!("post", note), [
        this.n,
        note,
      ] as const);
      if (refused?.code === "rate") return;
    }
  }

  #votes = 0;
  async vote(target: string, dots: number): Promise<void> {
    await this.ask("vote", { target, dots, count: ++this.#votes });
  }
}

/** People with a phone each, all in one page that nobody looks at. */
export async function crowd(browser: Browser, hub: Hub, code: string, people: number): Promise<Wire[]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${hub.origin}/${code}`);
  const wires: Wire[] = [];
  while (wires.length < people) {
    wires.push(await Wire.open(page, code, "phone"));
    await context.clearCookies();
    await page.evaluate((code) => fetch(`/${code}`).then((r) => r.text()), code);
  }
  return wires;
}

/** A moderator's page of a wall, which nobody looks at, and its wire. */
export async function moderator(browser: Browser | BrowserContext, link: string): Promise<{ page: Page; wire: Wire }> {
  const context = "newContext" in browser ? await browser.newContext({ locale: "sv-SE" }) : browser;
  const page = await context.newPage();
  await page.goto(link);
  await expect(page.locator("[data-region=board]")).toBeVisible();
  return { page, wire: await Wire.open(page, new URL(link).pathname.split("/")[1]!, "desk") };
}

/** Notes of the fixture on a wall: who has which id. */
export type Placed = Map<string, string>;

/** Puts the fixture's notes up, each person three, oldest first. */
export async function placeNotes(people: Wire[], upTo = fixture.notes.length, from = 0): Promise<Placed> {
  const placed: Placed = new Map();
  for (const [i, note] of fixture.notes.slice(from, upTo).entries())
    placed.set(note.text, await people[(from + i) % people.length]!.post(note.text, note.theme, note.kind));
  return placed;
}

/** Gathers them as a moderator would; the groups' ids by the fixture's names. */
export async function gather(desk: Wire, placed: Placed): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const [key, { name, theme }] of Object.entries(fixture.clusters)) {
    const notes = fixture.notes.filter((n) => n.cluster === key).flatMap((n) => placed.get(n.text) ?? []);
    if (notes.length < 2) continue;
    ids[key] = crypto.randomUUID();
    await desk.ask("make_cluster", { id: ids[key], name, theme, notes });
  }
  return ids;
}

/** A hall that votes: the first groups get most. */
export async function cast(people: Wire[], clusters: Record<string, string>, placed: Placed): Promise<void> {
  const notes = fixture.notes.filter((n) => !n.cluster).flatMap((n) => placed.get(n.text) ?? []);
  const targets = [...Object.values(clusters).map((id) => `c:${id}`), ...notes.map((id) => `n:${id}`)];
  for (const [i, one] of people.entries()) {
    const spread: [target: number, dots: number][] = [
      [i % 3, 2],
      [(i >> 2) % 5, 1],
      [(i * 7) % targets.length, 1],
    ];
    for (const [at, dots] of spread) await one.vote(targets[at]!, dots);
  }
}
