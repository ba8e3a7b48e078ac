// One script, one style sheet, the fonts: fixed names, so that the committed bundle changes only when its sources do.
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

export default defineConfig({
  plugins: [woff2Only],
  base: "./",
  build: {
    outDir: "../src/groundup/studio/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    target: "es2022",
    modulePreload: false,
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
