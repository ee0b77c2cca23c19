import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Builds the program as it is shipped, once for all tests. */
export default function build(): void {
  const bin = join(mkdtempSync(join(tmpdir(), "wall-bin-")), "wall");
  execFileSync("go", ["build", "-o", bin, "./cmd/wall"], { cwd: resolve(import.meta.dirname, "../.."), stdio: "inherit" });
  process.env["WALL_BIN"] = bin;
}
