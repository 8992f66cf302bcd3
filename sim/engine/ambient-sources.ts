import childProcess from "node:child_process";
import crypto from "node:crypto";
import dgram from "node:dgram";
import dns from "node:dns";
import fs from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import os from "node:os";
import process from "node:process";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import tls from "node:tls";
import workerThreads from "node:worker_threads";
import zlib from "node:zlib";

/** A property through which code gets at something that differs from run to run, or happens outside the run. */
export interface AmbientSource {
  readonly owner: object;
  readonly name: string | symbol;
  /** What reports call it: `Date.now`. */
  readonly source: string;
  /** What to use instead. */
  readonly alternative: string;
  /** Whether a call is the same in each run. Default: none is. */
  readonly isHarmless?: (parameters: readonly unknown[]) => boolean;
}

type Rule = Pick<AmbientSource, "alternative" | "isHarmless">;

const TIME: Rule = { alternative: "the simulation's time (Simulation.nowUs)" };
const TIMER: Rule = { alternative: "Simulation.schedule" };
/** Ends what only the host that began it knows; of the machine's timers there are none to end. */
const CLEARING: Rule = { ...TIMER, isHarmless: () => true };
const RANDOM: Rule = { alternative: "a stream of Simulation.random" };
const SECRETS: Rule = { alternative: "the injected crypto over a stream of Simulation.random" };
const NETWORK: Rule = { alternative: "the simulated network" };
const FILES: Rule = { alternative: "the simulated disk, or what was read before the run" };
const MACHINE: Rule = { alternative: "an option given before the run" };
const GARBAGE: Rule = { alternative: "an explicit release: collection happens at any time" };
const THREAD: Rule = { alternative: "a handler of the simulation: threads answer at any time" };
const ZONE: Rule = { alternative: "the UTC members of Date: the time zone is the machine's" };
const SYNCHRONOUS: Rule = {
  ...THREAD,
  isHarmless: (parameters) => typeof parameters.at(-1) !== "function",
};
/** Dates as text that are read alike everywhere: ISO 8601 without a time of day, or with a zone or an offset behind it. */
const ZONED =
  /^(?:[+-]\d{6}|\d{4})(?:-\d{2}){0,2}$|\d:\d{2}(?:\.\d+)?\s*(?:Z|[+-]\d{2}:?\d{2})$|(?:UTC|GMT)(?:[+-]\d{4})?(?:\s*\(.*\))?$/iu;
const LOCALE = "a comparison by code units, or an explicit locale";
/** Taken when this file loads, for it is trapped. */
const parseDate = Date.parse;
/** Functions of `node:crypto` that draw random bytes, by how their names begin. */
const DRAWING = /^(random|generate|publicEnc|encapsulate|pseudoRandom)/u;
/** Functions of `node:zlib` whose results come from a thread, and not through a callback. */
const STREAMING = /^(create|zip)(?!.*Sync$)/u;

/** Everything that is trapped while a simulation runs. `queueMicrotask` and `process.nextTick` are drained instead. */
export function ambientSources(): readonly AmbientSource[] {
  return [...timeSources(), ...randomSources(), ...outsideSources(), ...localeSources()];
}

function timeSources(): readonly AmbientSource[] {
  const set = ["setTimeout", "setInterval", "setImmediate"];
  const clear = ["clearTimeout", "clearInterval", "clearImmediate"];
  const local = ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"];
  const scheduler = Object.getPrototypeOf(timersPromises.scheduler) as object;
  const written = ["toString", "toDateString", "toTimeString", "getTimezoneOffset"];
  const performanceMembers = ["now", "timeOrigin", "mark", "measure", "timerify", "toJSON"];
  return [
    named(globalThis, "", ["Date"], { ...TIME, isHarmless: isGivenInstant }),
    named(Date, "Date.", ["now"], TIME),
    named(Date, "Date.", ["parse"], { ...ZONE, isHarmless: isGivenInstant }),
    ...temporalNow().map((now) => named(now, "Temporal.Now.", functionsOf(now), TIME)),
    named(Date.prototype, "Date.prototype.", written, ZONE),
    named(Date.prototype, "Date.prototype.", accessorsOf(local), ZONE),
    named(Performance.prototype, "performance.", performanceMembers, TIME),
    named(Performance.prototype, "performance.", ["eventLoopUtilization", "nodeTiming"], TIME),
    named(process, "process.", ["hrtime", "uptime", "cpuUsage", "threadCpuUsage"], TIME),
    named(process.hrtime, "process.hrtime.", ["bigint"], TIME),
    named(globalThis, "", set, TIMER),
    named(timers, "timers.", set, TIMER),
    named(globalThis, "", clear, CLEARING),
    named(timers, "timers.", clear, CLEARING),
    named(timersPromises, "timers/promises ", set, TIMER),
    named(scheduler, "scheduler.", ["wait", "yield"], TIMER),
    named(AbortSignal, "AbortSignal.", ["timeout"], TIMER),
    named(Atomics, "Atomics.", ["wait", "waitAsync"], TIMER),
  ].flat();
}

function randomSources(): readonly AmbientSource[] {
  const drawing = functionsOf(crypto).filter((name) => DRAWING.test(name));
  const pooled = ["scrypt", "pbkdf2", "hkdf", "argon2", "checkPrime", "sign", "verify"];
  return [
    named(Math, "Math.", ["random"], RANDOM),
    named(crypto, "crypto.", [...drawing, "prng", "rng"], SECRETS),
    named(crypto.ECDH.prototype, "ECDH.", ["generateKeys"], SECRETS),
    named(crypto.DiffieHellman.prototype, "DiffieHellman.", ["generateKeys"], SECRETS),
    named(crypto.DiffieHellmanGroup.prototype, "DiffieHellmanGroup.", ["generateKeys"], SECRETS),
    named(Crypto.prototype, "crypto.", ["getRandomValues", "randomUUID"], SECRETS),
    named(crypto, "crypto.", ["createDiffieHellman"], { ...SECRETS, isHarmless: isGivenPrime }),
    named(crypto, "crypto.", pooled, SYNCHRONOUS),
    named(SubtleCrypto.prototype, "crypto.subtle.", functionsOf(SubtleCrypto.prototype), THREAD),
  ].flat();
}

function outsideSources(): readonly AmbientSource[] {
  const ofProcess = ["env", "pid", "ppid", "cwd", "memoryUsage", "resourceUsage"];
  const ofHost = ["availableMemory", "constrainedMemory", "getActiveResourcesInfo"];
  const collected = ["WeakRef", "FinalizationRegistry"];
  const compressors = functionsOf(zlib);
  return [
    named(globalThis, "", ["fetch", "WebSocket", "EventSource"], NETWORK),
    named(net, "net.", ["connect", "createConnection", "createServer"], NETWORK),
    named(net.Socket.prototype, "net.Socket.prototype.", ["connect"], NETWORK),
    named(net.Server.prototype, "net.Server.prototype.", ["listen"], NETWORK),
    named(tls, "tls.", ["connect", "createServer"], NETWORK),
    named(dgram, "dgram.", ["createSocket"], NETWORK),
    named(dgram.Socket.prototype, "dgram.Socket.prototype.", ["bind", "connect", "send"], NETWORK),
    named(http, "http.", ["request", "get", "createServer"], NETWORK),
    named(https, "https.", ["request", "get", "createServer"], NETWORK),
    named(http2, "http2.", ["connect", "createServer", "createSecureServer"], NETWORK),
    named(dns, "dns.", functionsOf(dns), NETWORK),
    named(dns.promises, "dns.promises.", functionsOf(dns.promises), NETWORK),
    named(fs, "fs.", functionsOf(fs), FILES),
    named(fs.promises, "fs.promises.", functionsOf(fs.promises), FILES),
    named(os, "os.", functionsOf(os), MACHINE),
    named(process, "process.", [...ofProcess, ...ofHost], MACHINE),
    named(globalThis, "", ["navigator"], MACHINE),
    named(childProcess, "child_process.", functionsOf(childProcess), THREAD),
    named(workerThreads, "worker_threads.", ["Worker", "MessageChannel"], THREAD),
    named(
      zlib,
      "zlib.",
      compressors.filter((name) => !STREAMING.test(name)),
      SYNCHRONOUS,
    ),
    named(
      zlib,
      "zlib.",
      compressors.filter((name) => STREAMING.test(name)),
      THREAD,
    ),
    named(globalThis, "", ["MessageChannel", "BroadcastChannel"], THREAD),
    named(globalThis, "", collected, GARBAGE),
    named(WeakRef.prototype, "WeakRef.", ["deref"], GARBAGE),
  ].flat();
}

function localeSources(): readonly AmbientSource[] {
  const first: Rule = { alternative: LOCALE, isHarmless: ([locale]) => locale !== undefined };
  const second: Rule = { alternative: LOCALE, isHarmless: ([, locale]) => locale !== undefined };
  const zoned: Rule = {
    ...ZONE,
    isHarmless: ([locale, options]) => locale !== undefined && hasZone(options),
  };
  const given: Rule = { ...TIME, isHarmless: ([date]) => date !== undefined };
  const written = ["format", "formatToParts"];
  const formats = ["Collator", "NumberFormat", "ListFormat", "PluralRules", "Segmenter"];
  const onDate = ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"];
  return [
    named(String.prototype, "String.prototype.", ["localeCompare"], second),
    named(String.prototype, "String.prototype.", ["toLocaleLowerCase"], first),
    named(String.prototype, "String.prototype.", ["toLocaleUpperCase"], first),
    named(Number.prototype, "Number.prototype.", ["toLocaleString"], first),
    named(BigInt.prototype, "BigInt.prototype.", ["toLocaleString"], first),
    named(Array.prototype, "Array.prototype.", ["toLocaleString"], first),
    named(Intl, "Intl.", formats, first),
    named(Intl, "Intl.", ["DateTimeFormat"], zoned),
    named(Intl.DateTimeFormat.prototype, "Intl.DateTimeFormat.prototype.", written, given),
    named(Date.prototype, "Date.prototype.", onDate, zoned),
  ].flat();
}

/** The clock of `Temporal`, if this version of Node has one. */
function temporalNow(): readonly object[] {
  const temporal: unknown = Reflect.get(globalThis, "Temporal");
  const isThere = typeof temporal === "object" && temporal !== null;
  return isThere ? [Reflect.get(temporal, "Now") as object] : [];
}

/** One source for each of these properties that this version of Node has. */
function named(
  owner: object,
  prefix: string,
  names: readonly string[],
  rule: Rule,
): readonly AmbientSource[] {
  const present = names.filter((name) => Object.hasOwn(owner, name));
  return present.map((name) => ({ owner, name, source: `${prefix}${name}`, ...rule }));
}

/** Names of the functions of a module, or of a class's prototype; classes have capitals and are left. */
function functionsOf(owner: object): readonly string[] {
  // Getters are not called: some of Node's warn that they are deprecated.
  return Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([name, { value }]) => /^[a-z]/.test(name) && typeof value === "function")
    .map(([name]) => name)
    .filter((name) => name !== "constructor");
}

function accessorsOf(units: readonly string[]): readonly string[] {
  return units.flatMap((unit) => [`get${unit}`, `set${unit}`]);
}

/**
 * A date of one given instant: no argument means now; several, and text that names no zone, are read in the machine's
 * time zone. Text that is no date is the same everywhere.
 */
function isGivenInstant(parameters: readonly unknown[]): boolean {
  const [value] = parameters;
  if (parameters.length !== 1) return false;
  return typeof value !== "string" || ZONED.test(value) || Number.isNaN(parseDate(value));
}

/** A number is the length of a prime that is drawn. */
function isGivenPrime([prime]: readonly unknown[]): boolean {
  return typeof prime !== "number";
}

function hasZone(options: unknown): boolean {
  return typeof options === "object" && options !== null && "timeZone" in options;
}
