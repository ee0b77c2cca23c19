import type { Page } from "@playwright/test";

/** What an element does wrong, told so that one finds it. */
export interface Fault {
  what: "clipped" | "overflow" | "outside" | "small" | "contrast" | "scrolls" | "overlap" | "console" | "stranger";
  text: string;
  element: string;
  detail: string;
}

export interface Limits {
  /** Smallest type, in px. */
  size: number;
  /** Least contrast of text with what is behind it; of note text, if more is asked of it. */
  contrast?: number;
  note?: number;
  /** Elements that are cut on purpose, with an ellipsis, or not to be judged. */
  except?: string;
  /** The page may be longer than the window, and have boxes that scroll. */
  scrolls?: boolean;
}

/** The smallest type of the projector at a window's size: 2.2 u. */
export function projectorSize(width: number, height: number): number {
  return 2.2 * Math.min(height / 108, width / 144) - 0.05;
}

/**
 * Every text on the page: in its box, in the window, large enough. A box may
 * cut its text only with an ellipsis (line clamp or text-overflow).
 */
export async function textFaults(page: Page, limits: Limits): Promise<Fault[]> {
  return page.evaluate((limits) => {
    const faults: { what: Fault["what"]; text: string; element: string; detail: string }[] = [];
    const name = (e: Element) =>
      `${e.tagName.toLowerCase()}${e.classList.length ? "." + [...e.classList].filter((c) => !c.startsWith("svelte")).join(".") : ""}`;
    const path = (e: Element) =>
      [e.parentElement?.parentElement, e.parentElement, e]
        .filter((x) => x != null)
        .map(name)
        .join(" > ");
    const root = document.scrollingElement!;
    if ((!limits.scrolls && root.scrollHeight > innerHeight + 1) || root.scrollWidth > innerWidth + 1)
      faults.push({ what: "scrolls", text: "", element: "html", detail: `${root.scrollWidth}×${root.scrollHeight}` });
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement!;
      const text = node.textContent!.trim();
      if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }))
        continue;
      if (spoken(element)) continue;
      if (element.closest(".said, .ruler, script, style") || (limits.except && element.closest(limits.except))) continue;
      const style = getComputedStyle(element);
      const report = (what: Fault["what"], detail: string) =>
        faults.push({ what, text: text.slice(0, 40), element: path(element), detail });
      if (parseFloat(style.fontSize) < limits.size) report("small", `${style.fontSize} < ${limits.size.toFixed(1)}px`);
      range.selectNodeContents(node);
      const lines = [...range.getClientRects()].filter((r) => r.width > 0 && r.height > 0);
      const size = parseFloat(style.fontSize);
      for (const r of lines) {
        // The glyphs' own box is higher than the line: compare by the middle of the line and the x-height.
        const middle = (r.top + r.bottom) / 2;
        const aside = r.left < -1 || r.right > innerWidth + 1;
        const below = middle - size * 0.4 < -1 || middle + size * 0.4 > innerHeight + 1;
        if ((aside && !(limits.scrolls && scrolled(element, "x"))) || (below && !(limits.scrolls && reachable(element)))) {
          if (!clamped(element))
            report("outside", `${Math.round(r.left)},${Math.round(r.top)} – ${Math.round(r.right)},${Math.round(r.bottom)}`);
          break;
        }
        const cutter = cutBy(element, r, middle, size);
        if (cutter) {
          report("clipped", `by ${path(cutter)}`);
          break;
        }
        const paper = element.closest(".paper, .label, .held, .strip, article, .join, li[data-paper]");
        const box = paper?.getBoundingClientRect();
        if (
          box &&
          !clamped(element) &&
          !element.closest(".votes") &&
          (r.left < box.left - 2 || r.right > box.right + 2 || middle < box.top || middle + size * 0.3 > box.bottom + 1)
        ) {
          report("overflow", `of ${path(paper!)}`);
          break;
        }
      }
    }
    return faults;

    /** Only for those who listen: in a box of a pixel. */
    function spoken(e: Element): boolean {
      for (let p: Element | null = e; p && p !== document.body; p = p.parentElement)
        if (p instanceof HTMLElement && p.offsetWidth <= 1 && p.offsetHeight <= 1 && p.offsetParent) return true;
      return false;
    }
    /** In a box that can be scrolled that way. */
    function scrolled(e: Element, way: "x" | "y"): boolean {
      for (let p: Element | null = e; p && p !== document.body; p = p.parentElement) {
        const s = getComputedStyle(p);
        if (/auto|scroll/.test(way === "x" ? s.overflowX : s.overflowY)) return true;
      }
      return false;
    }
    /** Can be scrolled to: in a box that scrolls, or on a page that is longer and not held fast to the window. */
    function reachable(e: Element): boolean {
      if (scrolled(e, "y")) return true;
      for (let p: Element | null = e; p; p = p.parentElement) if (getComputedStyle(p).position === "fixed") return false;
      return root.scrollHeight > innerHeight;
    }
    function clamped(e: Element): boolean {
      for (let p: Element | null = e; p; p = p.parentElement) {
        const s = getComputedStyle(p);
        if (s.webkitLineClamp !== "none" || s.textOverflow === "ellipsis") return true;
      }
      return false;
    }
    function cutBy(e: Element, r: DOMRect, middle: number, size: number): Element | undefined {
      for (let p: Element | null = e; p && p !== document.body; p = p.parentElement) {
        const s = getComputedStyle(p);
        if (s.overflowX === "visible" && s.overflowY === "visible") continue;
        if (s.webkitLineClamp !== "none" || s.textOverflow === "ellipsis") return undefined;
        if (/auto|scroll/.test(s.overflowY + s.overflowX)) return undefined;
        const b = p.getBoundingClientRect();
        if (
          r.left < b.left - 2 ||
          r.right > b.right + 2 ||
          middle - size * 0.36 < b.top - 1 ||
          middle + size * 0.36 > b.bottom + 1
        )
          return p;
      }
      return undefined;
    }
  }, limits);
}

/** Whatever one presses or reads stands in the window from side to side, or in a box that scrolls that way. */
export async function boxFaults(page: Page): Promise<Fault[]> {
  return page.evaluate(() => {
    const faults: { what: "outside"; text: string; element: string; detail: string }[] = [];
    for (const e of document.querySelectorAll("button, a, input, textarea, select, article, dialog, [role=menu]")) {
      if (
        !e.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }) ||
        e.closest(".said")
      )
        continue;
      const r = e.getBoundingClientRect();
      if (r.width < 2 || r.height < 2 || (r.left >= -2 && r.right <= innerWidth + 2)) continue;
      let inside = false;
      for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
        if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX)) inside = true;
      if (inside) continue;
      faults.push({
        what: "outside",
        text: (e.textContent ?? "").trim().slice(0, 40),
        element: `${e.tagName.toLowerCase()}.${e.className.toString()}`,
        detail: `${Math.round(r.left)} – ${Math.round(r.right)} of ${innerWidth}`,
      });
    }
    return faults;
  });
}

/** Text against what is painted behind it. Gradients count with their worst colour. */
export async function contrastFaults(page: Page, limits: Limits): Promise<Fault[]> {
  return page.evaluate((limits) => {
    type Colour = [number, number, number, number];
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    const known = new Map<string, Colour>();
    const CORNER = /to (left|right|top|bottom) (left|right|top|bottom)/;
    const faults: { what: "contrast"; text: string; element: string; detail: string }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement!;
      const text = node.textContent!.trim();
      if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }))
        continue;
      if (element.closest(".said, .ruler, script, style, svg") || (limits.except && element.closest(limits.except))) continue;
      const ink = colour(getComputedStyle(element).color);
      const range = document.createRange();
      range.selectNodeContents(node);
      const at = range.getBoundingClientRect();
      const worst = Math.min(...grounds(element, at).map((g) => ratio(ink, g)));
      const note = element.closest("p[dir]") && element.closest("[data-paper]");
      const least = note ? (limits.note ?? limits.contrast ?? 4.5) : (limits.contrast ?? 4.5);
      if (worst < least - 0.05)
        faults.push({
          what: "contrast",
          text: text.slice(0, 40),
          element: `${element.parentElement?.className} > ${element.tagName.toLowerCase()}.${element.className}`,
          detail: `${worst.toFixed(2)} < ${least}`,
        });
    }
    return faults;

    function colour(css: string): Colour {
      let c = known.get(css);
      if (!c) {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = css;
        context.fillRect(0, 0, 1, 1);
        const d = context.getImageData(0, 0, 1, 1).data;
        known.set(css, (c = [d[0]!, d[1]!, d[2]!, d[3]! / 255]));
      }
      return c;
    }
    /** What lies behind the page itself: dark where it says that it can be. */
    function canvasColour(): string {
      const probe = document.createElement("i");
      probe.style.color = "Canvas";
      document.documentElement.append(probe);
      const css = getComputedStyle(probe).color;
      probe.remove();
      return css;
    }
    function grounds(e: Element, at: DOMRect): Colour[] {
      const over: Colour[] = [];
      for (let p: Element | null = e; p; p = p.parentElement) {
        const s = getComputedStyle(p);
        const stops = painted(s.backgroundImage, p.getBoundingClientRect(), at);
        if (stops.length > 0) return blend(stops, over);
        const plain = colour(s.backgroundColor);
        if (plain[3] > 0.98) return blend([plain], over);
        if (plain[3] > 0.02) over.push(plain);
      }
      return blend([colour(canvasColour())], over);
    }
    /** A gradient's colours where the text lies: at its lines if it runs down, its first if it is a corner, else all. */
    function painted(image: string, box: DOMRect, at: DOMRect): Colour[] {
      const stops = [...image.matchAll(/((?:rgb|rgba|color|oklab|oklch)\([^()]*\))(?: ([\d.]+)(px|%))?/g)].map((m) => ({
        colour: colour(m[1]!),
        place: m[2] === undefined ? undefined : m[3] === "%" ? (Number(m[2]) / 100) * box.height : Number(m[2]),
      }));
      if (stops.length === 0 || stops.some((s) => s.colour[3] < 0.98)) {
        return CORNER.test(image) && stops[0] ? [stops[0].colour] : [];
      }
      if (image.startsWith("radial")) return stops.map((s) => s.colour);
      if (CORNER.test(image)) return [stops[0]!.colour];
      stops[0]!.place ??= 0;
      stops.at(-1)!.place ??= box.height;
      // The letters themselves are lower than the top of their line.
      const inset = at.height > 12 ? 4 : 0;
      return [at.top + inset, at.bottom - inset].map((y) => {
        const d = y - box.top;
        let i = 0;
        while (i < stops.length - 2 && (stops[i + 1]!.place ?? 0) < d) i++;
        const [from, to] = [stops[i]!, stops[i + 1] ?? stops[i]!];
        const span = (to.place ?? box.height) - (from.place ?? 0);
        const t = span > 0 ? Math.min(1, Math.max(0, (d - (from.place ?? 0)) / span)) : 0;
        return [0, 1, 2].map((k) => from.colour[k]! + (to.colour[k]! - from.colour[k]!) * t).concat(1) as Colour;
      });
    }
    function blend(under: Colour[], over: Colour[]): Colour[] {
      return under.map((u) =>
        over.reduceRight<Colour>((c, o) => [0, 1, 2].map((i) => o[i]! * o[3] + c[i]! * (1 - o[3])).concat(1) as Colour, u),
      );
    }
    function light([r, g, b]: Colour): number {
      const f = (v: number) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
    }
    function ratio(a: Colour, b: Colour): number {
      const [hi, lo] = [light(a), light(b)].sort((x, y) => y - x) as [number, number];
      return (hi + 0.05) / (lo + 0.05);
    }
  }, limits);
}

/** Boxes of one kind that lie over one another, or over any of another kind. */
export async function overlapFaults(page: Page, selector: string, other = selector): Promise<Fault[]> {
  return page.evaluate(
    ([selector, other]) => {
      const faults: { what: "overlap"; text: string; element: string; detail: string }[] = [];
      const all = [...document.querySelectorAll(selector!)];
      for (const a of all)
        for (const b of document.querySelectorAll(other!)) {
          if (a === b || a.contains(b) || b.contains(a)) continue;
          const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
          const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
          const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
          // Paper is turned a little: its corners may come this near.
          if (wide > 6 && high > 6)
            faults.push({
              what: "overlap",
              text: (a.textContent ?? "").trim().slice(0, 40),
              element: a.className.toString(),
              detail: `${Math.round(wide)}×${Math.round(high)} over ${b.className.toString()}: ${(b.textContent ?? "").trim().slice(0, 30)}`,
            });
        }
      return faults;
    },
    [selector, other],
  );
}

/** Notes that the page draws, as paper or as grains, and those it only counts ("+ n"). */
export async function drawnNotes(page: Page): Promise<{ ids: string[]; counted: number }> {
  return page.evaluate(() => ({
    ids: [...new Set([...document.querySelectorAll<HTMLElement>("[data-note]")].map((e) => e.dataset["note"]!))],
    counted: [...document.querySelectorAll<HTMLElement>("[data-more]")].reduce((n, e) => n + Number(e.dataset["more"]), 0),
  }));
}
