import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { Hub } from "./hub";
import { Complaints, Phone } from "./people";

/**
 * A wall moves to another hub at the same address while a phone is on it. With
 * the keys the phone notices nothing; without them it is told that it is a new
 * one, and its note stays on the wall.
 */
for (const keys of [true, false]) {
  test(`a phone on a wall that moves ${keys ? "with its keys" : "without its keys"}`, async ({ browser }) => {
    const hub = await new Hub().start();
    const file = `${hub.data}.jsonl`;
    const wall = (...args: string[]): void => {
      execFileSync(process.env["WALL_BIN"]!, args, { stdio: "ignore" });
    };
    const complaints = new Complaints();
    try {
      const phone = await Phone.open(browser, hub, complaints);
      await phone.post("Det här är mitt", "work");
      wall("export", "--data", hub.data, "--out", file, ...(keys ? ["--keys"] : []));
      await hub.kill();
      rmSync(hub.data, { recursive: true });
      wall("import", file, "--data", hub.data);
      await hub.start();

      const { page } = phone;
      const mine = page.getByRole("main").getByText("Det här är mitt").first();
      const told = page.getByText("Väggen känner inte igen telefonen");
      if (keys) {
        await phone.go(/Mina/);
        await expect(mine).toBeVisible();
        await phone.post("Och det här också", "work");
        await phone.go(/Mina/);
        await expect(mine).toBeVisible();
        await expect(told).toBeHidden();
      } else {
        await page.getByRole("button", { name: "Försök igen" }).click({ timeout: 30_000 });
        await phone.go(/Mina/);
        await expect(told).toBeVisible();
        await expect(mine).toBeHidden();
        await page.getByRole("button", { name: "Jag förstår" }).click();
        await expect(told).toBeHidden();
      }
      await phone.go(/Väggen/);
      await expect(phone.entry("Det här är mitt")).toBeVisible();
      expect(complaints.list).toEqual([]);
    } finally {
      await hub.stop();
      rmSync(file, { force: true });
    }
  });
}
