import fc from "fast-check";

/*
 * The seed of all properties of a run, so that the same commit gives the same result everywhere. Another
 * seed is given by the environment variable TAGWIRE_SEED, an integer; `random` takes a new one for each
 * property, which fast-check names when it fails.
 */
const DEFAULT_SEED = 20_261_121;

const given = process.env["TAGWIRE_SEED"] ?? String(DEFAULT_SEED);
if (given !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(given) });
