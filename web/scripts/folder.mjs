import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The folder that `vite build` writes to; vite.config.ts says the same. */
export const buildFolder = resolve(web, process.env.WEB_OUT ?? "../src/doujia/server/static/web");
