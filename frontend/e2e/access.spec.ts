import { expect, test, type Browser, type Locator, type Page } from "@playwright/test";
import axe from "axe-core";
import { boxFaults, textFaults } from "./checks";
import { settle } from "./gallery";
import { Hub } from "./hub";
import { crowd, gather, moderator, placeNotes, Wire, type Placed } from "./wire";

/** Everyone can use it: by axe, by keyboard alone, with large text, on a small phone. */
test.describe("access", () => {
  let hub: Hub;
  let owner: Page;
  let desk: Wire;
  let placed: Placed;
  let invited: string;

  test.beforeAll(async ({ browser }) => {
    hub = await new Hub().start();
    ({ page: owner, wire: desk } = await moderator(browser, hub.links.desk));
    const people = await crowd(browser, hub, hub.links.code, 10);
    placed = await placeNotes(people, 30);
    await gather(desk, placed);
    const question = [...placed].find(([text]) => text.endsWith("?"))![1];
    await desk.ask("answer", { note: question, answer: { text: "Ja" } });
    await desk.ask("set", { setting: "moderation", value: { mode: "read", seconds: 10 } });
    await people[0]!.post("Fler bussar på kvällen", "work");
    await people[1]!.post("Vem bestämmer var vi får bo?", "housing", "question");
    await people[2]!.post("Rätt till heltid", "work");
    await desk.ask("set", { setting: "moderation", value: { mode: "open", seconds: 10 } });
    invited = await owner.evaluate(async (code) => {
      const ask = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name: "Maria" }) };
      return ((await (await fetch(`/${code}/people`, ask)).json()) as { link: string }).link;
    }, hub.links.code);
  });
  test.afterAll(() => hub.stop());

  const home = () => `${hub.origin}/${hub.links.code}`;

  test("axe finds nothing on the phone and at the door", async ({ browser }) => {
    for (const locale of ["sv-SE", "en-GB"]) {
      const page = await phone(browser, home(), locale);
      await clean(page, `welcome ${locale}`);
      await page.locator("button.quiet").click();
      await clean(page, `info ${locale}`);
      await page.keyboard.press("Escape");
      await page.locator("button.primary").click();
      await page.locator("#text").fill("Prata svenska med oss");
      await page.locator("input[name=theme][value=language]").check({ force: true });
      await page.locator("input[name=kind][value=question]").check({ force: true });
      await clean(page, `write ${locale}`);
      await page.locator("form button[type=submit]").click();
      await expect(page.locator("ol li.done")).toHaveCount(3);
      await clean(page, `receipt ${locale}`);
      await place(page, 1);
      await expect(page.locator("#list")).toBeVisible();
      await page.locator(".stepper .more").first().click();
      await clean(page, `wall ${locale}`);
      await place(page, 2);
      await clean(page, `mine ${locale}`);
      await page.context().close();
      const door = await phone(browser, hub.origin, locale);
      await door.getByRole("textbox").fill("12");
      await door.keyboard.press("Enter");
      await clean(door, `door ${locale}`);
      await door.context().close();
    }
  });

  test("axe finds nothing on the projector", async ({ browser }) => {
    const page = await (await browser.newContext({ viewport: { width: 1920, height: 1080 } })).newPage();
    await page.goto(hub.links.projector);
    for (const language of ["sv", "en"]) {
      await desk.ask("set", { setting: "language", value: language });
      for (const dark of [false, true]) {
        for (const view of ["overview", "theme", "note", "voting", "results", "join"] as const) {
          const note = view === "note" ? { note: [...placed.values()][4]! } : {};
          const theme = view === "theme" ? { theme: "health" } : {};
          await desk.ask("phase", { phase: view === "voting" ? "vote" : "write" });
          await desk.ask("display", { name: "1", display: { view, qr: true, dark, step: 6, ...note, ...theme } });
          await expect(page.locator(`main[data-scene^=${view}]`)).toBeVisible();
          await expect(page.locator(`html[data-theme=${dark ? "dark" : "light"}][lang=${language}]`)).toBeAttached();
          await once(page, `projector ${view} ${language} ${dark ? "dark" : "light"}`);
        }
      }
    }
    await page.context().close();
  });

  test("axe finds nothing at the desk", async ({ browser }) => {
    await owner.close();
    for (const [link, locale] of [
      [invited, "en-GB"],
      [hub.links.desk, "sv-SE"],
    ] as const) {
      const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale })).newPage();
      await page.goto(link);
      if (locale === "sv-SE") {
        // That link has been used: so says its page.
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await clean(page, "turned away");
        continue;
      }
      await expect(page.locator("[data-region=board]")).toBeVisible();
      await page.keyboard.press("j");
      for (const language of ["English", "Svenska"]) {
        await page.locator("[data-act=menu]").click();
        await page.getByRole("menuitemradio", { name: language }).click();
        await clean(page, `board ${language}`);
        await page.keyboard.press("?");
        await clean(page, `shortcuts ${language}`);
        await page.keyboard.press("Escape");
        await page.keyboard.press("g");
        await clean(page, `move ${language}`);
        await page.keyboard.press("Escape");
        await page.locator("[data-act=menu]").click();
        await clean(page, `menu ${language}`);
        await page.getByRole("menuitem", { name: /Settings|Inställningar/ }).click();
        await clean(page, `settings ${language}`);
        await page.keyboard.press("Escape");
        await page.keyboard.press("/");
        await clean(page, `search ${language}`);
        await page.keyboard.press("Escape");
      }
      await page.goto(`${home()}/report`);
      await clean(page, "report");
      await page.context().close();
    }
  });

  test("the phone by keyboard alone: write, choose, put up, vote", async ({ browser }) => {
    const page = await phone(browser, home(), "sv-SE");
    await reach(page, page.getByRole("button", { name: "Börja skriva" }));
    await page.keyboard.press("Enter");
    await reach(page, page.locator("#text"));
    await page.keyboard.type("Skrivet utan mus");
    await reach(page, page.locator("input[name=theme]").first());
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await expect(page.locator("input[name=theme][value=language]")).toBeChecked();
    await reach(page, page.locator("input[name=kind]").first());
    await page.keyboard.press("ArrowRight");
    await reach(page, page.locator("form button[type=submit]"));
    await page.keyboard.press("Enter");
    await expect(page.locator("ol li.done")).toHaveCount(3);
    await reach(page, page.getByRole("button", { name: "Läs väggen" }));
    await page.keyboard.press("Enter");
    await reach(page, page.locator(".stepper .more").first());
    await page.keyboard.press("Enter");
    await expect(page.locator("strong", { hasText: "4 röster kvar" })).toBeVisible();
    await reach(page, page.locator(".stepper .less").first(), true);
    await page.keyboard.press("Enter");
    await expect(page.locator("strong", { hasText: "5 röster kvar" })).toBeVisible();
    await page.context().close();
  });

  for (const [what, width, text] of [
    ["twice as large text", 360, "200%"],
    ["a width of 320", 320, "100%"],
  ] as const) {
    test(`the phone keeps everything with ${what}`, async ({ browser }) => {
      const page = await phone(browser, home(), "sv-SE", width);
      const whole = async (state: string) => {
        await page.evaluate((size) => (document.documentElement.style.fontSize = size), text);
        await settle(page);
        const faults = [...(await textFaults(page, { size: 13, scrolls: true })), ...(await boxFaults(page))];
        expect(faults, state).toEqual([]);
      };
      await whole("welcome");
      await page.getByRole("button", { name: "Börja skriva" }).click();
      await page.locator("#text").fill("Varför får hon inte arbeta under handledning medan hon väntar på beskedet?");
      await page.locator("input[name=theme][value=education]").check({ force: true });
      await page.locator("input[name=kind][value=question]").check({ force: true });
      await whole("write");
      await page.locator("form button[type=submit]").click();
      await expect(page.locator("ol li.done")).toHaveCount(3);
      await whole("receipt");
      await place(page, 1);
      await page.locator(".stepper .more").first().click();
      await whole("wall");
      await place(page, 2);
      await whole("mine");
      await page.context().close();
    });
  }
});

test("the desk by keyboard alone: put up, archive, move, undo, lead on, answer, show, reveal", async ({ browser }) => {
  const hub = await new Hub().start();
  try {
    const { page, wire } = await moderator(browser, hub.links.desk);
    const [one] = await crowd(browser, hub, hub.links.code, 1);
    await wire.ask("set", { setting: "moderation", value: { mode: "read", seconds: 10 } });
    const texts = ["Mer lek", "Fler bussar", "Fler lärare"];
    for (const text of texts) await one!.post(text, "work");
    const inbox = page.locator("[data-region=inbox] [data-note]");
    const board = page.locator("[data-region=board] [data-note]");
    await expect(inbox).toHaveCount(3);
    await page.keyboard.press("j");
    await expect(inbox.filter({ hasText: "Fler bussar" })).toBeFocused();
    await page.keyboard.press("a");
    await expect(board.filter({ hasText: "Fler bussar" })).toBeVisible();
    await expect(inbox).toHaveCount(2);
    await page.keyboard.press("k");
    await page.keyboard.press("e");
    await page.keyboard.press("Enter");
    await expect(inbox).toHaveCount(1);
    await page.keyboard.press("u");
    await expect(inbox).toHaveCount(2);

    await board.filter({ hasText: "Fler bussar" }).focus();
    await page.keyboard.press("g");
    const sheet = page.getByRole("dialog");
    await reach(page, sheet.locator('[data-to="theme:housing"]'));
    await page.keyboard.press("Enter");
    await expect(sheet).toHaveCount(0);
    await expect(page.locator("[data-tab=housing]")).toContainText("1");
    await page.keyboard.press("?");
    await expect(sheet).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(sheet).toHaveCount(0);
    await reach(page, page.locator("[data-act=phase-cluster]"));
    await page.keyboard.press("Enter");
    await expect(page.locator("[data-act=phase-cluster]")).toHaveAttribute("aria-current", "step");

    await wire.ask("phase", { phase: "write" });
    await wire.ask("set", { setting: "moderation", value: { mode: "open", seconds: 10 } });
    await one!.post("När byggs det?", "housing", "question");
    const screen = await (await browser.newContext()).newPage();
    await screen.goto(hub.links.projector);
    await reach(page, page.locator("[data-tab][aria-selected=true]"));
    await page.keyboard.press("End");
    await expect(page.locator("[data-tab=housing]")).toBeFocused();
    const question = board.filter({ hasText: "När byggs det?" });
    await reach(page, board.filter({ hasText: "Fler bussar" })); // one stop for Tab in each column, arrows within
    await page.keyboard.press("ArrowUp");
    await expect(question).toBeFocused();
    await page.keyboard.press("q");
    await reach(page, sheet.locator("input[type=radio]").first());
    await page.keyboard.press("ArrowDown");
    await reach(page, sheet.getByRole("textbox"));
    await page.keyboard.type("Spaden i backen i mars.");
    await reach(page, sheet.locator("[data-act=answered]"));
    await page.keyboard.press("Enter");
    await expect(sheet).toHaveCount(0);
    await expect(question).toBeFocused();
    await page.keyboard.press("p");
    await expect(screen.locator("main[data-scene^=note] .answer")).toContainText("Spaden i backen i mars.");
    await page.keyboard.press("b");
    await expect(screen.locator("main[data-scene=blank]")).toBeVisible();
    await page.keyboard.press("b");
    await expect(screen.locator("main[data-scene^=note]")).toBeVisible();

    await one!.vote(`n:${await board.filter({ hasText: "Fler bussar" }).getAttribute("data-note")}`, 2);
    await reach(page, page.locator("[data-act=phase-results]"), true);
    await page.keyboard.press("Enter");
    await reach(page, page.locator("[data-act=view-results]"));
    await page.keyboard.press("Enter");
    await expect(screen.locator("main[data-scene=results] li")).toHaveCount(1);
    await expect(screen.locator("[data-row]")).toHaveCount(0);
    await page.keyboard.press("ArrowRight");
    await expect(screen.locator("[data-row]")).toHaveCount(1);
  } finally {
    await hub.stop();
  }
});

async function phone(browser: Browser, address: string, locale: string, width = 360): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 740 }, hasTouch: true, isMobile: true, locale });
  const page = await context.newPage();
  await page.goto(address);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  return page;
}

/** Goes to the nth of the phone's places. */
const place = (page: Page, n: number) => page.getByRole("navigation").getByRole("button").nth(n).click();

/** Comes to something with Tab, as long as that can be expected of a person. */
async function reach(page: Page, to: Locator, back = false): Promise<void> {
  for (let n = 0; n < 60; n++) {
    if ((await to.count()) && (await to.evaluate((e) => e === document.activeElement))) return;
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
  }
  throw new Error(`Tab does not come to ${String(to)}`);
}

/** No violation of WCAG or of good practice, in light and in dark. */
async function clean(page: Page, state: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await once(page, `${state} ${colorScheme}`);
  }
}
async function once(page: Page, state: string): Promise<void> {
  await settle(page);
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary?.slice(0, 200)}`));
  });
  expect(violations, state).toEqual([]);
}
