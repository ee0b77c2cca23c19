import { rmSync } from "node:fs";
import { expect, test, type Browser, type Page } from "@playwright/test";
import { Gallery, type Face } from "./gallery";
import { Hub } from "./hub";
import { crowd, moderator, placeNotes } from "./wire";

/** The hub has lost its walls, and everyone is still there: each face says so. */
test("a wall that is gone", async ({ browser }) => {
  const hub = await new Hub().start();
  try {
    const home = `${hub.origin}/${hub.links.code}`;
    const { page: elsewhere, wire } = await moderator(browser, hub.links.desk);
    await wire.ask("set", { setting: "organiser", value: { name: "Göteborgs Stad, Integrationsenheten", contact: "" } });
    await placeNotes(await crowd(browser, hub, hub.links.code, 4), 12);
    const [phone, english, screen] = [
      await open(browser, "phone", hub, home),
      await open(browser, "phone", hub, home, "en-GB"),
      await open(browser, "projector", hub, hub.links.projector),
    ];
    for (const { page } of [phone, english]) {
      await page.getByRole("button", { name: /Börja skriva|Start writing/ }).click();
      await page
        .getByRole("navigation")
        .getByRole("button", { name: /Väggen|The wall/ })
        .click();
    }
    await expect(screen.page.locator("[data-note]").first()).toBeVisible();
    const desk = { page: elsewhere, gallery: new Gallery("desk", hub.origin) };

    await hub.kill();
    rmSync(hub.data, { recursive: true });
    await hub.start();
    for (const { page } of [phone, screen]) await expect(page.getByText("Väggen finns inte just nu").first()).toBeVisible();
    await expect(english.page.getByText("The wall is not there right now").first()).toBeVisible();
    await expect(elsewhere.getByText("Väggen saknas på servern")).toBeVisible();
    for (const { page, gallery } of [phone, screen, desk]) {
      await gallery.shoot(page, "gone");
      await gallery.shoot(page, "gone", { dark: true });
    }
    await phone.gallery.shoot(phone.page, "gone", { large: true });
    await english.gallery.shoot(english.page, "gone", { en: true });
  } finally {
    await hub.stop();
  }
});

async function open(
  browser: Browser,
  face: Face,
  hub: Hub,
  address: string,
  locale = "sv-SE",
): Promise<{ page: Page; gallery: Gallery }> {
  const gallery = new Gallery(face, hub.origin);
  const context = await browser.newContext({
    viewport: face === "phone" ? { width: 360, height: 740 } : { width: 1920, height: 1080 },
    locale,
  });
  gallery.watch(context);
  const page = await context.newPage();
  await page.goto(address);
  return { page, gallery };
}
