/**
 * Builds what the plugin carries into build/, which is git-ignored: the integration as npm publishes it, and beside it
 * the vendor's library that it asks Amplitude's CDN for.
 */
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const out = join(here, "build");

/** The one release that the integration's script tag names: cdn.amplitude.com/libs/amplitude-VERSION-min.gz.js. */
async function library() {
  const integration = await readFile(join(modules, "@segment/analytics.js-integration-amplitude/lib/index.js"), "utf8");
  const wanted = /cdn\.amplitude\.com\/libs\/amplitude-([\d.]+)-min\.gz\.js/.exec(integration)?.[1];
  const { version } = JSON.parse(await readFile(join(modules, "amplitude-js/package.json"), "utf8"));
  if (wanted !== version) throw new Error(`the integration loads amplitude-js ${wanted}; package.json has ${version}`);
  await cp(join(modules, "amplitude-js/amplitude.js"), join(out, `amplitude-${version}.js`));
}

async function bundle() {
  await build({
    entryPoints: [join(here, "src/index.js")],
    outfile: join(out, "amplitude.js"),
    bundle: true,
    format: "iife",
    define: { global: "window" }, // @segment/fmt was written for bundlers that put Node's globals in
    target: "chrome120",
    legalComments: "inline",
    logLevel: "warning",
  });
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await Promise.all([library(), bundle()]);
