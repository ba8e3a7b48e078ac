// One script, one style sheet, the fonts and everyone's licence: fixed names and no dates, so that the committed bundle
// changes only when its sources do.
import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vite";

/** KaTeX lists each font as woff2, woff and ttf; every browser that runs this bundle reads the first. */
const woff2Only = {
  name: "woff2-only",
  enforce: "pre",
  transform(code, id) {
    if (!id.includes("/katex/dist/") || !id.endsWith(".css")) return null;
    return code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, "");
  },
};

/** The licences ask to travel with the code: every package of which something is in the bundle. */
const licences = {
  name: "licences",
  generateBundle() {
    const used = [...this.getModuleIds()].flatMap((id) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id) ?? []);
    const packages = new Set(used.filter((part) => !part.startsWith("/")));
    for (const line of readFileSync("src/style/fonts.css", "utf8").matchAll(/url\("((?:@[^/]+\/)?[^/]+)\//g)) packages.add(line[1]);
    const texts = [...packages].sort().map((name) => {
      const folder = `node_modules/${name}`;
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      if (!file) this.error(`${name} has no licence file`);
      return `${name}\n${"=".repeat(name.length)}\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
    });
    this.emitFile({ type: "asset", fileName: "LICENCES.txt", source: texts.join("\n\n") });
  },
};

export default defineConfig({
  plugins: [woff2Only, licences],
  base: "./",
  build: {
    outDir: "../src/groundup/studio/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    target: "es2022",
    modulePreload: false,
    chunkSizeWarningLimit: 1000, // KaTeX and CodeMirror; one file, read once from this machine
    rolldownOptions: {
      input: "src/main.ts",
      output: {
        entryFileNames: "studio.js",
        codeSplitting: false,
        assetFileNames: (asset) => (asset.names[0]?.endsWith(".css") ? "studio.css" : "fonts/[name][extname]"),
      },
    },
  },
});
