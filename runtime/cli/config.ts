import { Ajv2020 } from "ajv/dist/2020.js";
import { OperatorError } from "../core/index.ts";
import { ConfigError } from "./config-error.ts";
import { optionSchema, readConfigFile } from "./config-file.ts";
import { envName, flagName } from "./option-names.ts";
import type { OptionSpec, OptionTable, ValuesOf } from "./option-spec.ts";

/** Where the values of a command's options come from; the first that has one wins. */
export interface ConfigSources {
  /** What the command line has, by option name; undefined for what it does not have. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the configuration file, or undefined for none. */
  readonly configPath: string | undefined;
}

/** A value with the name of its place, for messages. */
interface Found {
  readonly value: unknown;
  readonly place: string;
}

/**
 * The values of a command's options: command line over environment over configuration file over default.
 *
 * @throws {ConfigError} with every fault, each naming its place and remedy.
 */
export function resolveConfig<Table extends OptionTable>(
  table: Table,
  sources: ConfigSources,
): ValuesOf<Table> {
  const { configPath } = sources;
  const file = configPath === undefined ? {} : readConfigFile(configPath, table);
  const faults: OperatorError[] = [];
  const values = Object.entries(table).map(([name, spec]) => {
    const found = find(name, spec, sources, file);
    try {
      return [name, valueOf(name, spec, found)];
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      faults.push(error);
      return [name, undefined];
    }
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.fromEntries(values) as ValuesOf<Table>;
}

function find(
  name: string,
  spec: OptionSpec<unknown>,
  { flags, env, configPath }: ConfigSources,
  file: Readonly<Record<string, unknown>>,
): Found | undefined {
  const flag = flags[name];
  if (flag !== undefined) return { value: typed(spec, flag), place: `--${flagName(name)}` };
  const variable = envName(name, spec);
  const set = variable === undefined ? undefined : env[variable];
  // An empty variable is how shells and unit files say "not set".
  if (set !== undefined && set !== "") return { value: typed(spec, set), place: variable ?? "" };
  if (Object.hasOwn(file, name))
    return { value: file[name], place: `${configPath ?? ""}#/${name}` };
  return undefined;
}

/** What a text of the command line or the environment means for an option; a text that means nothing stays. */
function typed({ kind }: OptionSpec<unknown>, value: unknown): unknown {
  if (kind === "texts") return Array.isArray(value) ? value : String(value).split(/[\s,]+/);
  if (typeof value !== "string") return value;
  if (kind === "integer") return /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (kind === "flag") return FLAGS[value.toLowerCase()] ?? value;
  return value;
}

const FLAGS: Readonly<Record<string, boolean>> = {
  "1": true,
  true: true,
  yes: true,
  on: true,
  "0": false,
  false: false,
  no: false,
  off: false,
};

function valueOf(name: string, spec: OptionSpec<unknown>, found: Found | undefined): unknown {
  const { fallback, required, read, remedy } = spec;
  const place = found?.place ?? `--${flagName(name)}`;
  if (found === undefined && required) {
    const variable = envName(name, spec);
    throw new OperatorError({
      place,
      problem: "it is needed and was not given.",
      remedy: `Give it${variable === undefined ? "" : `, or set ${variable}, or "${name}" in a --config file`}.`,
    });
  }
  if (found !== undefined) check(spec, found);
  try {
    return read((found === undefined ? fallback : found.value) as never);
  } catch (error) {
    if (error instanceof OperatorError || !(error instanceof Error)) throw error;
    throw new OperatorError({
      place,
      problem: error.message,
      remedy: remedy ?? "Change it.",
      cause: error,
    });
  }
}

function check(spec: OptionSpec<unknown>, { value, place }: Found): void {
  if (Array.isArray(value) && spec.kind !== "texts") {
    throw new OperatorError({
      place,
      problem: "it was given more than once.",
      remedy: "Give it once.",
    });
  }
  const validate = new Ajv2020({ strict: false }).compile(optionSchema(spec));
  if (validate(value)) return;
  throw new OperatorError({
    place,
    problem: `it ${validate.errors?.[0]?.message ?? "does not fit"}.`,
    remedy: spec.remedy ?? `Give ${spec.form ?? "another value"}.`,
  });
}
