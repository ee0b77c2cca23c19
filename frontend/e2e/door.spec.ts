import { expect, test } from "@playwright/test";
import { Hub } from "./hub";

/** Whoever types the code: what is wrong with it is said as it is, and who has been there goes in whatever others do. */
test("the door: a code that no wall has, many who guess, and one who has been here", async ({ browser }) => {
  const hub = await new Hub().start();
  let guessing = true;
  try {
    const page = await (await browser.newContext({ viewport: { width: 360, height: 740 }, locale: "sv-SE" })).newPage();
    await page.goto(`${hub.origin}/${hub.links.code}`);
    await expect(page.getByRole("button", { name: "Börja skriva" })).toBeVisible();
    const stranger = await (await browser.newContext({ locale: "en-GB" })).newPage();
    const type = async (on: typeof page, code: string): Promise<void> => {
      await on.getByRole("textbox").fill(code);
      await on.getByRole("textbox").press("Enter");
    };
    const wrong = hub.links.code === "999999" ? "999998" : "999999";
    await stranger.goto(hub.origin);
    await type(stranger, wrong);
    await expect(stranger.getByText(`There is no code ${wrong}`)).toBeVisible();

    let refused = false;
    const guess = async (): Promise<void> => {
      while (guessing) {
        const answer = await fetch(`${hub.origin}/api/wall/${wrong}`);
        await answer.text();
        refused ||= answer.status === 503;
      }
    };
    const guessers = [guess(), guess(), guess()];
    await expect.poll(() => refused, { timeout: 60_000 }).toBe(true);
    // Now and then a try is free again. Who gets it is in, and no stranger any more.
    await expect(async () => {
      const newcomer = await browser.newContext({ locale: "en-GB" });
      const at = await newcomer.newPage();
      await at.goto(hub.origin);
      await type(at, hub.links.code);
      await expect(at.getByText("Many tries in a short time")).toBeVisible();
      await newcomer.close();
    }).toPass();
    await page.goto(hub.origin);
    await type(page, hub.links.code);
    await expect(page.getByRole("button", { name: "Börja skriva" })).toBeVisible();
    guessing = false;
    await Promise.all(guessers);
  } finally {
    guessing = false;
    await hub.stop();
  }
});
