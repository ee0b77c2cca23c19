/** What a key asks of the desk. */
export type KeyAct =
  | "next"
  | "previous"
  | "show"
  | "archive"
  | "hide"
  | "group"
  | "merge"
  | "answer"
  | "project"
  | "queue"
  | "blank"
  | "forward"
  | "back"
  | "search"
  | "undo"
  | "help"
  | "leave"
  | "menu"
  | `theme${number}`;

/** The single keys, as the "?" sheet lists them. */
export const KEYS: Readonly<Record<string, KeyAct>> = {
  j: "next",
  k: "previous",
  a: "show",
  e: "archive",
  h: "hide",
  g: "group",
  m: "merge",
  q: "answer",
  p: "project",
  P: "queue",
  b: "blank",
  ArrowRight: "forward",
  ArrowLeft: "back",
  "/": "search",
  u: "undo",
  "?": "help",
  ".": "menu",
};

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  isComposing: boolean;
}

/**
 * What a key means here. Silent with modifiers, while a text is written, and,
 * but for Esc, when single keys are turned off (WCAG 2.1.4).
 */
export function keyAct(e: Pressed, on: boolean, writing: boolean, rtl: boolean): KeyAct | undefined {
  if (e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return undefined;
  if (e.key === "Escape") return "leave";
  if (!on || writing) return undefined;
  if (/^[1-8]$/.test(e.key)) return `theme${Number(e.key)}`;
  if (e.key === "ArrowRight" || e.key === "ArrowLeft") return (e.key === "ArrowRight") !== rtl ? "forward" : "back";
  const key = e.key.length === 1 && !e.shiftKey ? e.key.toLowerCase() : e.key;
  return KEYS[key] ?? KEYS[e.shiftKey && e.key === "p" ? "P" : key];
}

/** Whether keys typed into an element are its own. */
export function isWriting(el: Element | null): boolean {
  if (!el) return false;
  if (el instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit", "range"].includes(el.type);
  return el instanceof HTMLTextAreaElement || el instanceof HTMLSelectElement || (el as HTMLElement).isContentEditable;
}
