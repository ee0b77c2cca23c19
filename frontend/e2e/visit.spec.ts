import { expect, test, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { slower } from "./gauge";
import { Hub } from "./hub";
import { Throng } from "./throng";

/**
 * What a visit costs on a bad network: Chrome's slow 3G, and a processor four
 * times slower. Bytes are those on the wire, compressed.
 */
const NETWORK = { offline: false, latency: 400, downloadThroughput: 400_000 / 8, uploadThroughput: 400_000 / 8 };
const CPU = 4;
const NOTES = 300;
/** The budgets of the first visit, of the next, and of a minute in a hall that writes 10 notes a second, not deflated. */
const PAGE = 60_000;
const LATIN = 120_000;
const READY = 2500;
const AGAIN = 5_000;
const MINUTE = 180_000;

interface Visit {
  /** Bytes of everything but the socket, by what it is. */
  bytes: Record<string, number>;
  /** ms until a text could be typed, the tap on "begin" included. */
  ready: number;
  /** The same on two quiet cores, for which the budget is: what is not the network's is the processor's. */
  fair: number;
}

async function visit(context: BrowserContext, address: string, hurried = true): Promise<{ visit: Visit; page: Page }> {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", NETWORK);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: CPU });
  const bytes: Record<string, number> = {};
  const kinds = new Map<string, string>();
  cdp.on("Network.responseReceived", ({ requestId, type }) => kinds.set(requestId, type));
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? "?";
    bytes[kind] = (bytes[kind] ?? 0) + encodedDataLength;
  });
  // Whoever comes in presses the button as soon as it is there, and types as soon as they can.
  await page.addInitScript((hurried) => {
    const look = (): void => {
      const [begin, text] = [document.querySelector<HTMLElement>(".end .primary"), document.querySelector("#text")];
      if (begin && hurried) begin.click();
      if (text) requestAnimationFrame(() => setTimeout(() => performance.mark("ready")));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, hurried);
  const before = await slower(page, CPU);
  await page.goto(address, { waitUntil: "commit" });
  if (!hurried) {
    const begin = page.getByRole("button", { name: "Börja skriva" });
    await expect(begin).toBeVisible();
    await page.evaluate(() => document.fonts.ready);
    await begin.click();
  }
  await page.waitForFunction(() => performance.getEntriesByName("ready").length > 0);
  const ready = await page.evaluate(() => performance.getEntriesByName("ready")[0]!.startTime);
  await page
    .getByRole("navigation")
    .getByRole("button", { name: /Väggen/ })
    .click();
  await expect(page.locator("#list li").first()).toBeVisible();
  await page.waitForFunction(() => document.fonts.status === "loaded");
  const times = (before + (await slower(page, CPU))) / 2;
  const network = NETWORK.latency + ((bytes["Document"] ?? 0) * 1000) / NETWORK.downloadThroughput;
  return { visit: { bytes, ready, fair: network + (ready - network) / times }, page };
}

const sum = (bytes: Record<string, number>): number => Object.values(bytes).reduce((a, b) => a + b, 0);

/** Bytes that the hub has sent to all phones. */
async function toPhones(hub: Hub): Promise<number> {
  const text = await (await fetch(`${hub.direct}/metrics`)).text();
  return Number(/^wall_sent_bytes_total\{face="phone"\} (\S+)$/m.exec(text)![1]);
}

async function newcomer(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, locale: "sv-SE" });
}

/** The hub as another machine finds it. */
const elsewhere = (address: string): string => address.replace("localhost", "wall.lan");

/** A first visit of one who reads the welcome: its bytes, those of the wall, and all. */
async function reads(browser: Browser, hub: Hub, address: string) {
  const context = await newcomer(browser);
  const before = await toPhones(hub);
  const { bytes } = (await visit(context, address, false)).visit;
  const wall = (await toPhones(hub)) - before;
  await context.close();
  return { bytes, wall, all: sum(bytes) + wall };
}

test("a visit on slow 3G, the next one, and a minute in a hall that writes", async ({ browser }) => {
  const hub = await new Hub().start();
  try {
    const throng = await Throng.fill(browser, hub, NOTES, 10, "latin");
    await throng.desk.page.close();
    const address = `${hub.origin}/${throng.links.code}`;
    // One who reads the welcome, and its type is loaded; and one without HTTPS, for whom browsers take gzip alone.
    const [first, plain] = [await reads(browser, hub, address), await reads(browser, hub, elsewhere(address))];

    // Whatever else the machine does makes a visit longer, and never shorter.
    const [firsts, agains]: [Visit[], Visit[]] = [[], []];
    for (let i = 0; i < 2; i++) {
      const context = await newcomer(browser);
      const one = await visit(context, address);
      await one.page.close();
      firsts.push(one.visit);
      agains.push((await visit(context, address)).visit);
      await context.close();
    }
    const quickest = (all: Visit[], which: "ready" | "fair"): number => Math.min(...all.map((v) => v[which]));

    const reader = await newcomer(browser);
    const { page } = await visit(reader, address);
    let told = 0;
    const cdp = await reader.newCDPSession(page);
    await cdp.send("Network.enable");
    cdp.on("Network.webSocketFrameReceived", ({ response }) => (told += Buffer.byteLength(response.payloadData) + 4));
    const seconds = await throng.write(10, 50);
    await expect(page.getByRole("button", { name: /50 nya/ })).toBeVisible();
    const minute = (told / seconds) * 60;
    console.log(
      `first visit: ${JSON.stringify(first.bytes)} and a wall of ${first.wall}, ${first.all} bytes; over plain HTTP ` +
        `${JSON.stringify(plain.bytes)}, ${plain.all} bytes; ready after ${quickest(firsts, "ready").toFixed(0)} ms, on two quiet cores ${quickest(firsts, "fair").toFixed(0)}; ` +
        `again: ${JSON.stringify(agains[0]!.bytes)} bytes, ready after ${quickest(agains, "ready").toFixed(0)} ms, ${quickest(agains, "fair").toFixed(0)}; ` +
        `${minute.toFixed(0)} bytes a minute at ${(50 / seconds).toFixed(1)} notes/s`,
    );
    for (const { bytes, all } of [first, plain]) {
      expect(bytes["Document"], "bytes of page and script").toBeLessThanOrEqual(PAGE);
      expect(all, "bytes of a first visit").toBeLessThanOrEqual(LATIN);
    }
    expect(plain.bytes["Document"], "gzip, not brotli").toBeGreaterThan(first.bytes["Document"]!);
    expect(quickest(firsts, "fair"), "ms until one can type").toBeLessThanOrEqual(READY);
    expect(sum(agains[0]!.bytes), "bytes of the next visit, without the wall").toBeLessThanOrEqual(AGAIN);
    expect(quickest(agains, "fair"), "ms until one can type, the next time").toBeLessThanOrEqual(READY);
    expect(minute, "bytes a minute").toBeLessThanOrEqual(MINUTE);
  } finally {
    await hub.stop();
  }
});
