import type { LiveWall } from "../client/live.svelte";
import { digits, remaining } from "./timer";

/** The countdown as everyone sees it at once: by the hub's clock, changed once a second. */
export class Clock {
  /** What the timer shows; nothing when there is none. */
  text = $state("");
  /** The running timer has come to its end. */
  over = $state(false);
  #live: LiveWall;

  constructor(live: LiveWall) {
    this.#live = live;
  }

  tick(): void {
    const timer = this.#live.settings.timer;
    const left = timer && remaining(timer, this.#live.now());
    this.text = left === undefined ? "" : digits(left);
    this.over = left === 0;
  }
}
