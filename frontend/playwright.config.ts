import { defineConfig } from "@playwright/test";
import { chromium } from "./e2e/chromium";

/**
 * The browser tests: real hubs, real pages, one Chromium. Two cores: one worker.
 * Whoever waits does so for long: another machine is slow, or does other things.
 */
export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  globalSetup: "./e2e/build.ts",
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: { ...chromium, actionTimeout: 20_000 }, // what happened before a failure is shown with --trace on
});
