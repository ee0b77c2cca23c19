import { expect, type Browser, type BrowserContext, type Locator, type Page } from "@playwright/test";
import type { Place } from "./hub";

/** A proxy's certificate is made by the test itself. */
const ignoreHTTPSErrors = true;

/** What went wrong in any page, by its own console. A lost connection is not wrong: tests cut it. */
export class Complaints {
  readonly list: string[] = [];

  watch(context: BrowserContext): void {
    context.on("console", (m) => {
      if (m.type() !== "error" && m.type() !== "warning") return;
      if (/WebSocket connection|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED/.test(m.text())) return;
      this.list.push(`${m.text()} [${m.location().url || m.page()?.url()}]`);
    });
    context.on("weberror", (e) => this.list.push(`${e.error().stack ?? e.error()} [${e.page()?.url()}]`));
  }
}

/** An attendee: a phone of one's own, with its own cookie. */
export class Phone {
  constructor(readonly page: Page) {}

  static async open(browser: Browser, at: Place, complaints: Complaints, locale = "sv-SE"): Promise<Phone> {
    const viewport = { width: 360, height: 740 };
    const context = await browser.newContext({ viewport, hasTouch: true, isMobile: true, locale, ignoreHTTPSErrors });
    complaints.watch(context);
    const page = await context.newPage();
    await page.goto(`${at.origin}/${at.links.code}`);
    await page.getByRole("button", { name: /Börja skriva|Start writing/ }).click();
    return new Phone(page);
  }

  /** Writes a note and puts it up; the receipt stays open. */
  async post(text: string, theme: string, kind = "opinion"): Promise<void> {
    await this.go(/Skriv|Write/);
    const another = this.page.getByRole("button", { name: /Skriv en till|Write another/ });
    await expect(another.or(this.page.locator("#text"))).toBeVisible();
    if (await another.isVisible()) await another.click();
    await this.page.locator("#text").fill(text);
    await this.page.locator(`input[name=theme][value=${theme}]`).check({ force: true });
    await this.page.locator(`input[name=kind][value=${kind}]`).check({ force: true });
    await this.page.locator("form button[type=submit]").click();
    await expect(another).toBeVisible();
  }

  async go(place: RegExp): Promise<void> {
    await this.page.getByRole("navigation").getByRole("button", { name: place }).click();
  }

  /** The note or group on the wall that says this. */
  entry(text: string): Locator {
    return this.page.locator("article, section").filter({ hasText: text }).last();
  }
}

/** The projector: what the room sees. */
export class Screen {
  constructor(readonly page: Page) {}

  static async open(
    browser: Browser,
    at: Place,
    complaints: Complaints,
    viewport = { width: 1920, height: 1080 },
  ): Promise<Screen> {
    const context = await browser.newContext({ viewport, locale: "sv-SE", ignoreHTTPSErrors });
    complaints.watch(context);
    const page = await context.newPage();
    await page.goto(at.links.projector);
    await expect(page.locator("main[data-scene]")).toBeVisible();
    return new Screen(page);
  }

  /** The ids that are drawn as notes or grains now. */
  async drawn(): Promise<string[]> {
    return this.page
      .locator("[data-note]")
      .evaluateAll((all) => [...new Set(all.map((e) => (e as HTMLElement).dataset["note"]!))]);
  }

  /** What the signs over the columns say together. */
  async counted(): Promise<number> {
    return this.page
      .locator("[data-count]")
      .evaluateAll((all) => all.reduce((n, e) => n + Number((e as HTMLElement).dataset["count"]), 0));
  }
}

/** The desk of one moderator. */
export class Desk {
  constructor(readonly page: Page) {}

  static async open(browser: Browser, link: string, complaints: Complaints, locale = "sv-SE"): Promise<Desk> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale, ignoreHTTPSErrors });
    complaints.watch(context);
    const page = await context.newPage();
    await page.goto(link);
    await expect(page.locator("[data-region=board]")).toBeVisible();
    return new Desk(page);
  }

  note(text: string): Locator {
    return this.page.locator("[data-region=board] [data-note]").filter({ hasText: text });
  }

  cluster(name: string): Locator {
    return this.page.locator("[data-cluster]").filter({ hasText: name });
  }

  async tab(theme: string): Promise<void> {
    await this.page.locator(`[data-tab=${theme}]`).click();
  }

  async ids(): Promise<string[]> {
    return this.page
      .locator("[data-region=board] [data-note]")
      .evaluateAll((all) => all.map((e) => (e as HTMLElement).dataset["note"]!));
  }
}
