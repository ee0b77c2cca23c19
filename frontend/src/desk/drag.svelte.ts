import type { Column } from "./columns";
import type { Desk } from "./desk.svelte";
import { beforeAt, stepSpot, type Drop, type Spot } from "./drop";
import { t } from "./say.svelte";
import { named } from "./words";

/** A mouse has moved this far: it drags, and does not click. */
const FAR = 5;
/** A finger has rested this long: it drags, and does not scroll. */
const REST = 380;
/** So near an edge the board scrolls by itself. */
const EDGE = 56;

/**
 * Notes being dragged, by pointer or by keys. The board's columns stand still
 * from the lift to the drop; what others do meanwhile is in the wall, and is
 * drawn when the hand is empty again.
 */
export class Drag {
  ids = $state.raw<string[]>([]);
  by = $state<"pointer" | "keys">("pointer");
  over = $state.raw<Drop | undefined>();
  x = $state(0);
  y = $state(0);
  /** The size of the note that was lifted. */
  width = $state(0);
  height = $state(0);
  /** The columns as they were at the lift. */
  still = $state.raw<Column[] | undefined>();
  /** What those who listen are told. */
  said = $state("");
  #spot: Spot = { column: 0, row: 0 };
  #desk: Desk;
  #grip = { x: 0, y: 0 };
  #end: (() => void) | undefined;
  #frame = 0;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  get on(): boolean {
    return this.ids.length > 0;
  }
  holds(id: string): boolean {
    return this.ids.includes(id);
  }
  /** The slot in a column: the note that it opens before, "" for last; undefined: none. */
  slot(key: string): string | undefined {
    return this.over?.to === key ? (this.over.before ?? "") : undefined;
  }

  /** A pointer went down on a note. Nothing happens until it has moved, or rested. */
  press = (e: PointerEvent, id: string): void => {
    if (e.button !== 0 || this.on || (e.target as Element).closest("button, input, a, label, form")) return;
    const el = e.currentTarget as HTMLElement;
    const touch = e.pointerType !== "mouse";
    const from = { x: e.clientX, y: e.clientY };
    const far = (m: PointerEvent) => Math.hypot(m.clientX - from.x, m.clientY - from.y);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const lift = () => {
      const box = el.getBoundingClientRect();
      this.#grip = { x: from.x - box.left, y: from.y - box.top };
      [this.width, this.height, this.x, this.y] = [box.width, box.height, box.left, box.top];
      this.by = "pointer";
      this.#lift(id);
      el.ownerDocument.getSelection()?.empty();
    };
    const move = (m: PointerEvent) => {
      if (m.pointerId !== e.pointerId) return;
      if (!this.on) {
        if (far(m) < FAR) return;
        // A finger that moves before it has rested scrolls.
        if (touch) return this.#end?.();
        lift();
      }
      m.preventDefault();
      this.#follow(m.clientX, m.clientY);
    };
    const up = (m: PointerEvent) => {
      if (m.pointerId !== e.pointerId) return;
      const dragged = this.on;
      this.#end?.();
      if (!dragged) return;
      // The click that ends a drag opens nothing.
      const swallow = (c: Event) => c.stopPropagation();
      addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
      this.drop();
    };
    const cancel = () => this.cancel();
    const hold = (ev: Event) => this.on && ev.preventDefault();
    this.#end = () => {
      clearTimeout(timer);
      cancelAnimationFrame(this.#frame);
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", cancel);
      removeEventListener("blur", cancel);
      document.removeEventListener("touchmove", hold);
      document.removeEventListener("contextmenu", hold);
      this.#end = undefined;
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", cancel);
    addEventListener("blur", cancel);
    document.addEventListener("touchmove", hold, { passive: false });
    document.addEventListener("contextmenu", hold);
    if (touch) timer = setTimeout(lift, REST);
  };

  #lift(id: string): void {
    const desk = this.#desk;
    this.still = desk.columns;
    this.ids = desk.selected.has(id) ? [...desk.selected] : [id];
    this.over = undefined;
  }

  /** The lifted note follows the pointer; what is under it is where it would fall. */
  #follow(x: number, y: number): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      [this.x, this.y] = [x - this.#grip.x, y - this.#grip.y];
      const under = document.elementFromPoint(x, y);
      const target = under?.closest<HTMLElement>("[data-drop]");
      const to = target?.dataset["drop"];
      if (!to) this.over = undefined;
      else if (this.over?.to !== to || to.startsWith("c:")) {
        const rows = [...target.querySelectorAll<HTMLElement>("[data-note]")]
          .filter((el) => !this.holds(el.dataset["note"]!))
          .map((el) => ({
            id: el.dataset["note"]!,
            top: el.getBoundingClientRect().top,
            bottom: el.getBoundingClientRect().bottom,
          }));
        const before = to.startsWith("c:") ? beforeAt(rows, y) : undefined;
        if (this.over?.to !== to || this.over.before !== before) this.over = { to, before };
      }
      this.#scroll(under, x, y);
    });
  }

  #scroll(under: Element | null, x: number, y: number): void {
    const box = under?.closest<HTMLElement>("[data-board]");
    if (!box) return;
    const r = box.getBoundingClientRect();
    const by = y < r.top + EDGE ? -12 : y > r.bottom - EDGE ? 12 : 0;
    if (!by) return;
    const was = box.scrollTop;
    box.scrollTop += by;
    if (box.scrollTop !== was) this.#follow(x, y);
  }

  drop(): void {
    const [ids, over] = [this.ids, this.over];
    this.#clear();
    if (over) this.#desk.drop(ids, over);
  }

  cancel = (): void => {
    if (this.on && this.by === "keys") this.said = t("desk.drag.cancelled");
    this.#end?.();
    this.#clear();
  };

  #clear(): void {
    this.ids = [];
    this.over = undefined;
    this.still = undefined;
  }

  /** A key on a note of the board: lifts, moves, drops. True when it was for us. */
  key(e: KeyboardEvent, id: string): boolean {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target !== e.currentTarget) return false;
    if (!this.on) {
      if (e.key !== " " && e.key !== "Enter") return false;
      this.by = "keys";
      this.#lift(id);
      const column = this.still!.findIndex((c) => c.notes.some((n) => n.id === id));
      this.#spot = { column, row: Math.max(0, this.still![column]?.notes.findIndex((n) => n.id === id) ?? 0) };
      this.said = t("desk.drag.lifted", { what: named(this.#desk.list(this.ids)), where: this.#whereSaid() });
      return true;
    }
    if (this.by !== "keys") return false;
    if (e.key === "Escape") this.cancel();
    else if (e.key === " " || e.key === "Enter") this.#dropByKeys(id);
    else if (e.key === "Tab") this.cancel();
    else {
      const places = this.#places();
      const lengths = places.map((p) => (p.key.startsWith("c:") ? p.rows.length : undefined));
      this.#spot = stepSpot(this.#spot, e.key, lengths, document.documentElement.dir === "rtl");
      const place = places[this.#spot.column]!;
      this.over = { to: place.key, before: place.rows[this.#spot.row] };
      this.said = this.#whereSaid();
      requestAnimationFrame(() => document.querySelector("[data-slot]")?.scrollIntoView({ block: "nearest" }));
    }
    return true;
  }

  /** The columns and, last, a new group; each with the notes that stay in it. */
  #places(): { key: string; rows: string[] }[] {
    const columns = this.still ?? [];
    const list = columns.map((c) => ({ key: c.key, rows: c.notes.filter((n) => !this.holds(n.id)).map((n) => n.id) }));
    const theme = columns[this.#spot.column]?.theme ?? columns[0]?.theme ?? "";
    return [...list, { key: `new:${theme}`, rows: [] }];
  }

  #whereSaid(): string {
    const place = this.#places()[this.#spot.column];
    const column = this.still?.[this.#spot.column];
    if (!place || !column) return t("desk.drag.new");
    const name = column.cluster?.name ?? t("desk.loose.of", { theme: this.#desk.themeName(column.theme) });
    const of = place.rows.length + 1;
    return column.cluster ? t("desk.drag.at", { name, n: Math.min(this.#spot.row + 1, of), of }) : name;
  }

  #dropByKeys(id: string): void {
    const moved = this.over;
    this.said = moved ? t("desk.drag.dropped", { where: this.#whereSaid() }) : t("desk.drag.cancelled");
    this.drop();
    if (!moved?.to.startsWith("new:")) void this.#desk.focus(id);
  }
}
