/** Builds build/mixpanel.js, which plugin.toml names: what Segment's CDN would serve. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

await build({
  absWorkingDir: here,
  entryPoints: ["src/index.js"],
  outfile: join(here, "build", "mixpanel.js"),
  bundle: true,
  format: "iife",
  platform: "browser",
  target: "es2018",
  define: { global: "window" }, // @segment/fmt was written for bundlers that put Node's globals in
  minify: true,
  legalComments: "inline",
  logLevel: "warning",
});
