import { availableParallelism } from "node:os";
import { parseShard, shardSeeds } from "../../../sim/campaign/index.ts";
import type { CaseChoices, SeedRange, Shard } from "../../../sim/campaign/index.ts";
import { NAT_PROFILES } from "../../../sim/nat/index.ts";
import { LINK_PRESETS } from "../../../sim/network/link-presets.ts";
import type { LinkPresetName } from "../../../sim/network/link-presets.ts";
import { flag, integer, optionalParsed, optionalText, text } from "../option-spec.ts";
import type { OptionSpec, OptionTable, ValuesOf } from "../option-spec.ts";

const SEED_MAX = 2 ** 32;

interface DrawOptions extends OptionTable {
  readonly seed: OptionSpec<number | undefined>;
  readonly preset: OptionSpec<string | undefined>;
  readonly nat: OptionSpec<string | undefined>;
}

interface CampaignOptions extends DrawOptions {
  readonly seeds: OptionSpec<number | undefined>;
  readonly shard: OptionSpec<Shard | undefined>;
  readonly workers: OptionSpec<number>;
}

interface OutOptions extends OptionTable {
  readonly out: OptionSpec<string>;
  readonly shrink: OptionSpec<boolean>;
  readonly shrinkS: OptionSpec<number>;
}

/** Options that say which cases to draw. */
export const DRAW_OPTIONS: DrawOptions = {
  seed: optionalParsed({
    doc: "The first seed; without --seeds the only one. Default: 1",
    form: "number",
    env: "TAGWIRE_SIM_SEED",
    schema: { pattern: "^\\d{1,10}$" },
    remedy: "Give a whole number from 0 to 4294967295.",
    read: (given) => {
      if (Number(given) >= SEED_MAX) throw new Error("it is too large.");
      return Number(given);
    },
  }),
  preset: optionalText({
    doc: "Link of every home, in place of a drawn one",
    env: "TAGWIRE_SIM_PRESET",
    schema: { enum: Object.keys(LINK_PRESETS) },
    remedy: `Give one of: ${Object.keys(LINK_PRESETS).join(", ")}.`,
  }),
  nat: optionalText({
    doc: "NAT profile of every home, in place of a drawn one",
    env: "TAGWIRE_SIM_NAT",
    schema: { enum: NAT_PROFILES.map(({ name }) => name) },
    remedy: `Give one of: ${NAT_PROFILES.map(({ name }) => name).join(", ")}.`,
  }),
};

/** Options that say how much to run, and on what. */
export const CAMPAIGN_OPTIONS: CampaignOptions = {
  ...DRAW_OPTIONS,
  seeds: optionalParsed({
    doc: "How many seeds of each scenario. Default: 1 with --seed, else 100",
    form: "number",
    env: "TAGWIRE_SIM_SEEDS",
    schema: { pattern: "^[1-9]\\d{0,7}$" },
    remedy: "Give a whole number from 1 to 99999999.",
    read: Number,
  }),
  shard: optionalParsed({
    doc: "Only this machine's part of the seeds, like 2/8",
    form: "i/n",
    env: "TAGWIRE_SIM_SHARD",
    remedy: "Give the number of this shard and how many there are, like 2/8.",
    read: (given): Shard => {
      const shard = parseShard(given);
      if (shard === undefined) throw new Error("it is no shard.");
      return shard;
    },
  }),
  workers: integer({
    doc: "Threads; 0 runs in the process's own, for a debugger",
    fallback: availableParallelism(),
    env: "TAGWIRE_SIM_WORKERS",
    min: 0,
    max: 1024,
  }),
};

/** Where the files of failures go. */
export const OUT_OPTIONS: OutOptions = {
  out: text({
    doc: "Folder for what is written of failures",
    fallback: "sim-failures",
    env: "TAGWIRE_SIM_OUT",
  }),
  shrink: flag({
    doc: "Search the smallest case that fails in the same way; --no-shrink does not",
    fallback: true,
    env: "TAGWIRE_SIM_SHRINK",
  }),
  shrinkS: integer({
    doc: "Seconds that the search for a smaller case may take, of each failure",
    fallback: 60,
    env: "TAGWIRE_SIM_SHRINK_S",
    min: 1,
    max: 86_400,
  }),
};

const SEEDS_DEFAULT = 100;

/** The seeds that options ask for, of a shard only its own. */
export function seedsAsked(values: ValuesOf<CampaignOptions>): SeedRange {
  const { seed, seeds, shard } = values;
  const count = seeds ?? (seed === undefined ? SEEDS_DEFAULT : 1);
  const all = { first: seed ?? 1, count, step: 1 };
  return shard === undefined ? all : shardSeeds(all, shard);
}

/** What options fix of the cases. */
export function choicesAsked({ preset, nat }: ValuesOf<DrawOptions>): CaseChoices {
  return {
    // The option's schema has let nothing else through.
    ...(preset === undefined ? {} : { preset: preset as LinkPresetName }),
    ...(nat === undefined ? {} : { nat }),
  };
}
