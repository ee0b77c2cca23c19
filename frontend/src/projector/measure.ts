import { mount, unmount } from "svelte";
import type { Note } from "../client/protocol";
import Label from "./Label.svelte";
import Paper from "../ui/Paper.svelte";
import type { Level } from "./packing";

/** Heights kept, three for each note measured; when there are more, all are measured anew. */
const KEPT = 16_000;

/** Measures paper with real type, once per note, width and size. All in u. */
export class Ruler {
  #host: HTMLElement;
  #heights = new Map<string, number>();
  /** The notes that are no higher whole than cut: they wrap round their corners. */
  #whole = new Set<string>();

  constructor(parent: HTMLElement) {
    this.#host = document.createElement("div");
    this.#host.className = "ruler";
    this.#host.setAttribute("aria-hidden", "true");
    parent.append(this.#host);
  }

  /** The height of a note at a type size and width, cut at so many lines. */
  note(note: Note, size: number, width: number, lines: number, stacked: boolean, mark?: string, voted = false): number {
    const key = `${note.id} ${note.edited ?? 0} ${size} ${width.toFixed(1)} ${lines} ${stacked} ${mark ?? ""} ${voted}`;
    const known = this.#heights.get(key);
    if (known !== undefined) return known;
    const height = (at: number | undefined) =>
      this.#take(`${at} ${key}`, width, size, stacked ? "stacked" : "", () =>
        mount(Paper, {
          target: this.#host,
          props: { text: note.text, lang: note.lang, dir: note.dir, paper: 1, mark, lines: at, votes: voted ? 1 : undefined },
        }),
      );
    const [whole, cut] = [height(undefined), height(lines)];
    if (whole <= cut) this.#whole.add(wholeKey(note, lines, stacked));
    else this.#whole.delete(wholeKey(note, lines, stacked));
    this.#heights.set(key, Math.min(whole, cut));
    return Math.min(whole, cut);
  }

  /** Whether a note, as last measured, needs no cutting. */
  fits(note: Note, lines: number, stacked: boolean): boolean {
    return this.#whole.has(wholeKey(note, lines, stacked));
  }

  /** The height of a group's label. */
  label(name: string, count: string, level: Level | "theme", width: number): number {
    return this.#take(`label ${level} ${width.toFixed(1)} ${count.length} ${name}`, width, 0, "", () =>
      mount(Label, { target: this.#host, props: { name, count, level } }),
    );
  }

  /** Forgets everything: the window or the fonts have changed. */
  forget(): void {
    this.#heights.clear();
    this.#whole.clear();
  }

  remove(): void {
    this.#host.remove();
  }

  #take(key: string, width: number, size: number, className: string, draw: () => object): number {
    const known = this.#heights.get(key);
    if (known !== undefined) return known;
    if (this.#heights.size >= KEPT) this.forget();
    this.#host.style.setProperty("--w", String(width));
    this.#host.style.setProperty("--s", String(size));
    this.#host.className = `ruler ${className}`;
    const component = draw();
    const u = Math.max(1, Math.min(innerHeight / 108, innerWidth / 144));
    const height = this.#host.getBoundingClientRect().height / u;
    void unmount(component);
    this.#heights.set(key, height);
    return height;
  }
}

const wholeKey = (note: Note, lines: number, stacked: boolean): string => `${note.id} ${note.edited ?? 0} ${lines} ${stacked}`;
