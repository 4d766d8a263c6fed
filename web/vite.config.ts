import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where the build goes: into the server's static files, so that the wheel and Django find it. */
const outDir = process.env.WEB_OUT ?? "../src/doujia/server/static/web";
const server = process.env.DOUJIA_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig(({ command }) => ({
  plugins: [react()],
  // Django serves the files under /static/web/ and index.html for every page address.
  base: command === "build" ? "/static/web/" : "/",
  build: {
    outDir,
    emptyOutDir: true,
    manifest: true,
    target: "chrome109",
    cssTarget: "chrome109",
    modulePreload: { polyfill: false },
    // A file of its own is a request of its own; on a line with 200 ms each one is felt.
    assetsInlineLimit: 4096,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        // Many small shared files would each cost the worker a round trip: one for what every page needs, one for
        // the icons and key names that the bench shares with other pages. The rest is split as it comes.
        codeSplitting: {
          groups: [
            { name: "app", tags: ["$initial"], priority: 2 },
            { name: "small", test: /@tabler[\\/]icons-react|workbench[\\/]core[\\/]keys|rolldown[\\/]runtime/, priority: 1, includeDependenciesRecursively: false },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": server, "/media": server } },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
}));
