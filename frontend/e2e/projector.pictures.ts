import { expect, test, type Browser, type Page } from "@playwright/test";
import { resolve } from "node:path";
import type { Display, Theme } from "../src/client/protocol";
import { Gallery, type Shot } from "./gallery";
import { Hub } from "./hub";
import fixture from "./notes.json" with { type: "json" };
import { cast, crowd, gather, moderator, placeNotes, type Wire } from "./wire";

const HOUSING = resolve(import.meta.dirname, "../../hub/rehearse/testdata/consultation-housing.jsonl");

/** The page at the projector, and what leads it. */
class Screen {
  private constructor(
    readonly gallery: Gallery,
    readonly page: Page,
    readonly desk: Wire,
  ) {}

  static async open(browser: Browser, gallery: Gallery, link: string, desk: Wire): Promise<Screen> {
    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: "sv-SE" });
    gallery.watch(context);
    const page = await context.newPage();
    await page.goto(link);
    await expect(page.locator("main[data-scene]:not([data-scene=waiting])")).toBeVisible();
    return new Screen(gallery, page, desk);
  }

  /** Turns to a view, as the desk does, and takes its pictures. */
  async shoot(state: string, display: Partial<Display>): Promise<void> {
    await this.desk.ask("display", { name: "1", display: { view: "overview", qr: true, ...display } });
    await expect(this.page.locator(`main[data-scene^=${display.view ?? "overview"}]`)).toBeVisible();
    await expect(
      this.page.locator(`html[data-theme=${display.dark || display.view === "blank" ? "dark" : "light"}]`),
    ).toBeAttached();
    await this.take(state, { dark: display.dark });
  }
  async take(state: string, shot: Shot = {}): Promise<void> {
    await this.gallery.shoot(this.page, state, shot);
  }
}

test("the projector", async ({ browser }) => {
  const hub = await new Hub().start();
  try {
    const gallery = new Gallery("projector", hub.origin);
    const { page: owner, wire: desk } = await moderator(browser, hub.links.desk);
    await desk.ask("set", { setting: "title", value: "Integrationskonferensen 2026" });
    const screen = await Screen.open(browser, gallery, hub.links.projector, desk);
    const people = await crowd(browser, hub, hub.links.code, 20);

    await screen.shoot("empty", {});
    await screen.shoot("empty", { dark: true });
    await screen.shoot("join", { view: "join" });
    await screen.shoot("join", { view: "join", dark: true });
    await screen.shoot("blank", { view: "blank" });

    const placed = await placeNotes(people, 3);
    await screen.page.reload();
    await screen.shoot("few", {});
    for (const [text, id] of await placeNotes(people, 5, 3)) placed.set(text, id);
    await screen.page.reload();
    await screen.shoot("five", {});
    await screen.shoot("five", { dark: true });
    for (const [text, id] of await placeNotes(people, 60, 5)) placed.set(text, id);
    const clusters = await gather(desk, placed);
    await desk.ask("phase", { phase: "cluster" });
    await screen.page.reload();

    await test.step("the overview of sixty notes", async () => {
      await screen.shoot("overview", {});
      await screen.shoot("overview", { dark: true });
      const ends = Date.now() + 20 * 60_000 + 500;
      await desk.ask("timer", { timer: { ends, length: 20 * 60_000 } });
      await screen.shoot("overview-no-code-timer", { qr: false, calm: true });
      await desk.ask("set", { setting: "language", value: "en" });
      await expect(screen.page.locator("html[lang=en]")).toBeAttached();
      await screen.take("overview", { en: true });
      await desk.ask("set", { setting: "language", value: "sv" });
      await screen.page.evaluate(() => (document.documentElement.dir = "rtl"));
      await gallery.shoot(screen.page, "overview", { rtl: true });
      await screen.page.evaluate(() => (document.documentElement.dir = "ltr"));
      await desk.ask("timer", { timer: {} });
    });

    await test.step("one theme, one group, one note", async () => {
      for (const theme of ["health", "work", "housing"]) await screen.shoot(`theme-${theme}`, { view: "theme", theme });
      await screen.shoot("theme-health", { view: "theme", theme: "health", dark: true });
      await screen.shoot("group", { view: "theme", theme: "work", cluster: clusters["degree-validation"]! });
      const say = (part: string) => [...placed].find(([text]) => text.includes(part))![1];
      await screen.shoot("note-short", { view: "note", note: say("Blanda sfi") });
      await screen.shoot("note-long", { view: "note", note: say("min syster är tandläkare") });
      await screen.shoot("note-long", { view: "note", note: say("min syster är tandläkare"), dark: true });
      await screen.shoot("note-arabic", { view: "note", note: say("أحب اللغة") });
      await screen.shoot("note-arabic-long", { view: "note", note: say("كل القادمين") });
      await screen.shoot("note-question", { view: "note", note: say("Hur ska en lärare") });
      await desk.ask("answer", { note: say("Hur ska en lärare"), answer: { text: "Två lärare i varje grupp från januari." } });
      await screen.shoot("note-answered", { view: "note", note: say("Hur ska en lärare") });
      await desk.ask("answer", {
        note: say("Gäller a-kassa"),
        answer: {
          promise: "2026-12-15",
          text: "Arbetsförmedlingen ska kontrollera reglerna för timanställda och svara alla här.",
        },
      });
      await screen.shoot("note-promised", { view: "note", note: say("Gäller a-kassa") });
      const most = crypto.randomUUID();
      const text = `${fixture.notes[34]!.text} ${fixture.notes[21]!.text}`.slice(0, 276);
      await desk.ask("post", { id: most, theme: "work", kind: "question", text });
      await screen.shoot("note-longest", { view: "note", note: most });
      await desk.ask("hide", { notes: [most] });
    });

    await test.step("voting and results", async () => {
      await desk.ask("phase", { phase: "vote" });
      await cast(people, clusters, placed);
      await screen.shoot("voting", { view: "voting" });
      await screen.shoot("voting", { view: "voting", dark: true });
      await desk.ask("timer", { timer: { ends: Date.now() + 300, length: 60_000 } });
      await expect(screen.page.locator("[data-scene=over]")).toBeVisible();
      await screen.take("time-up");
      const said = (await screen.page.getByRole("heading").boundingBox())!;
      expect(Math.abs(said.y + said.height / 2 - 540), "the middle of the wall").toBeLessThan(150);
      await desk.ask("timer", { timer: {} });
      await desk.ask("phase", { phase: "results" });
      for (const step of [0, 1, 3, 6, 12]) await screen.shoot(`results-${step}`, { view: "results", step });
      await screen.shoot("results-6", { view: "results", step: 6, dark: true });
      await screen.shoot("overview-numbers", { numbers: true });
      await desk.ask("phase", { phase: "write" });
    });

    await test.step("still, and without network", async () => {
      await screen.shoot("overview-still", { still: true });
      await screen.shoot("overview", {});
      await screen.page.context().setOffline(true);
      await expect(screen.page.getByText(/Väntar på nätet/)).toBeVisible({ timeout: 20_000 });
      await screen.take("offline");
      await screen.page.context().setOffline(false);
    });

    await test.step("three themes and eight", async () => {
      const shapes = ["heart", "briefcase", "bubble", "book", "house", "star", "tree", "people"];
      const names = ["Hälsa", "Arbete", "Språk", "Utbildning", "Bostäder", "Fritid", "Stad och natur", "Demokrati"];
      for (const n of [3, 8]) {
        const made = await owner.evaluate(async () => {
          const post = async (path: string, body: unknown) =>
            (await (
              await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })
            ).json()) as { code: string; link: string };
          const wall = await post("/walls", { title: "Vägg", question: "Vad ska vi göra tillsammans?" });
          return { ...wall, projector: (await post(`/${wall.code}/projector-link`, {})).link };
        });
        const { wire } = await moderator(owner.context(), made.link);
        const themes = names
          .slice(0, n)
          .map<Theme>((name, i) => ({ id: `t${i}`, name: { sv: name }, paper: i + 1, icon: shapes[i]! }));
        await wire.ask("set", { setting: "themes", value: themes });
        const people = await crowd(browser, hub, made.code, 14);
        for (const [i, note] of fixture.notes.slice(0, 42).entries())
          await people[i % 14]!.post(note.text, `t${i % n}`, note.kind);
        const screen = await Screen.open(browser, gallery, made.projector, wire);
        await screen.shoot(`themes-${n}`, {});
        await screen.shoot(`themes-${n}`, { dark: true });
        await screen.page.context().close();
      }
    });
  } finally {
    await hub.stop();
  }
});

test("the projector in a crowd", async ({ browser }) => {
  const hub = await new Hub().start();
  try {
    const gallery = new Gallery("projector", hub.origin);
    const youth = await hub.rehearse();
    const small = await moderator(browser, youth.desk);
    const rehearsal = await Screen.open(browser, gallery, youth.projector, small.wire);
    await rehearsal.shoot("rehearsal", {});
    await rehearsal.shoot("rehearsal-results", { view: "results", step: 6 });
    await rehearsal.page.context().close();

    const housing = await hub.rehearse("--script", HOUSING);
    const { wire: desk } = await moderator(browser, housing.desk);
    await desk.ask("phase", { phase: "write" });
    const people = await crowd(browser, hub, housing.code, 12);
    const placed = await placeNotes(people);
    await gather(desk, placed);
    for (let round = 2; round <= 4; round++)
      for (const [i, note] of fixture.notes.entries())
        await people[i % 12]!.post(`${note.text} ${"!".repeat(round)}`, note.theme, note.kind);
    const screen = await Screen.open(browser, gallery, housing.projector, desk);
    await screen.shoot("crowded", {});
    await screen.shoot("crowded", { dark: true });
    await screen.shoot("crowded-theme", { view: "theme", theme: "housing" });
    await desk.ask("phase", { phase: "vote" });
    await screen.shoot("crowded-voting", { view: "voting" });
    await desk.ask("phase", { phase: "results" });
    await screen.shoot("crowded-results", { view: "results", step: 6 });
  } finally {
    await hub.stop();
  }
});
