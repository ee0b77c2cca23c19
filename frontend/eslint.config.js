import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";
import config from "./svelte.config.js";

// A face never imports a face; client/ imports nothing above it; ui/ imports neither socket nor LiveWall.
const faces = ["phone", "projector", "desk", "door"];
const borders = (files, patterns, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ group: patterns, message }] }] },
});

export default ts.config(
  { ignores: ["dist", "node_modules", "test-results", "pictures"] },
  ts.configs.recommended,
  svelte.configs.recommended,
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig: config, extraFileExtensions: [".svelte"] } },
  },
  {
    rules: {
      "no-undef": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "svelte/require-each-key": "error",
      "svelte/no-at-html-tags": "error",
    },
  },
  borders(["src/client/**"], ["../ui/*", ...faces.map((f) => `../${f}/*`)], "client/ imports nothing above it"),
  borders(
    ["src/ui/**"],
    ["**/client/socket", "**/client/live.svelte", ...faces.map((f) => `../${f}/*`)],
    "ui/ takes props and gives callbacks",
  ),
  ...faces.map((face) =>
    borders(
      [`src/${face}/**`],
      faces.filter((f) => f !== face).map((f) => `**/${f}/*`),
      "a face never imports a face",
    ),
  ),
);
