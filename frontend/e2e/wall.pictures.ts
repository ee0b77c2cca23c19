import { expect, test, type Browser, type Page } from "@playwright/test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PICTURES, settle } from "./gallery";
import { Hub } from "./hub";
import { png } from "./png";
import { crowd, gather, placeNotes, Wire } from "./wire";

/** The picture in the README, copied from pictures/wall.png to beside this file when it is to change. */
test("the three faces in one picture", async ({ browser }) => {
  const hub = await new Hub().start();
  try {
    const desk = await open(browser, hub.links.desk, { width: 1280, height: 800 });
    await expect(desk.locator("[data-region=board]")).toBeVisible();
    const lead = await Wire.open(desk, hub.links.code, "desk");
    await lead.ask("set", { setting: "language", value: "en" });
    const people = await crowd(browser, hub, hub.links.code, 20);
    await gather(lead, await placeNotes(people));
    await lead.ask("set", { setting: "moderation", value: { mode: "read", seconds: 10 } });
    await people[1]!.post("هل يمكن معادلة شهادتي من سوريا؟", "education", "question");
    await people[2]!.post("Rätt till heltid i äldreomsorgen", "work");
    await people[3]!.post("Who decides where we get to live, and why does nobody ask us first?", "housing", "question");
    await people[4]!.post("Waxaan u baahanahay dhakhtar af-Soomaali ku hadla", "health");
    await people[5]!.post("Наставник за фахом допоміг би більше, ніж курси", "work");
    await lead.ask("timer", { timer: { ends: Date.now() + 12 * 60_000 + 40_000, length: 20 * 60_000 } });

    const wall = await open(browser, hub.links.projector, { width: 1280, height: 720 });
    await expect(wall.locator("main[data-scene=overview]")).toBeVisible();
    const phone = await open(browser, `${hub.origin}/${hub.links.code}`, { width: 360, height: 740 }, 2);
    await phone.getByRole("button", { name: "Start writing" }).click();
    await phone.locator("#text").fill("Can evening classes be combined with a job?");
    await phone.locator("input[name=theme][value=language]").check({ force: true });
    await phone.locator("input[name=kind][value=question]").check({ force: true });
    await phone.locator("#text").blur();
    await desk.locator("[data-tab=language]").click();
    await desk.keyboard.press("j");

    const shots: Record<string, string> = {};
    for (const [name, page] of Object.entries({ wall, desk, phone })) {
      await settle(page);
      shots[name] = asImage(await page.screenshot());
    }
    const all = await (await browser.newContext({ viewport: { width: 1160, height: 700 } })).newPage();
    await all.setContent(`<!doctype html><style>
      body { margin: 0; background: #c0b6b2; }
      img { position: absolute; display: block; box-shadow: 0 4px 14px rgb(16 31 41 / 0.35); }
      .wall { inset: 24px auto auto 24px; width: 864px; border: 6px solid #101f29; border-radius: 6px; }
      .desk { inset: auto 24px 24px auto; width: 560px; border: 5px solid #101f29; border-radius: 10px; }
      .phone { inset: auto auto 24px 42px; width: 190px; border: 5px solid #101f29; border-radius: 24px; }
    </style>${Object.entries(shots)
      .map(([name, src]) => `<img class="${name}" src="${src}" alt="">`)
      .join("")}`);
    // A page of documentation should be light: 85 shades of each colour are enough for it.
    const { width, height, pixels } = await all.evaluate(
      async (src) => {
        const image = new Image();
        image.src = src;
        await image.decode();
        const { width, height } = image;
        const context = new OffscreenCanvas(width, height).getContext("2d")!;
        context.drawImage(image, 0, 0);
        const pixels = context.getImageData(0, 0, width, height).data.map((v) => Math.round(v / 3) * 3);
        const reader = new FileReader();
        const read = new Promise((done) => (reader.onload = done));
        reader.readAsDataURL(new Blob([pixels]));
        await read;
        return { width, height, pixels: (reader.result as string).split(",")[1]! };
      },
      asImage(await all.screenshot()),
    );
    const picture = png(width, height, Buffer.from(pixels, "base64"));
    expect(picture.length).toBeLessThan(250_000);
    writeFileSync(join(PICTURES, "wall.png"), picture);
  } finally {
    await hub.stop();
  }
});

const asImage = (png: Buffer): string => `data:image/png;base64,${png.toString("base64")}`;

async function open(browser: Browser, link: string, viewport: { width: number; height: number }, scale = 1): Promise<Page> {
  const context = await browser.newContext({ viewport, deviceScaleFactor: scale, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(link);
  return page;
}
