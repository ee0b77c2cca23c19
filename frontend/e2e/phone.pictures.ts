import { expect, test, type Browser, type Page } from "@playwright/test";
import { Gallery, type Shot } from "./gallery";
import { Hub } from "./hub";
import fixture from "./notes.json" with { type: "json" };
import { cast, crowd, gather, moderator, placeNotes, Wire } from "./wire";

const DARK: Shot = { dark: true };
const LARGE: Shot = { large: true };
const NARROW: Shot = { sizes: ["320x640"] };
const LONG =
  "Min syster är tandläkare från Syrien med nio års erfarenhet. Nu städar hon på hotell och har väntat på " +
  "besked om sin legitimation i över två år, och ingen kan säga hur länge till. Varför får hon inte arbeta " +
  "under handledning medan hon väntar på beskedet?";

/** A phone in a hand, in one language; en: whether its pictures are marked English. */
async function phone(browser: Browser, gallery: Gallery, address: string, locale = "sv-SE"): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
    locale,
  });
  gallery.watch(context);
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

const begin = (page: Page) => page.getByRole("button", { name: /Börja skriva|Start writing|Läs väggen|Read the wall/ }).click();
const go = (page: Page, place: RegExp) => page.getByRole("navigation").getByRole("button", { name: place }).click();
const another = (page: Page) => page.getByRole("button", { name: /Skriv en till|Write another/ });

async function fill(page: Page, text: string, theme?: string, kind?: string): Promise<void> {
  await go(page, /Skriv|Write/);
  await expect(another(page).or(page.locator("#text"))).toBeVisible();
  if (await another(page).isVisible()) await another(page).click();
  await page.locator("#text").fill(text);
  if (theme) await page.locator(`input[name=theme][value=${theme}]`).check({ force: true });
  if (kind) await page.locator(`input[name=kind][value=${kind}]`).check({ force: true });
}
const put = (page: Page) => page.locator("form button[type=submit]").click();

test("the phone", async ({ browser }) => {
  const hub = await new Hub().start();
  try {
    const gallery = new Gallery("phone", hub.origin);
    const home = `${hub.origin}/${hub.links.code}`;
    const { wire: desk } = await moderator(browser, hub.links.desk);
    await desk.ask("set", {
      setting: "organiser",
      value: { name: "Göteborgs Stad, Integrationsenheten", contact: "vaggen@example.org" },
    });
    await desk.ask("set", { setting: "title", value: "Integrationskonferensen 2026" });

    // Someone whose notes meet every fate; the speed limit takes half a minute, so it begins first.
    const one = await phone(browser, gallery, home);
    const own = ownNotes(one, hub.links.code, desk);

    const page = await phone(browser, gallery, home);
    await gallery.shoot(page, "welcome");
    await gallery.shoot(page, "welcome", DARK);
    await gallery.shoot(page, "welcome", LARGE);
    await gallery.shoot(page, "welcome", NARROW);
    await page.getByRole("button", { name: "Så skyddar vi dig" }).click();
    await gallery.shoot(page, "info");
    await gallery.shoot(page, "info", DARK);
    await page.keyboard.press("Escape");
    await begin(page);
    await gallery.shoot(page, "write-empty");
    await gallery.shoot(page, "write-empty", DARK);
    await go(page, /Väggen/);
    await gallery.shoot(page, "wall-empty");
    await go(page, /Mina/);
    await gallery.shoot(page, "mine-empty");

    const people = await crowd(browser, hub, hub.links.code, 20);
    const placed = await placeNotes(people);
    const clusters = await gather(desk, placed);

    await fill(page, "Prata svenska med oss, även när det går långsamt");
    await put(page);
    await gallery.shoot(page, "write-lacks-theme");
    await fill(page, "Prata svenska med oss, även när det går långsamt", "language");
    await gallery.shoot(page, "write-filled");
    await gallery.shoot(page, "write-filled", DARK);
    await gallery.shoot(page, "write-filled", LARGE);
    await gallery.shoot(page, "write-filled", NARROW);
    await put(page);
    await expect(page.getByRole("heading", { name: "Tack! Lappen är på väggen" })).toBeVisible();
    await gallery.shoot(page, "receipt-open");
    await gallery.shoot(page, "receipt-open", DARK);
    await gallery.shoot(page, "receipt-open", LARGE);
    await fill(page, "هل يمكن معادلة شهادتي من سوريا؟", "education", "question");
    await gallery.shoot(page, "write-question");
    await gallery.shoot(page, "write-question", DARK);
    await fill(page, LONG.slice(0, 268), "work");
    await gallery.shoot(page, "write-few-left");
    await fill(page, LONG + LONG, "work");
    await gallery.shoot(page, "write-too-long");
    await fill(page, "Kan SFI kombineras med jobb?", "language", "question");
    await desk.ask("set", { setting: "moderation", value: { mode: "delay", seconds: 120 } });
    await put(page);
    await expect(page.getByText(/Går upp av sig själv om/).last()).toBeVisible();
    await gallery.shoot(page, "receipt-delay");
    await fill(page, "Fler bänkar i Slottsskogen", "health");
    await desk.ask("set", { setting: "moderation", value: { mode: "read", seconds: 10 } });
    await put(page);
    await expect(page.getByText("En moderator läser den först").last()).toBeVisible();
    await gallery.shoot(page, "receipt-read");
    await gallery.shoot(page, "receipt-read", DARK);
    await desk.ask("set", { setting: "moderation", value: { mode: "open", seconds: 10 } });

    await test.step("the wall", async () => {
      await go(page, /Väggen/);
      await expect(page.getByText("Trångboddhet").first()).toBeVisible();
      await gallery.shoot(page, "wall");
      await gallery.shoot(page, "wall", DARK);
      await gallery.shoot(page, "wall", { rtl: true });
      await page.evaluate(() => (document.documentElement.dir = "ltr"));
      await page.evaluate(() => scrollTo(0, 600));
      await people[3]!.post("Sätt ut fler papperskorgar vid stranden", "housing");
      await people[5]!.post("Gratis simskola för vuxna", "health");
      await expect(page.getByRole("button", { name: /nya lappar/ })).toBeVisible();
      await gallery.shoot(page, "wall-new-notes");
      await gallery.shoot(page, "wall-new-notes", DARK);
      await page.getByRole("button", { name: /nya lappar/ }).click();
      await page
        .getByRole("button", { name: /Barn ska inte tolka/ })
        .first()
        .click();
      await gallery.shoot(page, "group");
      await gallery.shoot(page, "group", DARK);
      await page.goBack();
      await page.getByRole("button", { name: "Säg till om lappen" }).first().click();
      await gallery.shoot(page, "report");
      await page.keyboard.press("Escape");
      await page.getByRole("group", { name: "Teman" }).getByText("Arbete").click();
      await gallery.shoot(page, "wall-theme");
    });

    await test.step("voting", async () => {
      await cast(people, clusters, placed);
      await desk.ask("phase", { phase: "vote" });
      await page.reload();
      await go(page, /Väggen/);
      await gallery.shoot(page, "vote");
      const more = page.getByRole("button", { name: /^Ge en röst/ });
      await more.nth(0).click();
      await more.nth(0).click();
      await more.nth(1).click();
      await expect(page.locator("strong", { hasText: "2 röster kvar" })).toBeVisible();
      await gallery.shoot(page, "vote-given");
      await gallery.shoot(page, "vote-given", DARK);
      await gallery.shoot(page, "vote-given", LARGE);
      await gallery.shoot(page, "vote-given", NARROW);
      await page
        .getByRole("button", { name: /Betyg som inte räknas/ })
        .first()
        .click();
      await gallery.shoot(page, "vote-group");
      await page.goBack();
      await more.nth(2).click();
      await more.nth(2).click();
      await expect(page.locator("strong", { hasText: "0 röster kvar" })).toBeVisible();
      await more.nth(1).click();
      await gallery.shoot(page, "votes-spent");
      await gallery.shoot(page, "votes-spent", DARK);
      await desk.ask("phase", { phase: "write" });
    });

    await test.step("without network", async () => {
      await page.context().setOffline(true);
      await expect(page.getByText("Ingen anslutning").first()).toBeVisible({ timeout: 20_000 });
      await fill(page, "Öppna badet på kvällar också", "health");
      await gallery.shoot(page, "offline-write");
      await put(page);
      await expect(page.getByRole("heading", { name: "Sparad på din telefon" })).toBeVisible();
      await gallery.shoot(page, "receipt-offline");
      await gallery.shoot(page, "receipt-offline", DARK);
      await go(page, /Väggen/);
      await gallery.shoot(page, "offline-wall");
      await go(page, /Mina/);
      await gallery.shoot(page, "offline-mine");
      await gallery.shoot(page, "offline-mine", DARK);
      await gallery.shoot(page, "offline-mine", LARGE);
      await page.context().setOffline(false);
      await expect(page.getByText("Ansluten igen").first()).toBeVisible({ timeout: 20_000 });
      await gallery.shoot(page, "reconnected");
    });

    await test.step("too fast", async () => {
      const me = await Wire.open(page, hub.links.code, "phone");
      // On a slow machine the wall has forgotten before the button is pressed: then once more.
      await expect(async () => {
        await me.tire("housing");
        await fill(page, "Fler träd", "housing");
        await put(page);
        await expect(page.getByText(/Du skriver fort/).last()).toBeVisible({ timeout: 2_000 });
      }).toPass();
      await gallery.shoot(page, "receipt-rate");
      await another(page).click();
      await page.locator("#text").fill("Och en till");
      await gallery.shoot(page, "write-rate");
    });

    await test.step("one's own notes, with every fate", async () => {
      const me = await own;
      await desk.ask("set", { setting: "moderation", value: { mode: "read", seconds: 10 } });
      await me.post("Grannarna borde äta tillsammans en gång i månaden", "housing");
      await desk.ask("set", { setting: "moderation", value: { mode: "open", seconds: 10 } });
      await one.reload();
      await begin(one);
      await go(one, /Mina/);
      await expect(one.getByText("Svar lovat", { exact: false })).toBeVisible();
      await gallery.shoot(one, "mine");
      await one.evaluate(() => scrollTo(0, 620));
      await gallery.shoot(one, "mine-2");
      await one.evaluate(() => scrollTo(0, 9999));
      await gallery.shoot(one, "mine-3");
      await gallery.shoot(one, "mine-3", DARK);
      await one.evaluate(() => scrollTo(0, 0));
      await gallery.shoot(one, "mine", DARK);
      await gallery.shoot(one, "mine", { rtl: true });
      await one.evaluate(() => (document.documentElement.dir = "ltr"));
      await one.getByRole("button", { name: "Ändra" }).first().click();
      await gallery.shoot(one, "mine-change");
      await one.getByRole("button", { name: "Avbryt" }).click();
      await one.getByRole("button", { name: "Ta tillbaka" }).first().click();
      await gallery.shoot(one, "mine-withdraw");
    });

    await test.step("in English", async () => {
      const page = await phone(browser, gallery, home, "en-GB");
      await gallery.shoot(page, "welcome", { en: true });
      await page.getByRole("button", { name: /protect/i }).click();
      await gallery.shoot(page, "info", { en: true });
      await page.keyboard.press("Escape");
      await begin(page);
      await fill(page, "More places to speak Swedish with a cup of tea", "language", "question");
      await gallery.shoot(page, "write-question", { en: true });
      await gallery.shoot(page, "write-question", { en: true, dark: true });
      await put(page);
      await expect(another(page)).toBeVisible();
      await gallery.shoot(page, "receipt-open", { en: true });
      await desk.ask("phase", { phase: "vote" });
      await go(page, /the wall/i);
      await page
        .getByRole("button", { name: /^Give a vote|^Give one vote|^Vote/ })
        .first()
        .click();
      await gallery.shoot(page, "vote-given", { en: true });
      await gallery.shoot(page, "vote-given", { en: true, dark: true });
      await go(page, /Mine/);
      await gallery.shoot(page, "mine", { en: true });
      await page.context().setOffline(true);
      await expect(page.getByText(/No connection/).first()).toBeVisible({ timeout: 20_000 });
      await gallery.shoot(page, "offline-mine", { en: true });
      await page.context().close();
    });

    await test.step("results, and the end", async () => {
      await desk.ask("phase", { phase: "results" });
      await desk.ask("display", { name: "1", display: { view: "results", qr: true, step: 9 } });
      await go(page, /Väggen/);
      await gallery.shoot(page, "results-hall-first");
      await desk.ask("phase", { phase: "closed" });
      await expect(page.getByText("Väggen är stängd").first()).toBeVisible();
      await gallery.shoot(page, "closed");
      await gallery.shoot(page, "closed", DARK);
      await go(page, /Skriv/);
      await gallery.shoot(page, "closed-write");
      await page.evaluate(() => localStorage.clear());
      await page.reload();
      await gallery.shoot(page, "closed-welcome");
    });
  } finally {
    await hub.stop();
  }
});

test("the results on the phone, and the door", async ({ browser }) => {
  const hub = await new Hub().start();
  try {
    const gallery = new Gallery("phone", hub.origin);
    const home = `${hub.origin}/${hub.links.code}`;
    const { wire: desk } = await moderator(browser, hub.links.desk);
    const people = await crowd(browser, hub, hub.links.code, 20);
    const placed = await placeNotes(people);
    const clusters = await gather(desk, placed);
    await cast(people, clusters, placed);
    await desk.ask("phase", { phase: "results" });
    for (const [locale, en] of [
      ["sv-SE", false],
      ["en-GB", true],
    ] as const) {
      const page = await phone(browser, gallery, home, locale);
      await begin(page);
      await go(page, /Väggen|The wall|Wall/);
      const peek = page.getByRole("button", { name: /Läs väggen|Read the wall/ });
      if (await peek.isVisible()) await peek.click();
      await gallery.shoot(page, "results", { en });
      await gallery.shoot(page, "results", { en, dark: true });
      await page.context().close();
    }

    const door = new Gallery("door", hub.origin);
    for (const [locale, en] of [
      ["sv-SE", false],
      ["en-GB", true],
    ] as const) {
      const page = await phone(browser, door, hub.origin, locale);
      await door.shoot(page, "empty", { en });
      await door.shoot(page, "empty", { dark: true, en });
      await page.getByRole("textbox").fill("123");
      await page.keyboard.press("Enter");
      await door.shoot(page, "short", { en });
      await page.goto(`${hub.origin}/111111`);
      await door.shoot(page, "unknown", { en });
      await door.shoot(page, "unknown", { dark: true, en });
      await page.context().close();
    }
  } finally {
    await hub.stop();
  }
});

/** Notes of one phone that are hidden, archived, answered, promised, merged, withdrawn, gathered; and that phone's wire. */
async function ownNotes(page: Page, code: string, desk: Wire): Promise<Wire> {
  const me = await Wire.open(page, code, "phone");
  const [a, b] = [fixture.notes[6]!, fixture.notes[50]!];
  const shown = await me.post("Mer lek på skolgården", "education");
  const hidden = await me.post("Han på tredje våningen heter Kalle Karlsson", "housing");
  const archived = await me.post("Vad är klockan?", "work", "question");
  const answered = await me.post("Finns det gratis svenska på nätet?", "language", "question");
  const promised = await me.post("När öppnar familjecentralen igen?", "health", "question");
  const merged = await me.post(a.text, "work");
  const back = await me.post(b.text, "health");
  await desk.ask("hide", { notes: [hidden], reason: { code: "person" } });
  await desk.ask("archive", { notes: [archived] });
  await desk.ask("answer", { note: answered, answer: { text: "Ja, på biblioteket och på Informationsverige.se." } });
  await desk.ask("answer", { note: promised, answer: { promise: "2026-12-15" } });
  const twin = crypto.randomUUID();
  await desk.ask("post", { id: twin, theme: "work", kind: "opinion", text: "Utländska betyg måste räknas fortare" });
  await desk.ask("merge", { into: twin, notes: [merged] });
  await me.ask("withdraw", { note: back });
  await desk.ask("make_cluster", { id: crypto.randomUUID(), name: "Skolan", theme: "education", notes: [shown] });
  await me.post("Fler bussar på kvällen", "work");
  return me;
}
