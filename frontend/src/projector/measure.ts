import { mount, unmount } from "svelte";
import type { Note } from "../client/protocol";
import Label from "./Label.svelte";
import Paper from "../ui/Paper.svelte";
import type { Level } from "./packing";

/** Heights kept; half of them go when there are more. */
const KEPT = 4000;

/** Measures paper with real type, once per note, width and size. All in u. */
export class Ruler {
  #host: HTMLElement;
  #heights = new Map<string, number>();

  constructor(parent: HTMLElement) {
    this.#host = document.createElement("div");
    this.#host.className = "ruler";
    this.#host.setAttribute("aria-hidden", "true");
    parent.append(this.#host);
  }

  /** The height of a note at a type size and width. */
  note(note: Note, size: number, width: number, lines: number, stacked: boolean, mark?: string, voted = false): number {
    const key = `${note.id} ${note.edited ?? 0} ${size} ${width.toFixed(1)} ${lines} ${stacked} ${mark ?? ""} ${voted}`;
    return this.#take(key, width, size, stacked ? "stacked" : "", () =>
      mount(Paper, {
        target: this.#host,
        props: { text: note.text, lang: note.lang, dir: note.dir, paper: 1, mark, lines, votes: voted ? 1 : undefined },
      }),
    );
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
  }

  remove(): void {
    this.#host.remove();
  }

  #take(key: string, width: number, size: number, className: string, draw: () => object): number {
    const known = this.#heights.get(key);
    if (known !== undefined) return known;
    if (this.#heights.size >= KEPT) {
      let n = KEPT / 2;
      for (const k of this.#heights.keys()) if (n-- > 0) this.#heights.delete(k);
    }
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
