import { defineConfig } from "@playwright/test";
import { chromium } from "./e2e/chromium";

/** The browser tests: real hubs, real pages, one Chromium. Two cores: one worker. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  globalSetup: "./e2e/build.ts",
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: { ...chromium, actionTimeout: 10_000 }, // what happened before a failure is shown with --trace on
});
