/**
 * Builds what plugin.toml names, all from npm packages as they are published:
 * build/braze.js, the destination as Segment's CDN would serve it, and build/web-sdk/, the SDKs that it loads from
 * Braze's CDN. npm has version 3 of the SDK as one file, and version 4 as modules, of which this makes one file.
 */
import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "build");

async function bundle(entry, file, globalName) {
  await build({
    entryPoints: [entry],
    outfile: join(out, file),
    absWorkingDir: here,
    bundle: true,
    format: "iife",
    globalName,
    platform: "browser",
    target: "chrome120",
    minify: true,
    legalComments: "inline",
    logLevel: "warning",
  });
}

await rm(out, { recursive: true, force: true });
await mkdir(join(out, "web-sdk", "3.5"), { recursive: true });
await Promise.all([
  bundle("src/index.js", "braze.js"),
  bundle("@braze/web-sdk", "web-sdk/4.6/braze.no-module.min.js", "braze"),
  copyFile(
    join(here, "node_modules", "@braze", "web-sdk-v3", "appboy.min.js"),
    join(out, "web-sdk", "3.5", "appboy.no-amd.min.js"),
  ),
]);
