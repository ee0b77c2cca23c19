import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { FAULTS, PICTURES, type Found } from "./gallery";

/** Begins an empty album; in the end tells all that is wrong in its pictures, in one table, and fails. */
export default function album(): () => void {
  if (!process.env["KEEP"]) rmSync(PICTURES, { recursive: true, force: true });
  mkdirSync(PICTURES, { recursive: true });
  rmSync(FAULTS, { force: true });
  return () => {
    const pictures = readdirSync(PICTURES).filter((f) => f.endsWith(".png")).length;
    const found = existsSync(FAULTS)
      ? readFileSync(FAULTS, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Found)
      : [];
    // The same element in several pictures is one fault.
    const rows = new Map<string, { n: number; first: Found }>();
    for (const f of found) {
      const key = `${f.what} ${f.element} ${f.what === "console" || f.what === "stranger" ? f.text : ""}`;
      const row = rows.get(key);
      if (row) row.n++;
      else rows.set(key, { n: 1, first: f });
    }
    console.log(`\n${pictures} pictures, ${found.length} faults of ${rows.size} sorts`);
    for (const { n, first: f } of rows.values())
      console.log(`  ${n}× ${f.what.padEnd(9)} ${f.picture}: “${f.text}” ${f.element} ${f.detail}`);
    if (found.length) throw new Error(`${found.length} faults in the pictures`);
  };
}
