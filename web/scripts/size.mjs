// Measures the worker's first load from the build: every file that the shell and the workbench need before the
// first picture, as sent (brotli). Fails when it is over the budget of docs: 260 kB of JS + CSS, 8 requests.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { buildFolder } from "./folder.mjs";

const BUDGET_BYTES = 260_000;
const BUDGET_REQUESTS = 8;
/** Asked for before the first picture: the next tasks and the set-up of their project. Who I am stands in the page. */
const API_REQUESTS = ["POST /work/next", "GET /work/projects/{id}/setup"];
/** Not in Chrome 109; a library that calls one of these would stop the page there. */
const TOO_NEW = [".toSorted(", ".toSpliced(", ".toReversed(", ".withResolvers(", "Object.groupBy(", "Map.groupBy(",
  "AbortSignal.any(", "URL.canParse(", "URL.parse(", "Array.fromAsync(", "Promise.try(", "Iterator.from("];

const manifest = JSON.parse(readFileSync(join(buildFolder, ".vite", "manifest.json"), "utf8"));

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the build`);
  seen.add(key);
  for (const dependency of chunk.imports ?? []) closure(dependency, seen);
  return seen;
}

const chunks = new Set([...closure("index.html"), ...closure("src/workbench/WorkbenchPage.tsx")]);
const files = new Set();
for (const key of chunks) {
  files.add(manifest[key].file);
  for (const css of manifest[key].css ?? []) files.add(css);
}

const wire = (file) => {
  try {
    return statSync(join(buildFolder, `${file}.br`)).size;
  } catch {
    return statSync(join(buildFolder, file)).size;
  }
};

let total = 0;
const rows = [...files].map((file) => ({ file, bytes: wire(file) })).sort((a, b) => b.bytes - a.bytes);
for (const { file, bytes } of rows) {
  total += bytes;
  console.log(`${String(bytes).padStart(8)}  ${file}`);
}
const requests = 1 + files.size + API_REQUESTS.length;
console.log(`${String(total).padStart(8)}  JS + CSS on the wire (brotli), budget ${BUDGET_BYTES}`);
console.log(`${String(requests).padStart(8)}  requests before the first picture (page, files, ${API_REQUESTS.join(", ")}), budget ${BUDGET_REQUESTS}`);

const newer = [];
for (const file of new Set(Object.values(manifest).map((chunk) => chunk.file))) {
  if (!file.endsWith(".js")) continue;
  const code = readFileSync(join(buildFolder, file), "utf8");
  for (const call of TOO_NEW) if (code.includes(call)) newer.push(`${file}: ${call}`);
}
if (newer.length) console.error(`Calls that Chrome 109 does not know:\n  ${newer.join("\n  ")}`);

if (total > BUDGET_BYTES || requests > BUDGET_REQUESTS) {
  console.error("Over budget.");
  process.exit(1);
}
