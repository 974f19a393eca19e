/**
 * Builds what the wheel carries: the harness into testbed/devices/chromium/assets, and the SDK's files as npm publishes
 * them into testbed/segment/assets/analytics-next/VERSION. Both are git-ignored.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const testbed = join(here, "..", "..", "testbed");
const modules = join(here, "node_modules");

async function bundle(assets) {
  await build({
    entryPoints: ["harness", "consent"].map((name) => join(here, "src", `${name}.js`)),
    outdir: assets,
    bundle: true,
    format: "iife",
    target: "chrome120",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "inline",
    logLevel: "warning",
  });
}

/** Segment's own snippet, without its load() and page() calls: the page makes them. */
async function snippet(assets) {
  const render = require("@segment/snippet").min;
  await writeFile(join(assets, "snippet.js"), render({ apiKey: "__WRITE_KEY__", load: false, page: false }));
}

async function licences(assets) {
  for (const name of ["@segment/snippet", "@segment/analytics-consent-tools"]) {
    const text = await readFile(join(modules, name, "LICENSE"), "utf8");
    await writeFile(join(assets, `LICENSE.${name.split("/")[1]}`), text);
  }
}

async function sdk() {
  const from = join(modules, "@segment", "analytics-next");
  const { version } = JSON.parse(await readFile(join(from, "package.json"), "utf8"));
  const to = join(testbed, "segment", "assets", "analytics-next", version);
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  for (const file of await readdir(join(from, "dist", "umd"))) {
    if (!file.includes(".map")) await cp(join(from, "dist", "umd", file), join(to, file));
  }
  await cp(join(from, "LICENSE.MD"), join(to, "LICENSE"));
}

const assets = join(testbed, "devices", "chromium", "assets");
await rm(assets, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
await Promise.all([bundle(assets), snippet(assets), licences(assets), sdk()]);
