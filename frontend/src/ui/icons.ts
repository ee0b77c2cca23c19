import type { MORE } from "./moreicons";

/** Shapes on a 24 × 24 grid. Themes are solid silhouettes, tools are lines. */
export const THEMES = {
  heart: "M12 21 4.2 13.2A5.4 5.4 0 0 1 12 5.8a5.4 5.4 0 0 1 7.8 7.4Z",
  briefcase:
    "M9 3h6a2 2 0 0 1 2 2v2h3a2 2 0 0 1 2 2v3.5h-8V11h-4v1.5H2V9a2 2 0 0 1 2-2h3V5a2 2 0 0 1 2-2Zm0 2v2h6V5ZM2 14h8v2h4v-2h8v5a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2Z",
  bubble:
    "M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-8.5L6 21.5V17H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Zm3 5.7v2.6h2.4V8.7Zm3.8 0v2.6h2.4V8.7Zm3.8 0v2.6H17V8.7Z",
  book: "M2 5c3.2-1.3 6.4-1 9.2.8v14.7C8.4 18.9 5.2 18.6 2 19.7ZM22 5c-3.2-1.3-6.4-1-9.2.8v14.7c2.8-1.6 6-1.9 9.2-.8Z",
  house: "m12 2.5 10.3 8.9-1.6 1.8-1.2-1V21h-5v-6h-5v6h-5v-8.8l-1.2 1-1.6-1.8Z",
  star: "m12 2.5 2.9 6.3 6.9.8-5.1 4.7 1.4 6.8L12 17.7l-6.1 3.4 1.4-6.8L2.2 9.6l6.9-.8Z",
  tree: "M12 2a6 6 0 0 1 5.6 8.2A4.5 4.5 0 0 1 16.5 19H13.5v3.5h-3V19h-3a4.5 4.5 0 0 1-1.1-8.8A6 6 0 0 1 12 2Z",
  people:
    "M8.5 3.5a4 4 0 1 1 0 8 4 4 0 0 1 0-8Zm7.5 1a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1-1.5-.3 6 6 0 0 0 0-6.4A3.5 3.5 0 0 1 16 4.5ZM1.5 20.5c0-4 3-7 7-7s7 3 7 7Zm15.7 0c0-2.7-1-5.1-2.7-6.8a6 6 0 0 1 8 6.8Z",
} as const;

/** Those that a phone needs; the larger pages bring more. */
export const TOOLS = {
  pen: "m4 20 1.2-4.8L16.8 3.6l3.6 3.6L8.8 18.8ZM14 6.4l3.6 3.6",
  wall: "M4 4h7v6H4ZM14 4h6v4h-6ZM14 11.5h6V20h-6ZM4 13.5h7V20H4Z",
  mine: "M5 4h10l4 4v12H5ZM15 4v4h4M8.5 12.5h7M8.5 16.5h4.5",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM15.3 15.3 20.5 20.5",
  check: "m4.5 12.5 5 5L19.5 6.5",
  x: "m6 6 12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  archive: "M3.5 4.5h17V9h-17ZM5 9v10.5h14V9M9.5 13h5",
  restore: "M4 12.5V20h16v-7.5M12 15.5V4M7.5 8.5 12 4l4.5 4.5",
  merge: "M5 4v3.5C5 12 12 12 12 16.5V20M19 4v3.5c0 4.5-7 4.5-7 9M8.5 17l3.5 3.5 3.5-3.5",
  clock: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM12 7.5V12l3 2",
  off: "m3 3 18 18M5 12.5a10 10 0 0 1 4.3-2.6M2 9a14.5 14.5 0 0 1 4.6-3M11.5 5C15.7 4.9 19.4 6.5 22 9M14.7 10.4c1.6.4 3 1.1 4.3 2.1M9 16.2a4.5 4.5 0 0 1 6 0M12 19.5v.01",
  qr: "M4 4h6v6H4ZM14 4h6v6h-6ZM4 14h6v6H4ZM14 14h3v3h-3ZM20 14v6M17 20h-3",
  globe: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM3.5 12h17M12 3.5c4.7 5 4.7 12 0 17-4.7-5-4.7-12 0-17",
  undo: "M8 5 3.5 9.5 8 14M4 9.5h10.5a5.3 5.3 0 0 1 0 10.6H11",
  pause: "M8.5 5v14M15.5 5v14",
  lock: "M6 11h12v9H6ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  person: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM4.5 20.5c.5-4 3.5-6 7.5-6s7 2 7.5 6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  warn: "m12 3.5 9.5 17h-19ZM12 10v4.5M12 17.5v.01",
  info: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM12 11v5.5M12 7.5v.01",
  send: "M12 20V5M5.5 11.5 12 5l6.5 6.5",
  next: "m9 5 7 7-7 7",
  previous: "m15 5-7 7 7 7",
} as const;

export type ThemeIcon = keyof typeof THEMES;
export type ToolIcon = keyof typeof TOOLS | keyof typeof MORE;

const drawn: Partial<Record<ToolIcon, string>> = { ...TOOLS };
/** A page that has more tools than a phone brings their shapes along, before it shows anything. */
export const bring = (more: typeof MORE): unknown => Object.assign(drawn, more);
/** The shape of a tool. */
export const shape = (name: ToolIcon): string | undefined => drawn[name];
