import type { Action } from "svelte/action";

export interface Fit {
  /** Type sizes in u, largest first. */
  steps: readonly number[];
  /** What is measured: a change of it measures again. */
  text: string;
}

/**
 * The largest type size at which the element's text fits its box. Sets --fs,
 * in u. The element must not grow with its text. Class "spilt" and --lines say
 * that not even the smallest fits.
 */
export const fit: Action<HTMLElement, Fit> = (node, first) => {
  let now = first;
  const measure = () => {
    node.classList.remove("spilt");
    for (const step of now.steps) {
      node.style.setProperty("--fs", String(step));
      // Letters' boxes are higher than their lines; what sticks out of the last line by that is not cut.
      const slack = 1 + 0.1 * parseFloat(getComputedStyle(node).fontSize);
      if (node.scrollHeight <= node.clientHeight + slack && node.scrollWidth <= node.clientWidth + 1) return;
    }
    // Not even the smallest: whole lines and an ellipsis, never half a line.
    const line = parseFloat(getComputedStyle(node.firstElementChild ?? node).lineHeight);
    node.style.setProperty("--lines", String(Math.max(1, Math.floor(node.clientHeight / line))));
    node.classList.add("spilt");
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
