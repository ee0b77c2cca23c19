/** The hub's time, ticking once a second while anyone looks. */
export class Clock {
  now = $state(Date.now());
  #skew: () => number;

  constructor(skew: () => number) {
    this.#skew = skew;
    this.now = Date.now() + skew();
  }

  /** Ticks until told to stop. */
  run(): () => void {
    const tick = () => (this.now = Date.now() + this.#skew());
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }
}
