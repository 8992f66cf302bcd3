import type dgram from "node:dgram";
import type dns from "node:dns";
import type net from "node:net";
import type timers from "node:timers";
import type timersPromises from "node:timers/promises";
import type { AmbientAnswer } from "../engine/index.ts";
import { dateAnswers } from "./ambient/date-answers.ts";
import { machineAnswers } from "./ambient/machine-answers.ts";
import { randomAnswers } from "./ambient/random-answers.ts";
import { timerAnswers } from "./ambient/timer-answers.ts";
import { createDgram } from "./dgram/create-dgram.ts";
import { DnsLookup } from "./dns-lookup.ts";
import { createNet } from "./net/create-net.ts";
import type { NodeProcess } from "./node-process.ts";
import { SimTimers } from "./timers/sim-timers.ts";
import { createTimersPromises } from "./timers/timers-promises.ts";

/** Node's modules over a simulated network, for the process of one host. Typed as Node's own, so that they go wherever those go. */
export interface NodeModules {
  readonly dgram: typeof dgram;
  readonly net: typeof net;
  /** Without the promises, and without what is deprecated. */
  readonly timers: Omit<typeof timers, "promises">;
  readonly timersPromises: typeof timersPromises;
  readonly dns: Pick<typeof dns, "lookup"> & {
    readonly promises: Pick<typeof dns.promises, "lookup">;
  };
}

/** Makes the modules of a process, and its answers to what its code asks by global names. */
export function createNodeModules(process: NodeProcess): NodeModules {
  const found = new DnsLookup(process);
  const timed = new SimTimers(process);
  const promised = createTimersPromises(timed);
  const dgramModule = createDgram(process, found);
  const netModule = createNet(process, { dns: found, timers: timed });
  process.answers = new Map<string, AmbientAnswer>([
    ...dateAnswers(process),
    ...machineAnswers(process),
    ...randomAnswers(process),
    ...timerAnswers(timed, promised),
    ["dns.lookup", found.lookup],
    ["dns.promises.lookup", found.promised],
    ["dgram.createSocket", dgramModule.createSocket],
    ["net.createServer", netModule.createServer],
    ["net.createConnection", netModule.createConnection],
    ["net.connect", netModule.connect],
  ]);
  const { setTimeout, setInterval, setImmediate } = timed;
  const { clearTimeout, clearInterval, clearImmediate } = timed;
  return {
    dgram: dgramModule,
    net: netModule,
    timers: {
      ...{ setTimeout, setInterval, setImmediate },
      ...{ clearTimeout, clearInterval, clearImmediate },
    } as unknown as NodeModules["timers"],
    timersPromises: promised as unknown as typeof timersPromises,
    dns: {
      lookup: found.lookup,
      promises: { lookup: found.promised },
    } as unknown as NodeModules["dns"],
  };
}
