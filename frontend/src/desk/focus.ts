import type { Attachment } from "svelte/attachments";

/**
 * Focus is never lost: when the note that had it leaves its list, the note now
 * in its place gets it, else the list itself. Lists are marked data-list.
 */
export const keepFocus: Attachment<HTMLElement> = (root) => {
  let list: HTMLElement | null = null;
  let at = -1;
  let id: string | undefined;
  const rows = () => [...(list?.querySelectorAll<HTMLElement>("[data-note]") ?? [])];
  const note = (e: Event) => {
    const el = (e.target as Element).closest<HTMLElement>("[data-note]");
    list = el?.closest<HTMLElement>("[data-list]") ?? null;
    id = el?.dataset["note"];
    at = el ? rows().indexOf(el) : -1;
  };
  const gone = () => {
    if (at < 0 || !list) return;
    const had = document.activeElement;
    if (had && had !== document.body) {
      // Others come and go above: remember where it stands now.
      const el = had.closest<HTMLElement>("[data-note]");
      if (el && el.dataset["note"] === id) at = rows().indexOf(el);
      return;
    }
    if (rows().some((el) => el.dataset["note"] === id)) return;
    const left = rows();
    const next = left[Math.min(at, left.length - 1)] ?? (list.isConnected ? list : root);
    if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
    next.focus({ preventScroll: false });
  };
  const watch = new MutationObserver(gone);
  watch.observe(root, { childList: true, subtree: true });
  root.addEventListener("focusin", note);
  return () => {
    watch.disconnect();
    root.removeEventListener("focusin", note);
  };
};

/** What has just been made is open, and its name ready to be written. */
export function takeUp(el: HTMLElement): void {
  if (el instanceof HTMLDetailsElement) el.open = true;
  el.querySelector<HTMLInputElement>("input")?.select();
}

/** The note that keys are about: where focus is, if that is in a note. */
export function focusedNote(): { id: string; list: string } | undefined {
  const el = document.activeElement?.closest<HTMLElement>("[data-note]");
  const id = el?.dataset["note"];
  return id ? { id, list: el.closest<HTMLElement>("[data-list]")?.dataset["list"] ?? "" } : undefined;
}

/** Focus on the next or previous note of the list that focus is in. False: it is in none. */
export function stepFocus(by: 1 | -1): boolean {
  const el = document.activeElement?.closest<HTMLElement>("[data-note]");
  const region = el?.closest<HTMLElement>("[data-region]");
  if (!el || !region) return false;
  const all = [...region.querySelectorAll<HTMLElement>("[data-note]")];
  const next = all[all.indexOf(el) + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return true;
}
