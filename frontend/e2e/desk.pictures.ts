import { expect, test, type Browser, type Page } from "@playwright/test";
import { Gallery, resize, settle, SIZES } from "./gallery";
import { Hub } from "./hub";
import { crowd, gather, moderator, placeNotes, Wire, type Placed } from "./wire";

async function open(browser: Browser, gallery: Gallery, link: string, locale = "sv-SE"): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale });
  gallery.watch(context);
  const page = await context.newPage();
  await page.goto(link);
  return page;
}

const note = (page: Page, text: string) => page.locator("[data-region=board] [data-note]").filter({ hasText: text }).first();
const press = (page: Page, act: string) => page.locator(`[data-act=${act}]`).first().click();

/** Opens a note's "⋯" menu and chooses. */
async function choose(page: Page, text: string, item: RegExp): Promise<void> {
  await note(page, text).focus();
  await page.keyboard.press(".");
  await page.getByRole("menuitem", { name: item }).click();
}
async function main(page: Page, item: RegExp): Promise<void> {
  await press(page, "menu");
  await page.getByRole("menuitem", { name: item }).click();
}
/** A narrow desk shows one of its two parts. */
/** Has the list of walls tell of one that the hub cannot read. */
async function spoil(page: Page): Promise<void> {
  await page.route("**/walls", async (route) => {
    const response = await route.fetch();
    const said = (await response.json()) as { walls: object[] };
    await route.fulfill({ response, json: { walls: [...said.walls, { code: "730164", title: "", unreadable: true }] } });
  });
}

async function turnTo(page: Page, part: "inbox" | "board"): Promise<void> {
  await resize(page, "360x740");
  await page
    .locator(".panes button")
    .nth(part === "inbox" ? 0 : 1)
    .click();
  await resize(page, "1440x900");
}
const leave = (page: Page) => page.keyboard.press("Escape");

test("the desk", async ({ browser }) => {
  const hub = await new Hub().start();
  try {
    const gallery = new Gallery("desk", hub.origin);
    const page = await open(browser, gallery, hub.links.desk);
    await expect(page.locator("[data-region=board]")).toBeVisible();
    const desk = await Wire.open(page, hub.links.code, "desk");
    await desk.ask("set", { setting: "title", value: "Integrationskonferensen 2026" });
    await gallery.shoot(page, "empty");
    await gallery.shoot(page, "empty", { dark: true });

    const placed = await fill(browser, hub, desk);
    await page.reload();
    await expect(page.locator("[data-region=inbox] [data-note]").first()).toBeVisible();

    await test.step("inbox and board", async () => {
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await gallery.shoot(page, "inbox");
      await gallery.shoot(page, "inbox", { sizes: ["720x450"] });
      await gallery.shoot(page, "inbox", { dark: true });
      await gallery.shoot(page, "inbox", { rtl: true });
      await page.evaluate(() => (document.documentElement.dir = "ltr"));
      await page.keyboard.press("e");
      await gallery.shoot(page, "inbox-reason");
      await leave(page);
      await page.locator("[data-tab=work]").click();
      await turnTo(page, "board");
      await gallery.shoot(page, "board-theme");
      await gallery.shoot(page, "board-theme", { dark: true });
      await press(page, "select");
      await note(page, "Ny handläggare på AF").click();
      await note(page, "Hur anmäler man frånvaro").click();
      await gallery.shoot(page, "board-choosing");
      await leave(page);
    });

    await test.step("a drag under way", async () => {
      for (const size of SIZES) {
        await resize(page, size);
        await settle(page);
        const from = (await note(page, "Hur anmäler man frånvaro").boundingBox())!;
        const to = (await page.locator("[data-cluster]").last().boundingBox())!;
        await page.mouse.move(from.x + 30, from.y + 20);
        await page.mouse.down();
        await page.mouse.move(from.x + 60, from.y + 40, { steps: 4 });
        await page.mouse.move(to.x + to.width / 2, Math.min(to.y + 90, page.viewportSize()!.height - 120), { steps: 8 });
        await gallery.shoot(page, "drag", { sizes: [size] });
        await page.keyboard.press("Escape");
        await page.mouse.up();
      }
    });

    await test.step("sheets", async () => {
      const question = "Hur anmäler man frånvaro";
      await note(page, question).focus();
      await page.keyboard.press(".");
      await gallery.shoot(page, "note-menu");
      await leave(page);
      for (const [state, item] of [
        ["move", /^Flytta till/],
        ["answer", /^Besvarad/],
        ["merge", /^Slå ihop/],
        ["author", /^Dölj allt/],
        ["history", /^Vad har hänt/],
        ["erase", /^Radera/],
      ] as const) {
        await choose(page, question, item);
        await gallery.shoot(page, state);
        await gallery.shoot(page, state, { dark: true });
        if (state === "answer") {
          await page.getByRole("dialog").getByText("Lovat svar till ett datum").click();
          await gallery.shoot(page, "answer-promise");
        }
        await leave(page);
      }
      for (const [state, item] of [
        ["settings", /^Inställningar/],
        ["shortcuts", /^Kortkommandon/],
        ["paper", /^Skriv in en lapp/],
        ["people", /^Moderatorer/],
        ["projector-link", /^Länk till projektorn/],
        ["new-code", /^Ny kod/],
        ["walls", /^Väggar/],
        ["walls-unreadable", /^Väggar/],
      ] as const) {
        if (state === "walls-unreadable") await spoil(page);
        await main(page, item);
        await gallery.shoot(page, state);
        await gallery.shoot(page, state, { dark: true });
        if (state === "settings") {
          const body = page.getByRole("dialog").locator(".sheet > .body");
          await body.evaluate((e) => (e.scrollTop = e.scrollHeight));
          const last = body.locator("> *").last();
          await gallery.shoot(page, "settings-end", { about: last });
          await gallery.shoot(page, "settings-end", { dark: true, about: last });
          for (const [part, name] of [
            ["theme", "Språk"],
            ["kind", "Fråga"],
          ] as const) {
            const head = body.locator("summary, [aria-expanded]").filter({ hasText: name });
            await head.click();
            await gallery.shoot(page, `settings-${part}`, { about: head.locator("xpath=..") });
          }
        }
        if (state === "people") {
          await page.getByRole("dialog").getByRole("textbox").first().fill("Johan");
          await press(page, "invite");
          await expect(page.getByText(/Ge länken till/)).toBeVisible();
          await gallery.shoot(page, "people-invited");
        }
        await leave(page);
      }
      await press(page, "menu");
      await gallery.shoot(page, "menu");
      await leave(page);
      await turnTo(page, "inbox");
      await press(page, "mode");
      await gallery.shoot(page, "mode");
      await leave(page);
      await page.getByRole("button", { name: "Timer" }).first().click();
      await gallery.shoot(page, "timer");
      await leave(page);
    });

    await test.step("search and archive", async () => {
      await page.locator("[data-tab=all]").click();
      await page.keyboard.press("/");
      await page.locator("[data-search]").fill("svenska");
      await gallery.shoot(page, "search");
      await gallery.shoot(page, "search", { dark: true });
      await page.locator("[data-search]").fill("");
      await page.locator("[data-where=archived]").click();
      await gallery.shoot(page, "archive");
      await page.locator("[data-where=all]").click();
      await page.locator("[data-search]").fill("zzz");
      await gallery.shoot(page, "search-nothing");
      await leave(page);
      await leave(page);
    });

    await test.step("the projector's remote", async () => {
      await page.locator("[data-tab=health]").click();
      await note(page, "Health guides").focus();
      await page.keyboard.press("p");
      await note(page, "نريد ساعات").focus();
      await page.keyboard.press("Shift+P");
      await gallery.shoot(page, "remote-note");
      await press(page, "view-results");
      await gallery.shoot(page, "remote-results");
      await press(page, "view-overview");
      await resize(page, "1024x768");
      await press(page, "remote");
      await gallery.shoot(page, "remote-sheet", { sizes: ["1024x768", "360x740"] });
      await resize(page, "1024x768");
      await leave(page);
      await resize(page, "1440x900");
    });

    await test.step("a conflict, and without network", async () => {
      const text = "Health guides in your own language";
      await page.locator("[data-tab=health]").click();
      const link = await invite(page, hub.links.code, "Amira");
      const other = await moderator(browser, link);
      await page.context().setOffline(true);
      await expect(page.getByText(/Nätet är borta/)).toBeVisible({ timeout: 20_000 });
      await gallery.shoot(page, "offline");
      await gallery.shoot(page, "offline", { dark: true });
      await note(page, text).focus();
      await page.keyboard.press("2");
      await other.wire.ask("move", { notes: [[...placed].find(([t]) => t.startsWith(text))![1]], theme: "education" });
      await gallery.shoot(page, "offline-waiting");
      await page.context().setOffline(false);
      await expect(page.getByText(/Amira/).first()).toBeVisible({ timeout: 20_000 });
      await gallery.shoot(page, "conflict");
      await gallery.shoot(page, "conflict", { dark: true });
    });

    await test.step("in English, as a moderator who does not own the wall", async () => {
      const page2 = await open(browser, gallery, await invite(page, hub.links.code, "Maria"), "en-GB");
      await expect(page2.locator("[data-region=board]")).toBeVisible();
      await page2.keyboard.press("j");
      await gallery.shoot(page2, "inbox", { en: true });
      await gallery.shoot(page2, "inbox", { en: true, dark: true });
      await page2.keyboard.press("?");
      await gallery.shoot(page2, "shortcuts", { en: true });
      await leave(page2);
      await page2.keyboard.press("/");
      await gallery.shoot(page2, "search", { en: true });
      await leave(page2);
      await main(page2, /^Settings/);
      await gallery.shoot(page2, "settings", { en: true });
    });

    await test.step("a moderator whose link is taken back while an act is on its way", async () => {
      const people = await page.evaluate((code) => fetch(`/${code}/people`).then((r) => r.text()), hub.links.code);
      const { people: all } = JSON.parse(people) as { people: { id: string; name: string }[] };
      const link = await invite(page, hub.links.code, "Sara");
      const sara = await open(browser, gallery, link);
      await expect(sara.locator("[data-region=board]")).toBeVisible();
      await sara.context().setOffline(true);
      await note(sara, "Textade nyheter").focus();
      await sara.keyboard.press("2");
      await page.evaluate(
        async ([code, known]) => {
          const { people } = (await (await fetch(`/${code}/people`)).json()) as { people: { id: string }[] };
          const last = people.find((p) => !known.includes(p.id))!;
          await fetch(`/${code}/people/${last.id}`, { method: "DELETE" });
        },
        [hub.links.code, all.map((p) => p.id)] as const,
      );
      await sara.context().setOffline(false);
      await expect(sara.getByText(/hann inte fram/)).toBeVisible({ timeout: 20_000 });
      await gallery.shoot(sara, "login-ended");
      await gallery.shoot(sara, "login-ended", { dark: true });
    });

    await test.step("turned away, and the report", async () => {
      const spent = await open(browser, gallery, hub.links.desk);
      await expect(spent.getByRole("heading")).toBeVisible();
      await gallery.shoot(spent, "refused");
      await gallery.shoot(spent, "refused", { dark: true });
      const report = new Gallery("report", hub.origin);
      const reader = await open(browser, report, `${hub.origin}/${hub.links.code}/report`);
      await report.shoot(reader, "to-come");
      await report.shoot(reader, "to-come", { dark: true });
      const { wire } = await moderator(page.context(), `${hub.origin}/${hub.links.code}/desk`);
      await wire.ask("phase", { phase: "results" });
      await reader.reload();
      await report.shoot(reader, "top");
      await reader.evaluate(() => scrollTo(0, 1200));
      await report.shoot(reader, "middle");
      await reader.evaluate(() => scrollTo(0, 9999));
      await report.shoot(reader, "end");
      const door = new Gallery("door", hub.origin);
      // On the hub's own machine every screen is let in: come by another name.
      await reader.route("**/projector", async (route) =>
        route.fulfill({
          response: await route.fetch({ headers: { ...(await route.request().allHeaders()), host: "wall.lan" } }),
        }),
      );
      await reader.goto(`${hub.origin}/${hub.links.code}/projector`);
      await expect(reader.getByRole("heading")).toBeVisible();
      await door.shoot(reader, "no-screen");
      await door.shoot(reader, "no-screen", { dark: true });
      await reader.goto(`${hub.origin}/here/is/nothing`);
      await door.shoot(reader, "nothing");
    });
  } finally {
    await hub.stop();
  }
});

/** A wall in the middle of a day: notes up and gathered, some that wait, some set aside, votes and a flag. */
async function fill(browser: Browser, hub: Hub, desk: Wire): Promise<Placed> {
  const people = await crowd(browser, hub, hub.links.code, 20);
  const placed = await placeNotes(people);
  const clusters = await gather(desk, placed);
  const id = (part: string) => [...placed].find(([text]) => text.includes(part))![1];
  await desk.ask("archive", { notes: [id("kaféet här")], reason: { code: "offtopic" } });
  await desk.ask("archive", { notes: [id("сортувати")], reason: { code: "other", text: "Frågan gick till fastighetsägaren" } });
  await desk.ask("hide", { notes: [id("fläsk")], reason: { code: "rude" } });
  await desk.ask("answer", { note: id("a-kassa"), answer: {} });
  await desk.ask("merge", { into: id("trångbodda familjer"), notes: [id("Vi bor 7 pers")] });
  await people[2]!.ask("report", { note: id("Health guides"), reason: "rude" });
  for (const [i, one] of people.slice(0, 12).entries()) {
    await one.vote(`c:${Object.values(clusters)[i % 4]!}`, 2);
    await one.vote(`n:${id("Illegal second-hand")}`, 1);
  }
  await desk.ask("set", { setting: "moderation", value: { mode: "read", seconds: 10 } });
  const waiting = [
    ["Prata svenska med oss, även när det går långsamt", "language", "opinion"],
    ["هل يمكن معادلة شهادتي من سوريا؟", "education", "question"],
    ["rätt till heltid i äldreomsorgen", "work", "opinion"],
    ["Наставник за фахом допоміг би більше, ніж курси", "work", "opinion"],
    ["Who decides where we get to live, and why does nobody ask us first?", "housing", "question"],
    ["Waxaan u baahanahay dhakhtar af-Soomaali ku hadla", "health", "opinion"],
    ["trångbodda familjer behöver större lägenheter!!", "housing", "opinion"],
    ["min son väntar fortfarande på en plats hos logopeden, det har gått fjorton månader", "health", "opinion"],
  ] as const;
  for (const [i, [text, theme, kind]] of waiting.entries()) await people[10 + i]!.post(text, theme, kind);
  return placed;
}

async function invite(page: Page, code: string, name: string): Promise<string> {
  return page.evaluate(
    async ([code, name]) => {
      const res = await fetch(`/${code}/people`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name }),
      });
      return ((await res.json()) as { link: string }).link;
    },
    [code, name] as const,
  );
}
