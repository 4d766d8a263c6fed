// Puts a .br and a .gz beside every text file of the build, so that the server never compresses on the fly.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { buildFolder } from "./folder.mjs";

const TEXT = new Set([".js", ".css", ".html", ".svg", ".json"]);
const SMALLEST = 512;

for (const entry of readdirSync(buildFolder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !TEXT.has(extname(entry.name))) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const data = readFileSync(path);
  if (data.length < SMALLEST) continue;
  const options = {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length },
  };
  writeFileSync(`${path}.br`, brotliCompressSync(data, options));
  writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
}
