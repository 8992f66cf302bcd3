import type { Argv, Options } from "yargs";
import { OperatorError } from "../core/index.ts";
import { createLog } from "../io/log.ts";
import type { Log, LogOptions } from "../io/log.ts";
import { LogRing } from "../io/log-ring.ts";
import type { CommandTitle } from "./command-titles.ts";
import { ConfigError } from "./config-error.ts";
import { resolveConfig } from "./config.ts";
import type { ExitCode } from "./exit-code.ts";
import { EXIT, EXIT_HELP } from "./exit-code.ts";
import { envName, flagName } from "./option-names.ts";
import type { OptionSpec, OptionTable, ValuesOf } from "./option-spec.ts";
import { flag, optionalText, text } from "./option-spec.ts";
import { shortPath } from "./state-folder.ts";
import type { Terminal } from "./terminal.ts";

/** An argument without a dash. */
export interface Positional {
  readonly doc: string;
  /** True if the command cannot do without it. */
  readonly required: boolean;
  /** The only values that it may have. */
  readonly choices?: readonly string[];
  /** True if it takes all that follows: they are the run's `rest`. At most one, the last. */
  readonly many?: true;
}

/** What a command is run with. */
export interface CommandRun<Table extends OptionTable> {
  readonly values: ValuesOf<Table>;
  /** Positional arguments by name; those left out are missing. */
  readonly positionals: Readonly<Record<string, string>>;
  /** Those of the positional that takes many, in order. */
  readonly rest: readonly string[];
  readonly terminal: Terminal;
  /** Gives a result: `value` as one line of JSON for tools, else the text for people. */
  readonly write: (value: object, text: string) => void;
  /** Gives people a message that is no result, on standard error. */
  readonly tell: (text: string) => void;
  /** True if results are JSON. */
  readonly json: boolean;
  readonly log: Log;
  /** The last lines of the log. */
  readonly logRing: LogRing;
}

/** What a command is, takes and does. */
interface CommandDefinition<Table extends OptionTable> extends CommandTitle {
  readonly positionals?: Readonly<Record<string, Positional>>;
  readonly options: Table;
  /** True if it logs only warnings and errors unless it is asked for more. Default false. */
  readonly isQuiet?: boolean;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, doc: string])[];
  /** @throws {ConfigError | OperatorError} which are told without a stack trace. */
  run(run: CommandRun<Table>): Promise<ExitCode>;
}

/** Options that every command has. */
const EVERYWHERE = {
  json: flag({ doc: "Results as JSON on standard output", fallback: false, env: "TAGWIRE_JSON" }),
  logLevel: text({
    doc: "Least level that is logged, on standard error",
    fallback: "info",
    schema: { enum: ["debug", "info", "warn", "error", "fatal", "silent"] },
    remedy: "Give debug, info, warn, error, fatal or silent.",
  }),
  logFormat: optionalText({
    doc: "text for people, json for machines; default: text on a terminal",
    schema: { enum: ["text", "json"] },
    remedy: "Give text or json.",
  }),
} satisfies OptionTable;

/** The options of a command with those that every command has. */
function allOptions<Table extends OptionTable>({
  isQuiet = false,
  options,
}: CommandDefinition<Table>): Table & typeof EVERYWHERE {
  const logLevel = { ...EVERYWHERE.logLevel, ...(isQuiet ? { fallback: "warn" } : {}) };
  return { ...options, ...EVERYWHERE, logLevel };
}

/** A command without its title, which says how to load it. */
export interface Command {
  /** Commands below it, as `tagwire sim run`; it then does nothing by itself. */
  readonly subcommands?: readonly CommandEntry[];
  /** Names of its options on the command line, without dashes. */
  readonly flags: readonly string[];
  /** Adds its positionals, options and help, or its subcommands, which end the invocation. */
  build(yargs: Argv, invocation: Invocation): Argv;
  /** Does it with what yargs read of the command line. */
  run(argv: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<ExitCode>;
}

/** A command that is loaded when it is called. */
export interface CommandEntry extends CommandTitle {
  readonly load: () => Promise<Command>;
}

/** One run of `tagwire`. */
export interface Invocation {
  readonly terminal: Terminal;
  /** Takes the exit code of the command. */
  readonly end: (code: ExitCode) => void;
}

/** Makes a command of its definition. */
export function defineCommand<Table extends OptionTable>(
  definition: CommandDefinition<Table>,
): Command {
  return {
    flags: [...Object.keys(allOptions(definition)).map(flagName), "config", "help"],
    build: (yargs) => build(yargs, definition),
    run: (argv, terminal) => runCommand(definition, argv, terminal),
  };
}

function build<Table extends OptionTable>(yargs: Argv, definition: CommandDefinition<Table>): Argv {
  const { positionals = {}, examples } = definition;
  for (const [name, { doc, choices }] of Object.entries(positionals)) {
    yargs.positional(name, {
      describe: doc,
      type: "string",
      ...(choices === undefined ? {} : { choices }),
    });
  }
  for (const [name, spec] of Object.entries(allOptions(definition))) {
    yargs.option(flagName(name), yargsOption(name, spec));
  }
  yargs.option("config", {
    type: "string",
    requiresArg: true,
    describe: "JSON file with these options by their names in camel case [TAGWIRE_CONFIG]",
  });
  for (const [line, doc] of examples) yargs.example(line, doc);
  return yargs.epilogue(
    `What stands in [brackets] is set by the environment too. The command line comes before the environment, that before --config, that before the default.\n${EXIT_HELP}`,
  );
}

function yargsOption(name: string, spec: OptionSpec<unknown>): Options {
  const { kind, doc, fallback, form, required } = spec;
  const variable = envName(name, spec);
  const describe = [
    doc,
    ...(form === undefined ? [] : [`(${form})`]),
    ...(required ? ["(needed)"] : []),
    ...(variable === undefined ? [] : [`[${variable}]`]),
  ].join(" ");
  // No `default`: what was not given must be told apart from what was given.
  return {
    describe,
    ...(fallback === undefined || fallback === false
      ? {}
      : { defaultDescription: shortPath(String(fallback)) }),
    ...(kind === "flag" ? { type: "boolean" } : { type: "string", requiresArg: true }),
    ...(kind === "texts" ? { array: true } : {}),
  };
}

async function runCommand<Table extends OptionTable>(
  definition: CommandDefinition<Table>,
  argv: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { env, out, err } = terminal;
  const isJson = argv["json"] === true || env["TAGWIRE_JSON"] === "1";
  try {
    const sources = { flags: argv, env, configPath: configPathOf(argv, env) };
    const resolved = resolveConfig(allOptions(definition), sources);
    const { json, logLevel, logFormat } = resolved as ValuesOf<typeof EVERYWHERE>;
    const ring = new LogRing();
    return await definition.run({
      values: only(definition.options, resolved) as ValuesOf<Table>,
      ...positionalsOf(definition.positionals ?? {}, argv),
      terminal,
      json,
      write: (value, text) => {
        out.write(`${json ? JSON.stringify(value) : text}\n`);
      },
      tell: (text) => {
        err.write(`tagwire: ${text}\n`);
      },
      log: createLog({
        output: err,
        part: definition.command.split(" ", 1)[0] ?? "",
        ring,
        ...logOptions(logLevel, logFormat),
      }),
      logRing: ring,
    });
  } catch (error) {
    return report(error, isJson, terminal);
  }
}

/** Those that take many are lists in what yargs read. */
function positionalsOf(
  positionals: Readonly<Record<string, Positional>>,
  argv: Readonly<Record<string, unknown>>,
): Pick<CommandRun<OptionTable>, "positionals" | "rest"> {
  const given = Object.entries(only(positionals, argv));
  const isList = ([name]: readonly [string, unknown]): boolean => positionals[name]?.many === true;
  const single = given.filter((entry) => !isList(entry)) as [string, string][];
  const rest = given.filter(isList).flatMap(([, value]) => value as readonly string[]);
  return { positionals: Object.fromEntries(single), rest };
}

/** The members of `values` that `names` has too and that are there. */
function only(names: object, values: object): Readonly<Record<string, unknown>> {
  const kept = Object.entries(values).filter(
    ([name, value]) => Object.hasOwn(names, name) && value !== undefined,
  );
  return Object.fromEntries(kept);
}

// The options' schemas have refused all other texts.
function logOptions(
  level: string,
  format: string | undefined,
): Pick<LogOptions, "level" | "format"> {
  const known = { level, ...(format === undefined ? {} : { format }) };
  return known as Pick<LogOptions, "level" | "format">;
}

function configPathOf(
  argv: Readonly<Record<string, unknown>>,
  env: Terminal["env"],
): string | undefined {
  const given = argv["config"] ?? env["TAGWIRE_CONFIG"];
  return typeof given === "string" && given !== "" ? given : undefined;
}

/** Tells what went wrong on standard error (and, for tools, as JSON on standard output); other errors are bugs and go on. */
function report(error: unknown, json: boolean, { out, err }: Terminal): ExitCode {
  const faults =
    error instanceof ConfigError
      ? error.faults
      : error instanceof OperatorError
        ? [error]
        : undefined;
  if (faults === undefined) throw error;
  for (const { message } of faults) err.write(`tagwire: ${message}\n`);
  if (json) {
    const errors = faults.map(({ place, remedy, message }) => ({ place, message, remedy }));
    out.write(`${JSON.stringify({ ok: false, errors })}\n`);
  }
  if (error instanceof ConfigError) return EXIT.usage;
  return error instanceof FailedError ? error.exitCode : EXIT.failed;
}

/** An operation that failed for a reason that has an exit code of its own. */
export class FailedError extends OperatorError {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, options: ConstructorParameters<typeof OperatorError>[0]) {
    super(options);
    this.exitCode = exitCode;
  }
}
