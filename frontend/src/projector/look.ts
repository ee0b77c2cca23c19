import { getContext, setContext } from "svelte";
import type { LiveWall } from "../client/live.svelte";
import type { Note, Theme } from "../client/protocol";
import { Speech } from "../client/speech.svelte";
import commonEn from "../locales/en/common.json";
import en from "../locales/en/projector.json";
import commonSv from "../locales/sv/common.json";
import sv from "../locales/sv/projector.json";
import { answered } from "./columns";
import type { Clock } from "./clock.svelte";
import type { Stage } from "./stage.svelte";

/** What the projector says. */
export const speech = new Speech({ sv: { ...commonSv, ...sv }, en: { ...commonEn, ...en } }, "sv");

/** What every part of the picture needs. */
export interface Look {
  live: LiveWall;
  stage: Stage;
  clock: Clock;
  /** The code to join with now. */
  readonly code: string;
  /** The address to type it at. */
  readonly host: string;
  /** Nothing travels: calm wall, reduced motion, or too many notes. */
  readonly calm: boolean;
}

const KEY = Symbol("look");
export const giveLook = (look: Look) => setContext(KEY, look);
export const useLook = () => getContext<Look>(KEY);

/** A note's theme. */
export function themeOf(look: Look, note: Note): Theme | undefined {
  const themes = look.live.settings.themes ?? [];
  return themes.find((t) => t.id === note.theme) ?? themes[0];
}

/** What a note's corner says to those who do not see it. */
export function markLabel(note: Note, mark: string | undefined): string | undefined {
  if (!mark) return undefined;
  return speech.t(answered(note) ? "projector.answered" : "projector.question");
}

/** At most so many lines, or nothing when a text is surely shorter: then it wraps round its corner. */
export function cutAt(text: string, lines: number): number | undefined {
  return text.length <= 12 * lines && !text.includes("\n") ? undefined : lines;
}

/** 0 to n − 1, for drawing something n times. */
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
