import { expect, test } from "@playwright/test";
import { Complaints } from "./people";
import { gather, tell } from "./story";
import { TwoHubs } from "./twohubs";

/**
 * The same conference with two hubs on one Redis behind the proxy: the phones at
 * one, the projector and the desks at the other. Each hub is killed once: its
 * pages are at the other one by themselves, nothing is lost and nothing is twice.
 */
test("a conference on two hubs, of which one is killed in the middle, and then the other", async ({ browser }) => {
  const two = new TwoHubs();
  const complaints = new Complaints();
  try {
    const [left, right] = (await two.start()).hubs;
    await two.steer(left);
    const cast = await gather(browser, two, complaints, () => two.steer(right));
    const apart = async (): Promise<void> => {
      expect(await left.counts()).toEqual({ phones: 2, projectors: 0, desks: 0 });
      expect(await right.counts()).toEqual({ phones: 0, projectors: 1, desks: 2 });
    };
    await apart();
    await tell(cast);
    await apart();
    await two.steer(); // from now on anybody may come to any

    const { one, two: other, screen, amira, johan } = cast;
    const whole = async (notes: number): Promise<void> => {
      await expect.poll(() => screen.counted(), { timeout: 30_000 }).toBe(notes);
      await expect.poll(async () => (await screen.drawn()).length).toBe(notes);
    };
    const all = { phones: 2, projectors: 1, desks: 2 };

    await test.step("the phones' hub is killed while one of them writes", async () => {
      const before = await screen.drawn();
      await Promise.all([left.kill(), one.post("Skrivet mitt i", "work")]);
      await expect.poll(() => right.counts(), { timeout: 30_000 }).toEqual(all);
      for (const desk of [amira, johan]) {
        await desk.tab("work");
        await expect(desk.note("Skrivet mitt i")).toHaveCount(1);
      }
      await whole(5);
      expect(await screen.drawn()).toEqual(expect.arrayContaining(before));
      await other.go(/the wall/i);
      await expect(other.page.locator("strong", { hasText: "4 votes left" })).toBeVisible();
    });

    await test.step("it is back, and the other one is killed with everybody on it", async () => {
      await left.start();
      const before = await screen.drawn();
      await Promise.all([right.kill(), other.post("And once more", "housing")]);
      await expect.poll(() => left.counts(), { timeout: 30_000 }).toEqual(all);
      await amira.tab("housing");
      await expect(amira.note("And once more")).toHaveCount(1);
      await whole(6);
      expect(await screen.drawn()).toEqual(expect.arrayContaining(before));
      // What the desk does now is done on the hub that is left.
      const note = amira.note("And once more");
      await note.focus();
      await amira.page.keyboard.press("e");
      await amira.page.keyboard.press("Enter");
      await whole(5);
      await johan.tab("housing");
      await expect(johan.note("And once more")).toHaveCount(0);
      await one.post("Efteråt", "health");
      await whole(6);
      await expect(other.page.getByText(/not on the wall/i).first()).toBeHidden();
      await other.go(/Mine/);
      await expect(other.page.getByText(/not on the wall/i).first()).toBeVisible();
    });

    expect(complaints.list).toEqual([]);
  } finally {
    await two.stop();
  }
});
