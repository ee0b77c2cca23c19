import { expect, test, type CDPSession, type Page } from "@playwright/test";
import { Hub } from "./hub";
import { Complaints, Desk, Phone, Screen } from "./people";

/**
 * The desk on a tablet: what a mouse does by dragging, a finger does by
 * resting and moving, and a sheet does without either (WCAG 2.5.7).
 */
test("the desk by touch, by sheet and by search", async ({ browser }) => {
  const hub = await new Hub().start();
  const complaints = new Complaints();
  try {
    const context = await browser.newContext({ viewport: { width: 1024, height: 768 }, hasTouch: true, locale: "sv-SE" });
    complaints.watch(context);
    const page = await context.newPage();
    await page.goto(hub.links.desk);
    await expect(page.locator("[data-region=board]")).toBeVisible();
    const desk = new Desk(page);
    const phone = await Phone.open(browser, hub, complaints);
    for (const text of ["Bygg fler små hyresrätter", "Åtta års kö är ingen lösning", "Laga hissen först"])
      await phone.post(text, "housing");
    await desk.tab("housing");
    await expect(page.locator("[data-region=board] [data-note]")).toHaveCount(3);

    await test.step("a line says how the hall is doing", async () => {
      const line = page.getByRole("complementary", { name: "Salen just nu" });
      // A disk that was slow for a moment is spoken of for half a minute.
      await expect(line).toContainText(/^1 telefon .*allt väl/, { timeout: 60_000 });
      await expect(line).toContainText(/kB per telefon och minut/);
    });

    await test.step("“Move to …” makes a group without dragging", async () => {
      await desk.note("Laga hissen först").tap();
      await page.locator("[data-to=new]").click();
      const name = page.locator("[data-cluster] input");
      await name.fill("Trygga hem");
      await name.press("Enter");
      await expect(desk.cluster("Trygga hem").locator("[data-note]")).toHaveCount(1);
    });

    await test.step("a finger that rests on a note lifts it, and lays it in the group", async () => {
      const touch = await context.newCDPSession(page);
      const from = (await desk.note("Bygg fler små hyresrätter").boundingBox())!;
      const to = (await desk.cluster("Trygga hem").boundingBox())!;
      await rest(touch, { x: from.x + 40, y: from.y + 25 });
      await expect(page.locator("[data-ghost]")).toBeVisible();
      await slide(touch, { x: from.x + 40, y: from.y + 25 }, { x: to.x + to.width / 2, y: to.y + 60 });
      await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
      await expect(desk.cluster("Trygga hem").locator("[data-note]")).toHaveCount(2);
    });

    await test.step("a finger that moves at once scrolls, and drags nothing", async () => {
      const touch = await context.newCDPSession(page);
      const at = (await desk.note("Åtta års kö").boundingBox())!;
      const from = { x: at.x + 40, y: at.y + 25 };
      await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [from] });
      await slide(touch, from, { x: from.x, y: from.y - 120 });
      await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
      await expect(page.locator("[data-ghost]")).toHaveCount(0);
      await expect(desk.cluster("Trygga hem").locator("[data-note]")).toHaveCount(2);
    });

    await test.step("archive with a reason that the author is told; search finds it; restore brings it back", async () => {
      const note = desk.note("Åtta års kö");
      await note.focus();
      await page.keyboard.press("e");
      await page.keyboard.press("2");
      await expect(note).toHaveCount(0);
      await phone.go(/Mina/);
      await expect(phone.page.getByText(/dubblett|redan/i).first()).toBeVisible();
      await page.keyboard.press("/");
      await page.keyboard.type("atta ars");
      const row = page.locator("[data-note]").filter({ hasText: "Åtta års kö" }).first();
      await expect(row).toBeVisible();
      await row.getByRole("button", { name: "Återställ" }).first().click();
      await expect(phone.page.getByText(/på väggen/i).first()).toBeVisible();
      await page.keyboard.press("Escape");
    });

    expect(complaints.list).toEqual([]);
  } finally {
    await hub.stop();
  }
});

interface Point {
  x: number;
  y: number;
}

async function rest(touch: CDPSession, at: Point): Promise<void> {
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [at] });
}

async function slide(touch: CDPSession, from: Point, to: Point): Promise<void> {
  for (let i = 1; i <= 10; i++) {
    const at = { x: from.x + ((to.x - from.x) * i) / 10, y: from.y + ((to.y - from.y) * i) / 10 };
    await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [at] });
  }
}

test("two projectors with different views, and a refusal where the eyes are", async ({ browser }) => {
  const hub = await new Hub().start();
  const complaints = new Complaints();
  try {
    const { page } = await Desk.open(browser, hub.links.desk, complaints);
    const phone = await Phone.open(browser, hub, complaints);
    await phone.post("Korta telefonköerna", "health");

    await test.step("a theme with notes is not taken away, and the open sheet says so", async () => {
      await page.locator("[data-act=menu]").click();
      await page.getByRole("menuitem", { name: "Inställningar" }).click();
      const sheet = page.getByRole("dialog");
      await sheet.locator("[aria-expanded]").filter({ hasText: "Hälsa" }).click();
      await sheet.locator("[data-act=drop-theme]").click();
      await expect(sheet.getByRole("alert")).toContainText("Ett tema kan stängas i stället");
      await page.keyboard.press("Escape");
      await expect(sheet).toHaveCount(0);
      await expect(page.locator("[data-notice]")).toBeVisible();
    });

    const first = await Screen.open(browser, hub, complaints);
    let second: Screen;
    await test.step("a second projector gets a link of its own, and shows the address that phones know", async () => {
      await page.getByRole("button", { name: "En projektor till" }).click();
      const sheet = page.getByRole("dialog");
      await sheet.locator("[data-act=projector-link]").click();
      const link = await sheet.getByRole("textbox").inputValue();
      expect(link).toContain("?display=2#");
      await page.keyboard.press("Escape");
      const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, locale: "sv-SE" });
      complaints.watch(context);
      second = new Screen(await context.newPage());
      await second.page.goto(link.replace("localhost", "127.0.0.1"));
      await expect(second.page.getByText(new URL(hub.origin).host, { exact: true })).toBeVisible();
      expect(new URL(second.page.url()).hostname).toBe("127.0.0.1");
    });

    await test.step("each shows what it is told; both show the ballot while people vote", async () => {
      await page.locator("[data-act=view-join]").click();
      await expect(second.page.locator("main[data-scene=join]")).toBeVisible();
      await expect(first.page.locator("main[data-scene=overview]")).toBeVisible();
      await page.locator("[data-act=view-overview]").click();
      await page.locator("[data-act=phase-vote]").click();
      for (const { page } of [first, second]) await expect(page.locator("main[data-scene=voting]")).toBeVisible();
      await page.locator("[data-act=phase-write]").click();
      for (const { page } of [first, second]) await expect(page.locator("main[data-scene=overview]")).toBeVisible();
    });
    expect(complaints.list).toEqual([]);
  } finally {
    await hub.stop();
  }
});

test("logins and links that are taken back, and what opens again", async ({ browser }) => {
  const hub = await new Hub().start();
  const complaints = new Complaints();
  try {
    const owner = await Desk.open(browser, hub.links.desk, complaints);
    const path = (rest: string) => `/${hub.links.code}/${rest}`;
    const invite = () => ask<{ id: string; link: string }>(owner.page, "POST", path("people"), { name: "Amira" });
    const invited = await invite();
    const amira = await Desk.open(browser, invited.link, complaints);

    await test.step("a used link opens the desk in the browser that is in, and nowhere else", async () => {
      const again = await amira.page.context().newPage();
      await again.goto(invited.link);
      await expect(again.locator("[data-region=board]")).toBeVisible();
      await again.close();
      const stranger = await (await browser.newContext({ locale: "sv-SE" })).newPage();
      await stranger.goto(invited.link);
      await expect(stranger.getByRole("heading", { name: "Länken är redan använd" })).toBeVisible();
      await stranger.context().close();
    });

    await test.step("who is revoked is told, and a new link pasted over the address lets in", async () => {
      await ask(owner.page, "DELETE", path(`people/${invited.id}`));
      await expect(amira.page.getByRole("heading", { name: "Du är inte längre inloggad vid bordet" })).toBeVisible();
      await amira.page.goto((await invite()).link);
      await expect(amira.page.locator("[data-region=board]")).toBeVisible();
    });

    await test.step("a projector elsewhere says that its link is void, and takes a new one in the same window", async () => {
      const lan = (link: string) => link.replace("localhost", "wall.lan");
      const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, locale: "sv-SE" });
      const screen = await context.newPage();
      await screen.goto(lan(hub.links.projector));
      await expect(screen.locator("main[data-scene=overview]")).toBeVisible();
      await ask(owner.page, "DELETE", path("projector-link"));
      await expect(screen.getByRole("heading", { name: "Skärmen är inte ansluten" })).toBeVisible();
      const { link } = await ask<{ link: string }>(owner.page, "POST", path("projector-link"), {});
      await screen.goto(lan(link));
      await expect(screen.locator("main[data-scene=overview]")).toBeVisible();
      await screen.reload();
      await expect(screen.locator("main[data-scene=overview]")).toBeVisible();
      // An old one opens nothing: its page says where a new one is, and takes it, too.
      const other = await (await browser.newContext({ locale: "sv-SE" })).newPage();
      await other.goto(lan(hub.links.projector));
      await expect(other.getByRole("heading", { name: "Den här skärmen är inte insläppt" })).toBeVisible();
      await other.goto(lan(link));
      await expect(other.locator("main[data-scene=overview]")).toBeVisible();
    });
  } finally {
    await hub.stop();
  }
});

/** Asks the hub in a page's name. */
async function ask<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  return page.evaluate(
    async ([method, path, body]) => {
      const res = await fetch(path, {
        method,
        headers: { "Content-Type": "application/json" },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await res.text();
      return (text ? JSON.parse(text) : undefined) as T;
    },
    [method, path, body] as const,
  );
}
