import type { BrowserContext, Locator, Page } from "@playwright/test";
import { appendFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { boxFaults, contrastFaults, overlapFaults, projectorSize, textFaults, type Fault } from "./checks";

/** Where the pictures are laid, and what is wrong in them. */
export const PICTURES = resolve(import.meta.dirname, "../pictures");
export const FAULTS = join(PICTURES, "faults.jsonl");

/** Those of the issue, a phone's least width, and 1440×900 enlarged twice. */
export type Size = "320x640" | "360x740" | "720x450" | "1024x768" | "1440x900" | "1920x1080" | "3840x2160";
export type Face = "phone" | "projector" | "desk" | "door" | "report";

/** Every state is taken at these; a variant of it (dark, in English, …) at the size its face is mostly met at. */
export const SIZES: Size[] = ["360x740", "1024x768", "1440x900", "1920x1080", "3840x2160"];
const OWN: Record<Face, Size> = {
  phone: "360x740",
  projector: "1920x1080",
  desk: "1440x900",
  door: "360x740",
  report: "1440x900",
};
export interface Found extends Fault {
  picture: string;
}

export interface Shot {
  sizes?: Size[];
  dark?: boolean;
  en?: boolean;
  rtl?: boolean;
  /** Text twice as large. */
  large?: boolean;
  /** What the picture is about, where a window does not show all. */
  about?: Locator;
}

/** Elements that are not judged, and why. */
const EXCEPT = [
  "[data-picture]", // the desk's miniature of the projector: a picture, told in words beside it
  "[data-ghost]", // what a hand carries may stick out of the window
  ":disabled, [aria-disabled=true]", // WCAG asks no contrast of what cannot be pressed
].join(", ");

/** Takes a face's pictures, each checked by computation. */
export class Gallery {
  #loud: Fault[] = [];

  constructor(
    readonly face: Face,
    readonly origin: string,
  ) {}

  /** Hears what the pages of a context complain of, and whom they ask. */
  watch(context: BrowserContext): void {
    const say = (what: Fault["what"], text: string) => this.#loud.push({ what, text, element: "", detail: "" });
    context.on("console", (m) => {
      if (m.type() !== "error" && m.type() !== "warning") return;
      if (/WebSocket connection|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED/.test(m.text())) return;
      // A browser tells every status over 400; where the picture is about that, it is right.
      if (/status of (401|403|404)/.test(m.text())) return;
      say("console", m.text());
    });
    context.on("weberror", (e) => say("console", String(e.error())));
    context.on("request", (r) => {
      if (!r.url().startsWith(this.origin) && !/^(data|blob):/.test(r.url())) say("stranger", r.url());
    });
  }

  async shoot(page: Page, state: string, { sizes, dark, en, rtl, large, about }: Shot = {}): Promise<void> {
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
    const projector = this.face === "projector";
    const own = OWN[this.face];
    const at = dark || en || rtl || large ? [own] : SIZES;
    for (const size of sizes ?? at) {
      await resize(page, size);
      await page.evaluate((size) => (document.documentElement.style.fontSize = size), large ? "200%" : "");
      if (rtl) await page.evaluate(() => (document.documentElement.dir = "rtl"));
      await settle(page);
      await about?.scrollIntoViewIfNeeded();
      const [width, height] = extent(size);
      const picture = `${this.face}-${state}-${size}${dark ? "-dark" : ""}${en ? "-en" : ""}${rtl ? "-rtl" : ""}${large ? "-large" : ""}`;
      await page.screenshot({ path: join(PICTURES, `${picture}.png`) });
      const limits = {
        size: projector ? projectorSize(width, height) : 13,
        note: dark && !projector ? 4.5 : 7,
        scrolls: !projector,
        except: EXCEPT,
      };
      const faults = [
        ...(await textFaults(page, limits)),
        ...(await contrastFaults(page, limits)),
        ...(await boxFaults(page)),
        ...(projector ? await overlapFaults(page, ".columns :is(p, h2, h3, b, .num)", ".ledge > *") : []),
        ...this.#loud.splice(0),
      ];
      for (const fault of faults) appendFileSync(FAULTS, JSON.stringify({ picture, ...fault }) + "\n");
    }
    await resize(page, own);
  }
}

const extent = (size: Size) => size.split("x").map(Number) as [number, number];

export async function resize(page: Page, size: Size): Promise<void> {
  const [width, height] = extent(size);
  await page.setViewportSize({ width, height });
}

/** Waits until the page stands still: type loaded, nothing travelling, boxes where they were a moment ago. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => ((window as unknown as { stood: string[] }).stood = []));
  await page.waitForFunction(
    () => {
      const { stood } = window as unknown as { stood: string[] };
      const travels = document.getAnimations().some((a) => {
        const timing = a.effect?.getComputedTiming();
        return a.playState === "running" && timing?.endTime !== Infinity;
      });
      const boxes = [...document.querySelectorAll("h1, h2, h3, p, button, section, article, dialog")].map((e) => {
        const r = e.getBoundingClientRect();
        return Math.round(r.x) * 3 + Math.round(r.y) * 5 + Math.round(r.width) * 7 + Math.round(r.height);
      });
      stood.push(travels ? String(Math.random()) : boxes.join());
      const last = stood.slice(-3);
      return last.length === 3 && last.every((s) => s === last[0]);
    },
    undefined,
    { polling: 130 },
  );
}
