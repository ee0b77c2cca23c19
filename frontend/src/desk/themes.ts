import type { Theme } from "../client/protocol";

/** As the wall's own limits. */
export const LEAST = 3;
export const MOST = 8;
const SHAPES = ["heart", "briefcase", "bubble", "book", "house", "star", "tree", "people"];

/** One theme more: a name of its own, and paper and shape that no other has. */
export function added(themes: readonly Theme[], name: string, lang: string): Theme {
  const free = <T>(all: readonly T[], used: readonly T[]): T => all.find((x) => !used.includes(x)) ?? all[0]!;
  let n = themes.length + 1;
  while (themes.some((x) => x.id === `theme-${n}`)) n++;
  return {
    id: `theme-${n}`,
    name: { [lang]: `${name} ${themes.length + 1}` },
    paper: free(
      [1, 2, 3, 4, 5, 6, 7, 8],
      themes.map((x) => x.paper),
    ),
    icon: free(
      SHAPES,
      themes.map((x) => x.icon),
    ),
  };
}
