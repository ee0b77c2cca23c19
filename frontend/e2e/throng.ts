import type { Browser, Page } from "@playwright/test";
import type { Hub, Links, Place } from "./hub";
import { moderator, type Wire } from "./wire";
import fixture from "./notes.json" with { type: "json" };

const THEMES = ["health", "work", "language", "education", "housing"];
/** Notes that are voted on. Each has a total before anything is measured, so that none of them is new later. */
const VOTED = 500;
/** Groups of a full wall, and notes in each. */
const GROUPS = 40;
const MEMBERS = 40;

type Held = { sockets: WebSocket[]; acked: number; refused: string[]; n: number; storm?: ReturnType<typeof setInterval> };

/** A rehearsal's wall, full of notes: without limits of rate, notes and dots. */
export class Throng implements Place {
  private constructor(
    readonly origin: string,
    readonly links: Links,
    readonly ids: string[],
    readonly desk: Wire,
    readonly page: Page,
  ) {}

  /** People with a phone each, all in one page that nobody looks at, and that keeps nothing of what it hears. */
  static async fill(browser: Browser, hub: Hub, notes: number, people = 20, script?: "latin"): Promise<Throng> {
    const links = await hub.rehearse();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(hub.origin);
    await page.evaluate(() => Object.assign(window, { sockets: [], acked: 0, refused: [], n: 0 }));
    for (let i = 0; i < people; i++) {
      await context.clearCookies();
      await page.evaluate(join, links.code);
    }
    const { wire: desk } = await moderator(browser, links.desk);
    await desk.ask("phase", { phase: "write" });
    const texts = fixture.notes.filter((n) => !script || /^[\0-\xff–—’”…]*$/.test(n.text));
    const all = Array.from({ length: notes }, (_, i) => {
      const { text, kind } = texts[i % texts.length]!;
      return { id: crypto.randomUUID(), theme: THEMES[i % THEMES.length]!, kind, text: `${text} (${i + 1})` };
    });
    await page.evaluate(say, { verb: "post", all });
    const ids = all.map((n) => n.id);
    for (let g = 0; g * MEMBERS < Math.min(notes / 2, GROUPS * MEMBERS); g++) {
      const members = ids.slice(g * MEMBERS, (g + 1) * MEMBERS);
      const name = Object.values(fixture.clusters)[g % Object.keys(fixture.clusters).length]!.name;
      await desk.ask("make_cluster", { id: crypto.randomUUID(), name, theme: THEMES[g % THEMES.length]!, notes: members });
    }
    return new Throng(hub.origin, links, ids, desk, page);
  }

  /** Everybody votes, so many times a second together, until `calm`. */
  async storm(perSecond: number, notes = 0): Promise<void> {
    const targets = this.ids.slice(-VOTED).map((id) => `n:${id}`);
    await this.page.evaluate(say, { verb: "vote", all: targets.map((target, i) => ({ target, dots: 1, count: i + 1 })) });
    await this.page.evaluate(
      ({ targets, perSecond, notes }) => {
        const held = window as unknown as Held;
        let [count, tick] = [targets.length, 0];
        const ask = (verb: string, what: object) => {
          const command = { n: ++held.n, do: verb, with: what };
          held.sockets[held.n % held.sockets.length]!.send(JSON.stringify({ command }));
        };
        held.storm = setInterval(() => {
          if (++tick % (10 / notes) === 0) {
            const id = crypto.randomUUID();
            ask("post", { id, theme: "health", kind: "opinion", text: `Vi behöver mer tid (${tick})` });
          }
          for (let i = 0; i < perSecond / 10; i++) {
            const target = targets[(++count * 7919) % targets.length]!;
            ask("vote", { target, dots: 1 + (count % 3), count });
          }
        }, 100);
      },
      { targets, perSecond, notes },
    );
  }

  /** Everybody writes, so many notes a second together, as many as that; how many seconds it took. */
  async write(perSecond: number, notes: number): Promise<number> {
    return this.page.evaluate(
      async ({ perSecond, notes }) => {
        const held = window as unknown as Held;
        const [began, before] = [performance.now(), held.acked];
        for (let i = 0; i < notes; i++) {
          const note = { id: crypto.randomUUID(), theme: "work", kind: "opinion", text: `Vi behöver mer tid för det här (${i})` };
          const command = { n: ++held.n, do: "post", with: note };
          held.sockets[i % held.sockets.length]!.send(JSON.stringify({ command }));
          await new Promise((done) => setTimeout(done, began + ((i + 1) * 1000) / perSecond - performance.now()));
        }
        while (held.acked < before + notes) await new Promise((done) => setTimeout(done, 20));
        return (performance.now() - began) / 1000;
      },
      { perSecond, notes },
    );
  }

  /** How many commands have been done. */
  async acked(): Promise<number> {
    const { acked, refused } = await this.page.evaluate(() => {
      const { acked, refused } = window as unknown as Held;
      return { acked, refused };
    });
    if (refused.length) throw new Error(`refused: ${refused[0]}`);
    return acked;
  }

  async calm(): Promise<void> {
    await this.page.evaluate(() => clearInterval((window as unknown as Held).storm));
  }
}

/** Comes in as somebody new. */
async function join(code: string): Promise<void> {
  const held = window as unknown as Held;
  await fetch(`/${code}`).then((r) => r.text());
  await new Promise<void>((ready, failed) => {
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/${code}/socket?face=phone`, "wall.1");
    socket.onopen = () => socket.send(JSON.stringify({ hello: { epoch: "", revision: 0 } }));
    socket.onclose = (e) => failed(new Error(`closed with ${e.code}`));
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      if (data.startsWith('{"ack"')) held.acked++;
      else if (data.startsWith('{"refused"')) held.refused.push(data);
      else if (data.startsWith('{"me"')) ready();
    };
    held.sockets.push(socket);
  });
}

/** Says all of it, each socket so much at a time as a hub reads, and waits until it is done. */
async function say({ verb, all }: { verb: string; all: object[] }): Promise<void> {
  const held = window as unknown as Held;
  const before = held.acked;
  for (const [i, what] of all.entries()) {
    const command = { n: ++held.n, do: verb, with: what };
    held.sockets[i % held.sockets.length]!.send(JSON.stringify({ command }));
  }
  while (held.acked < before + all.length) {
    if (held.refused.length) throw new Error(held.refused[0]);
    await new Promise((done) => setTimeout(done, 20));
  }
}
