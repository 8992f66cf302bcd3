import { readFileSync } from "node:fs";
import { fingerprintText } from "../core/index.ts";
import { endpointText } from "../io/addresses.ts";
import type { HubConfig } from "../processes/config-types.ts";
import type { Command, CommandRun } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { defineCommand } from "./command.ts";
import { configError } from "./config-error.ts";
import type { ExitCode } from "./exit-code.ts";
import type { ValuesOf } from "./option-spec.ts";
import {
  flag,
  integer,
  optionalParsed,
  optionalText,
  parsed,
  parsedList,
  text,
} from "./option-spec.ts";
import { FINGERPRINT, HOST_PORT } from "./option-values.ts";
import { PROCESSES } from "./processes.ts";
import { ownJoinSecret, readJoinSecret } from "./secret-file.ts";
import { stateFolder } from "./state-folder.ts";
import { untilStopped } from "./until-stopped.ts";

const OPTIONS = {
  listen: parsed({
    ...HOST_PORT,
    doc: "Where telemetry comes in by UDP and routers dial in by TCP, one port for both",
    fallback: "0.0.0.0:7400",
  }),
  http: parsed({
    ...HOST_PORT,
    doc: "Where pages and the HTTP interface are",
    fallback: "127.0.0.1:7480",
  }),
  advertise: optionalParsed({
    ...HOST_PORT,
    doc: "Where routers reach the hub, for the command that a claim code is given with; default: as browsers call it",
  }),
  data: text({ doc: "Folder of identity, join secret and database", fallback: stateFolder("hub") }),
  serverFingerprint: parsedList({
    doc: "A server that may join; may be given several times",
    ...FINGERPRINT,
  }),
  joinSecretFile: optionalText({
    doc: "File with the secret that lets servers join; default: join-secret in the data folder, made at the first start",
  }),
  gateway: flag({
    doc: "Let browsers call routers through the hub, where encryption between the two then ends; --no-gateway refuses it",
    fallback: true,
  }),
  registration: flag({
    doc: "Let anybody make an account; --no-registration refuses it",
    fallback: true,
  }),
  telemetryPeriodMs: integer({
    doc: "Period at which routers and servers are expected to report",
    fallback: 20_000,
    min: 500,
    max: 600_000,
  }),
  httpTlsCert: optionalText({ doc: "Certificate chain for HTTPS, a PEM file" }),
  httpTlsKey: optionalText({ doc: "Its private key, a PEM file" }),
  httpBehindTls: flag({
    doc: "A reverse proxy in front speaks HTTPS with browsers",
    fallback: false,
  }),
  trustedProxy: parsedList({
    doc: "Address or network of a reverse proxy whose X-Forwarded-For is believed; may be given several times",
    schema: { pattern: "^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$" },
    remedy: "Give an IP address, or a network like 10.0.0.0/8.",
    read: String,
  }),
};

/** `tagwire hub`: the common link of the network. */
export const HUB_COMMAND: Command = defineCommand({
  ...TITLES.hub,
  options: OPTIONS,
  examples: [
    ["$0 hub", "Everything at its default; servers need the join secret in the data folder"],
    [
      "$0 hub --http 0.0.0.0:443 --http-tls-cert chain.pem --http-tls-key key.pem",
      "Pages for everybody",
    ],
    ["$0 hub --config /etc/tagwire/hub.json", "Options from a file"],
    [
      "TAGWIRE_LISTEN=192.0.2.1:7400 $0 hub --no-registration",
      "One from the environment, one from the command line",
    ],
  ],
  run: runHubCommand,
});

async function runHubCommand({
  values,
  write,
  log,
}: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const config = hubConfig(values);
  if (config.httpTls === undefined && !config.httpBehindTls && !isLoopback(config.http.host)) {
    log.warn(
      { http: values.http },
      "passwords cross the network in clear: give --http-tls-cert, or --http-behind-tls",
    );
  }
  const run = await PROCESSES.hub();
  const hub = await run(config, log);
  const fingerprint = fingerprintText(hub.fingerprint);
  const ready = {
    ready: true,
    listen: endpointText(hub.endpoint),
    http: hub.url,
    fingerprint,
  };
  const stopped = untilStopped(hub, log);
  write(ready, `Hub ${fingerprint}\n  UDP and TCP  ${ready.listen}\n  Web          ${ready.http}`);
  return stopped;
}

function hubConfig(values: ValuesOf<typeof OPTIONS>): HubConfig {
  const { listen, http, advertise, gateway, registration, telemetryPeriodMs, httpBehindTls } =
    values;
  const joinSecret =
    values.joinSecretFile === undefined
      ? ownJoinSecret(values.data).secret
      : readJoinSecret(values.joinSecretFile);
  return {
    listen,
    http,
    advertise,
    gateway,
    registration,
    telemetryPeriodMs,
    httpBehindTls,
    joinSecret,
    dataFolder: values.data,
    serverFingerprints: values.serverFingerprint,
    trustedProxies: values.trustedProxy,
    httpTls: tlsOf(values.httpTlsCert, values.httpTlsKey),
  };
}

function tlsOf(certPath: string | undefined, keyPath: string | undefined): HubConfig["httpTls"] {
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined) {
    const missing = certPath === undefined ? "--http-tls-cert" : "--http-tls-key";
    throw configError(
      missing,
      "certificate and key are needed together.",
      "Give both, or neither.",
    );
  }
  return { cert: readPem(certPath, "CERTIFICATE"), key: readPem(keyPath, "PRIVATE KEY") };
}

function readPem(path: string, kind: string): string {
  let pem: string;
  try {
    pem = readFileSync(path, "utf8");
  } catch (error) {
    throw configError(
      path,
      `it cannot be read (${(error as Error).message}).`,
      "Give the path of a readable PEM file.",
    );
  }
  if (!pem.includes(`${kind}-----`)) {
    throw configError(
      path,
      `there is no ${kind.toLowerCase()} in it.`,
      "Give a PEM file that has one.",
    );
  }
  return pem;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
