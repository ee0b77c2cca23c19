import { expect, test, type Page } from "@playwright/test";
import type { Health } from "../src/client/protocol";
import { Gallery, type Shot, type Size } from "./gallery";
import { Hub } from "./hub";
import { crowd, placeNotes } from "./wire";

const SIZES: Size[] = ["360x740", "1024x768", "1440x900"];
const WELL: Health = { wait: 83, pass: 12, bytes: 5400 };

/** What a hub would say of a hall, between what the hub here says of its own. */
async function telling(page: Page): Promise<(health: Health) => void> {
  let tell: (text: string) => void;
  await page.routeWebSocket(/\/socket/, (near) => {
    const far = near.connectToServer();
    near.onMessage((text) => far.send(text));
    far.onMessage((text) =>
      near.send(
        String(text)
          .replace(/,"health":\{[^}]*\}/, "")
          .replace(/"here":\d+/, `"here":412`),
      ),
    );
    tell = (text) => near.send(text);
  });
  return (health) => tell(JSON.stringify({ frame: { from: 0, to: 0, here: 412, health } }));
}

test("the desk's line about the hall", async ({ browser }) => {
  const hub = await new Hub().start();
  try {
    const gallery = new Gallery("desk", hub.origin);
    await placeNotes(await crowd(browser, hub, hub.links.code, 8), 24);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "sv-SE" });
    gallery.watch(context);
    const page = await context.newPage();
    const tell = await telling(page);
    await page.goto(hub.links.desk);
    const line = page.getByRole("complementary", { name: /Salen|The hall/ });
    const shoot = async (state: string, health: Health, words: RegExp, ...shots: Shot[]) => {
      tell(health);
      await expect(line).toContainText(words);
      for (const shot of shots) await gallery.shoot(page, `hall-${state}`, { sizes: SIZES, ...shot });
    };
    await expect(page.locator("[data-region=board]")).toBeVisible();
    await shoot(
      "well",
      WELL,
      /412 telefoner.*svar på 83 ms.*allt väl/,
      {},
      { dark: true, sizes: ["1440x900"] },
      { sizes: ["720x450"] },
    );
    await shoot("well-hubs", { ...WELL, hub: "k3f7ab" }, /k3f7ab/, { sizes: ["1440x900"] });
    await shoot("away", { ...WELL, wait: 2310, store: "away" }, /kan inte spara just nu/, {}, { dark: true });
    await shoot("full", { ...WELL, store: "full" }, /lagringen är full/, {});
    await shoot("slow", { ...WELL, wait: 2310 }, /Svar dröjer 2,3 s/, {});
    await shoot("over", WELL, /Svar dröjer 2,3 s.*Nu är allt väl igen/, {});
    await shoot("late", { ...WELL, pass: 1290 }, /Det tar 1,3 s/, {});
    await shoot("deaf", { ...WELL, deaf: true, hub: "k3f7ab" }, /andra hubbar/, {});
  } finally {
    await hub.stop();
  }
});
