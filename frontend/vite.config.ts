import { svelte } from "@sveltejs/vite-plugin-svelte";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Pages small enough to come in one request: on bad Wi-Fi the number of requests decides. */
const INLINED = ["phone.html", "door.html"];
/** What such a page may weigh on its way, compressed: about a second of bad Wi-Fi. */
const HEAVIEST = 60_000;

/**
 * Puts a page's script and style into the page itself. The server hashes what
 * it finds there for the Content-Security-Policy.
 */
function inline(): Plugin {
  return {
    name: "inline",
    enforce: "post",
    generateBundle(_, bundle) {
      for (const name of INLINED) {
        const page = bundle[name];
        if (page?.type !== "asset") continue;
        let html = String(page.source);
        html = html.replace(/<link rel="stylesheet"[^>]*href="\/([^"]+)"[^>]*>/g, (tag, file: string) => {
          const css = bundle[file];
          if (css?.type === "asset") delete bundle[file];
          return css?.type === "asset" ? `<style>${String(css.source).trim()}</style>` : tag;
        });
        const scripts: string[] = [];
        html = html.replace(/<link rel="modulepreload"[^>]*>\s*/g, "");
        html = html.replace(/\s*<script type="module"[^>]*src="\/([^"]+)"[^>]*><\/script>/g, (tag, file: string) => {
          const js = bundle[file];
          if (js?.type !== "chunk") return tag;
          if (js.imports.length > 0)
            this.error(`${name}: ${file} imports ${js.imports.join(", ")}; an inlined page is one chunk`);
          delete bundle[file];
          scripts.push(`<script type="module">${js.code.trim().replaceAll("</script", "<\\/script")}</script>`);
          return "";
        });
        html = html.replace("</body>", () => `${scripts.join("")}</body>`);
        page.source = html;
        const weight = gzipSync(html).length;
        if (weight > HEAVIEST) this.error(`${name} weighs ${weight} bytes compressed; at most ${HEAVIEST}`);
      }
    },
  };
}

/** Lays twins beside what is text, packed as well as can be: it is done once, and a phone waits each time. Over plain HTTP browsers take gzip alone. */
function pack(): Plugin {
  return {
    name: "pack",
    writeBundle({ dir }, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        if (!/\.(html|js|css)$/.test(name)) continue;
        const text = file.type === "chunk" ? file.code : file.source;
        writeFileSync(resolve(dir!, `${name}.br`), brotliCompressSync(text));
        writeFileSync(resolve(dir!, `${name}.gz`), gzipSync(text, { level: 9 }));
      }
    },
  };
}

/** The pages this run builds: an inlined page must not share chunks, so `npm run build` builds each by itself. */
const pages = (process.env["PAGES"] ?? "phone,door,projector,desk").split(",");

export default defineConfig({
  plugins: [svelte(), inline(), pack()],
  base: "/",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    emptyOutDir: pages.includes("phone"),
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: Object.fromEntries(pages.map((f) => [f, resolve(import.meta.dirname, `${f}.html`)])),
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
