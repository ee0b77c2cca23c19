/** How a loose note hangs: the same for ever, because it comes from its id alone. */
export interface Jitter {
  /** Degrees, from −0.45 to +0.5. */
  turn: number;
  /** Sideways, from 0 to 1.3 u. */
  shift: number;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return h;
}

/** The jitter of a note. */
export function jitter(id: string): Jitter {
  const h = hash(id);
  return { turn: -0.45 + ((h & 0xffff) / 0xffff) * 0.95, shift: ((h >>> 16) / 0xffff) * 1.3 };
}
