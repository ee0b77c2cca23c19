import type { Cluster, Note } from "../client/protocol";

/** A note on the wall, for tests. */
export const note = (id: string, what: Partial<Note> = {}): Note => ({
  id,
  theme: "health",
  kind: "opinion",
  text: id,
  dir: "ltr",
  at: 0,
  state: "shown",
  live: "shown",
  ...what,
});
export const cluster = (id: string, what: Partial<Cluster> = {}): Cluster => ({ id, name: id, theme: "health", at: 0, ...what });
export const byId = <T extends { id: string }>(...list: T[]): Map<string, T> => new Map(list.map((x) => [x.id, x]));
