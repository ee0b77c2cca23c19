import { defineConfig } from "@playwright/test";
import { chromium } from "./e2e/chromium";

/** `make pictures`: every face and state, at every size, into pictures/, each checked by computation. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "*.pictures.ts",
  globalSetup: ["./e2e/build.ts", "./e2e/album.ts"],
  outputDir: "pictures/failed",
  workers: 1,
  timeout: 600_000,
  expect: { timeout: 10_000 },
  reporter: [["list", { printSteps: true }]],
  use: { ...chromium, actionTimeout: 10_000 },
});
