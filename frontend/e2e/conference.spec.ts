import { expect, test } from "@playwright/test";
import { Hub } from "./hub";
import { Complaints } from "./people";
import { gather, tell } from "./story";

/**
 * A conference on five pages of one wall: two phones, the projector, two
 * desks. What one does, the others see; and a power cut in the middle loses
 * nothing and doubles nothing.
 */
test("a conference: write, vote, gather, archive, spotlight, and a power cut in the middle", async ({ browser }) => {
  const hub = await new Hub().start();
  const complaints = new Complaints();
  try {
    const cast = await gather(browser, hub, complaints);
    const { one, two, screen, amira, johan } = cast;
    await tell(cast);

    await test.step("the power is cut while people write: all pages come back, nothing is lost or twice", async () => {
      const before = new Set(await screen.drawn());
      await hub.kill();
      await one.post("Skrivet utan nät", "work");
      await expect(one.page.getByText(/Ingen anslutning/).first()).toBeVisible();
      await two.go(/the wall/i);
      await hub.start();
      await expect(one.page.getByText(/Ansluten igen/).first()).toBeVisible({ timeout: 30_000 });
      for (const desk of [amira, johan]) {
        await desk.tab("work");
        await expect(desk.note("Skrivet utan nät")).toHaveCount(1, { timeout: 30_000 });
      }
      await expect.poll(() => screen.counted(), { timeout: 30_000 }).toBe(5);
      await expect.poll(async () => (await screen.drawn()).length).toBe(5);
      const after = await screen.drawn();
      for (const id of before) expect(after).toContain(id);
      await expect(two.page.locator("strong", { hasText: "4 votes left" })).toBeVisible();
      // What the hub acknowledges now, it keeps, too.
      await two.post("After the power cut", "housing");
      await expect.poll(() => screen.counted()).toBe(6);
    });

    expect(complaints.list).toEqual([]);
  } finally {
    await hub.stop();
  }
});
