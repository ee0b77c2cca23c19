import type { TransitionConfig } from "svelte/transition";

const settle = bezier(0.2, 0.8, 0.2, 1);
const leave = bezier(0.5, 0, 0.9, 0.4);
export const move = bezier(0.45, 0.05, 0.2, 1);

/** The tokens' durations, in ms. Only transform and opacity are animated. */
export const TIME = { tap: 120, leave: 320, screen: 400, calm: 150, arrive: 520, travel: 700 };

/** A note arrives: when its column has made room, it comes down to the wall. */
export function arrive(_: Element, { fresh, calm }: { fresh: boolean; calm: boolean }): TransitionConfig {
  if (calm) return { duration: 0 };
  if (!fresh) return { delay: TIME.leave, duration: TIME.tap, css: (t) => `opacity: ${t}` };
  return {
    delay: TIME.travel,
    duration: TIME.arrive,
    easing: settle,
    css: (t, u) =>
      `opacity: ${Math.min(1, t * 3)}; transform: translateY(calc(${-3 * u} * var(--u))) scale(${1 + 0.06 * u}) rotate(${2 * u}deg)`,
  };
}

/** A note lets go of the wall. */
export function letGo(_: Element, { calm }: { calm: boolean }): TransitionConfig {
  if (calm) return { duration: 0 };
  return {
    duration: TIME.leave,
    easing: leave,
    css: (t, u) => `opacity: ${t}; transform: translateY(calc(${2 * u} * var(--u))) rotate(${3 * u}deg)`,
  };
}

/** The old note goes down behind the ledge, the new one rises after it. */
export function rise(_: Element, { calm }: { calm: boolean }): TransitionConfig {
  if (calm) return { duration: 0 };
  return {
    delay: TIME.leave,
    duration: TIME.arrive,
    easing: settle,
    css: (t, u) => `opacity: ${Math.min(1, t * 2)}; transform: translateY(calc(${16 * u} * var(--u)))`,
  };
}
export function sink(_: Element, { calm }: { calm: boolean }): TransitionConfig {
  if (calm) return { duration: 0 };
  return {
    duration: TIME.leave,
    easing: leave,
    css: (t, u) => `opacity: ${t}; transform: translateY(calc(${16 * u} * var(--u)))`,
  };
}

/** Another view: one picture fades into the next. */
export function change(_: Element, { calm }: { calm: boolean }): TransitionConfig {
  return { duration: calm ? TIME.calm : TIME.screen, css: (t) => `opacity: ${t}` };
}

/** CSS's cubic-bezier as a function, by bisection: enough for a 400 ms curve. */
function bezier(x1: number, y1: number, x2: number, y2: number): (x: number) => number {
  const at = (a: number, b: number, t: number) => 3 * a * t * (1 - t) ** 2 + 3 * b * t * t * (1 - t) + t ** 3;
  return (x) => {
    let low = 0;
    let high = 1;
    for (let i = 0; i < 20; i++) {
      const mid = (low + high) / 2;
      if (at(x1, x2, mid) < x) low = mid;
      else high = mid;
    }
    return at(y1, y2, (low + high) / 2);
  };
}
