/**
 * Loaded before an oracle (`--import`): the file that TAGWIRE_PLANTED names holds, as JSON, texts by
 * paths relative to the repository; those files read so, and a mutant needs no copy of the tree.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

const sources = JSON.parse(readFileSync(process.env["TAGWIRE_PLANTED"] ?? "", "utf8")) as Readonly<
  Record<string, string>
>;
const planted = new Map<string, string>();
for (const [path, text] of Object.entries(sources)) {
  planted.set(new URL(`../../${path}`, import.meta.url).href, text);
}

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    const source = planted.get(url);
    return source === undefined ? loaded : { ...loaded, source };
  },
});
