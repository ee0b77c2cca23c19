import type { Action } from "svelte/action";

export interface Fit {
  /** Type sizes in u, largest first. */
  steps: readonly number[];
  /** What is measured: a change of it measures again. */
  text: string;
}

/**
 * The largest type size at which the element's text fits its box. Sets --fs,
 * in u. The element must not grow with its text.
 */
export const fit: Action<HTMLElement, Fit> = (node, first) => {
  let now = first;
  const measure = () => {
    for (const step of now.steps) {
      node.style.setProperty("--fs", String(step));
      if (node.scrollHeight <= node.clientHeight + 1 && node.scrollWidth <= node.clientWidth + 1) return;
    }
  };
  const observer = new ResizeObserver(measure);
  observer.observe(node);
  document.fonts?.addEventListener("loadingdone", measure);
  measure();
  return {
    update(next) {
      const same = next.text === now.text && next.steps === now.steps;
      now = next;
      if (!same) measure();
    },
    destroy() {
      observer.disconnect();
      document.fonts?.removeEventListener("loadingdone", measure);
    },
  };
};
