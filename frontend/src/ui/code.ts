/** A join code as people read it: in groups of three or four digits. */
export function spaced(code: string): string {
  const groups: Record<number, number[]> = { 6: [3, 3], 8: [4, 4], 10: [3, 3, 4] };
  let at = 0;
  return (groups[code.length] ?? [code.length]).map((n) => code.slice(at, (at += n))).join("\u00a0");
}
