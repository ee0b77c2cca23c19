import { expect, test } from "@playwright/test";
import { Complaints } from "./people";
import { gather } from "./story";
import { TwoHubs } from "./twohubs";

/**
 * Redis loses everything in the middle of a conference, and gets it back from a
 * backup. Every page says so and waits; then all are back by themselves, with
 * what is theirs, and what was written meanwhile.
 */
test("a conference whose Redis loses everything, until the backup is imported", async ({ browser }) => {
  const all = new TwoHubs();
  const complaints = new Complaints();
  try {
    const [left, right] = (await all.start()).hubs;
    await all.steer(left);
    const { one, two, screen, amira, johan } = await gather(browser, all, complaints, () => all.steer(right));
    await all.steer();
    const here = async () => {
      const [a, b] = [await left.counts(), await right.counts()];
      return [a.phones + b.phones, a.projectors + b.projectors, a.desks + b.desks];
    };
    await one.post("Det här är mitt", "work");
    await two.post("And this is mine", "housing");
    await expect.poll(() => screen.counted()).toBe(2);
    all.carry("export");

    await test.step("every page says that the wall is gone, and keeps what is written", async () => {
      await all.flush();
      await expect(one.page.getByText("Väggen finns inte just nu").first()).toBeVisible({ timeout: 30_000 });
      await expect(two.page.getByText("The wall is not there right now").first()).toBeVisible();
      await expect(amira.page.getByText("Väggen saknas på servern")).toBeVisible();
      await expect(johan.page.getByText("The wall is missing from the server")).toBeVisible();
      await expect(screen.page.getByText("Väggen finns inte just nu")).toBeVisible();
      expect(await here()).toEqual([0, 0, 0]);
      await one.post("Skrivet under tiden", "work");
    });

    await test.step("reloaded, they say the same; who comes for the first time is told that there is no such wall", async () => {
      for (const { page } of [one, two, screen, amira, johan]) await page.reload();
      for (const { page } of [one, screen]) await expect(page.getByText("Väggen finns inte just nu").first()).toBeVisible();
      await expect(two.page.getByText("The wall is not there right now").first()).toBeVisible();
      await expect(amira.page.getByRole("heading", { name: "Väggen saknas på servern" })).toBeVisible();
      await expect(johan.page.getByRole("heading", { name: "The wall is missing from the server" })).toBeVisible();
      await one.go(/Mina/);
      await expect(one.page.getByRole("main").getByText("Skrivet under tiden").first()).toBeVisible();
      await one.post("Skrivet efter omladdning", "health");
      const stranger = await (await browser.newContext({ locale: "sv-SE", ignoreHTTPSErrors: true })).newPage();
      for (const path of ["", "/projector", "/desk"]) {
        expect((await stranger.goto(`${all.origin}/${all.links.code}${path}`))?.status()).toBe(404);
        await expect(stranger.getByRole("heading", { name: "Ingen vägg med den koden" })).toBeVisible();
      }
      await stranger.context().close();
    });

    // As two's phone and the screen, but not watched: their consoles say that the addresses answer 503.
    const screens = await screen.page.context().storageState();
    const late = await (await browser.newContext({ locale: "sv-SE", ignoreHTTPSErrors: true, storageState: screens })).newPage();
    const cookies = await two.page.context().storageState();
    const report = await (
      await browser.newContext({ locale: "en-GB", ignoreHTTPSErrors: true, storageState: cookies })
    ).newPage();
    await test.step("a page that is no more than text asks again by itself, too", async () => {
      await report.goto(`${all.origin}/${all.links.code}/report`);
      await expect(report.getByRole("heading", { name: "The wall is not there right now" })).toBeVisible();
    });
    await test.step("the projector's link, opened once more, is kept until it can be answered", async () => {
      await late.goto(all.links.projector);
      await expect(late.getByRole("heading", { name: "Väggen finns inte just nu" })).toBeVisible();
      expect(new URL(late.url()).hash).not.toBe("");
      // They ask, and the hubs still have nothing.
      await expect(one.page.getByText("Väggen finns inte just nu").first()).toBeVisible();
    });

    await test.step("it is imported: everyone is back by themselves, with their own", async () => {
      all.carry("import");
      await expect.poll(here, { timeout: 45_000 }).toEqual([2, 2, 2]);
      await expect.poll(() => screen.counted(), { timeout: 30_000 }).toBe(4);
      await expect.poll(async () => (await screen.drawn()).length).toBe(4);
      for (const { page } of [one, two, screen, amira, johan])
        await expect(
          page.getByText(/finns inte just nu|not there right now|saknas på servern|missing from the server/),
        ).toHaveCount(0);
      for (const desk of [amira, johan])
        for (const text of ["Det här är mitt", "And this is mine", "Skrivet under tiden", "Skrivet efter omladdning"])
          await expect(desk.note(text)).toHaveCount(1);
      await one.go(/Mina/);
      for (const text of ["Det här är mitt", "Skrivet under tiden", "Skrivet efter omladdning"])
        await expect(one.page.getByRole("main").getByText(text).first()).toBeVisible();
      await two.go(/Mine/);
      await expect(two.page.getByRole("main").getByText("And this is mine").first()).toBeVisible();
      await expect(one.page.getByText("Väggen känner inte igen telefonen")).toBeHidden();
      await expect(report.getByRole("heading", { name: "The report is to come" })).toBeVisible({ timeout: 30_000 });
      await expect(late.locator("main[data-scene=overview]")).toBeVisible({ timeout: 30_000 });
      expect(new URL(late.url()).hash).toBe("");
    });

    expect(complaints.list).toEqual([]);
  } finally {
    await all.stop();
  }
});
