import type { LiveWall } from "../client/live.svelte";
import type { Phase } from "../client/protocol";
import { digits, remaining } from "./timer";

/** In the last moments of a timer, in ms, a phase may already be the next one. */
const LAST = 2000;

/**
 * How long it stays "over" when the wall goes on by itself, in ms: nobody is
 * there to turn the page, and people shall see the wall that they group now.
 */
const STAYS = 20_000;

/** The countdown as everyone sees it at once: by the hub's clock, changed once a second. */
export class Clock {
  /** What the timer shows; nothing when there is none. */
  text = $state("");
  /** The running timer has come to its end. */
  over = $state(false);
  /** The phase that it was set for: at zero the wall may have gone on to the next. */
  ended = $state<Phase>();
  #live: LiveWall;

  constructor(live: LiveWall) {
    this.#live = live;
  }

  tick(): void {
    const timer = this.#live.settings.timer;
    const now = this.#live.now();
    const left = timer && remaining(timer, now);
    // At zero the wall says so in words; no "00:00" stays behind.
    this.text = left ? digits(left) : "";
    if (left === undefined) this.ended = undefined;
    else if (left > LAST) this.ended = this.#live.settings.phase;
    this.over = left === 0 && !(timer?.advance && now > timer.ends! + STAYS);
  }
}
