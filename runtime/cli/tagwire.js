#!/usr/bin/env node
/*
 * The command `tagwire`. In a checkout it runs the TypeScript source as it is; the published package
 * has only what was compiled from it. This file is JavaScript because Node does not strip types below
 * node_modules.
 */
import { existsSync } from "node:fs";
import module from "node:module";
import process from "node:process";

const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `tagwire needs Node ${NODE_MAJOR_MIN} or later, and this is ${process.versions.node}.\n` +
      "Install a newer one, or `npm install --save-dev node@26` and run tagwire by an npm script.\n",
  );
  process.exit(2);
}

// Nodes that are too old have no such function, and are told so above: it must not be imported by name.
// A command spends most of its start on compiling what it imports, and that is the same every time.
module.enableCompileCache();

const source = new URL("main.ts", import.meta.url);
const compiled = new URL("../../dist/runtime/cli/main.js", import.meta.url);
const { tagwire } = await import((existsSync(source) ? source : compiled).href);
process.exitCode = await tagwire(process.argv.slice(2));
