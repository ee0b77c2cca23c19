/** One landing on the whole wall in this time. */
export const LANDING = 4_000;
/** More than this many waiting: the rest go in as grains. */
export const WAITING = 3;
/** A note that has come down stays slightly lifted for this long. */
export const LIFTED = 6_000;

/**
 * The queue of notes that come in. A waiting note is already drawn, as a
 * grain; landing is when it becomes a note to be read.
 */
export class Arrivals {
  /** Notes that may be drawn to be read. */
  readonly landed = new Set<string>();
  #known = new Set<string>();
  #queue: string[] = [];
  #last = -LANDING;
  #lifted: { id: string; until: number } | undefined;
  #began = false;

  /** Takes the notes there are, oldest first. What hangs there at the beginning has landed long ago. */
  take(ids: Iterable<string>): void {
    const here = new Set(ids);
    for (const id of this.#known) if (!here.has(id)) this.#known.delete(id);
    for (const id of this.landed) if (!here.has(id)) this.landed.delete(id);
    this.#queue = this.#queue.filter((id) => here.has(id));
    for (const id of here) {
      if (this.#known.has(id)) continue;
      this.#known.add(id);
      if (!this.#began) this.landed.add(id);
      else if (this.#queue.length < WAITING) this.#queue.push(id);
    }
    if (here.size > 0) this.#began = true;
  }

  /** An empty wall has begun, too: what comes now comes in. */
  begin(): void {
    this.#began = true;
  }

  /** Lands the next one if it is time: the longest waiting, else one from `spare`, grains that there is room to read. */
  land(now: number, spare: () => string | undefined): string | undefined {
    if (now - this.#last < LANDING) return undefined;
    const id = this.#queue.shift() ?? spare();
    if (id === undefined) return undefined;
    this.landed.add(id);
    this.#last = now;
    this.#lifted = { id, until: now + LIFTED };
    return id;
  }

  /** The note that has just come down, while it is lifted. */
  lifted(now: number): string | undefined {
    return this.#lifted && now < this.#lifted.until ? this.#lifted.id : undefined;
  }

  get waiting(): readonly string[] {
    return this.#queue;
  }
}
