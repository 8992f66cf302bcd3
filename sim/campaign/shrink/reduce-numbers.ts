import { isPacketFault } from "../../network/fault.ts";
import type { Fault, PacketFault, TimedFault } from "../../network/fault.ts";
import type { Case } from "../scenario.ts";
import type { Reduction } from "./reduction.ts";

const PPM = 1_000_000;
const SECOND_US = 1_000_000;

/** Changes a number of a case. */
type Change = (value: number) => number;
/** Puts other numbers in the places of a case that are of one sort. */
type MapNumbers = (given: Case, change: Change) => Case;

const shortest: Change = () => 0;
const half: Change = (value) => Math.trunc(value / 2);
/** Within the first second nobody minds when. */
const sooner: Change = (value) => (value > SECOND_US ? Math.trunc(value / 2) : value);

/**
 * Which packets have faults: earlier ones. Where a fault hits the ninth packet, the eight before it are needed, and all
 * that makes a host send them.
 */
export const EARLIER_PACKETS: readonly Reduction[] = [
  numbers("packets", mapPackets, () => 1),
  numbers("packets", mapPackets, (packet) => Math.ceil(packet / 2)),
  numbers("packets", mapPackets, (packet) => Math.max(1, packet - 1)),
];

/** How long faults last and how late packets come: not at all, or half as much; when all things happen: sooner, at rounder times. */
export const SIMPLER_TIMES: readonly Reduction[] = [
  numbers("times", mapLengths, shortest),
  numbers("times", mapLengths, half),
  numbers("times", mapMoments, sooner),
  ...[SECOND_US, SECOND_US / 10, SECOND_US / 1000].map((unitUs) =>
    numbers("times", mapMoments, (value) => Math.round(value / unitUs) * unitUs),
  ),
];

function numbers(name: string, mapNumbers: MapNumbers, change: Change): Reduction {
  return {
    name,
    count: (given) => {
      let count = 0;
      mapNumbers(given, (value) => {
        if (change(value) !== value) count += 1;
        return value;
      });
      return count;
    },
    reduce: (given, from, to) => {
      let number = -1;
      return mapNumbers(given, (value) => {
        const changed = change(value);
        if (changed === value) return value;
        number += 1;
        return number >= from && number < to ? changed : value;
      });
    },
  };
}

function mapPackets(given: Case, change: Change): Case {
  const faults = given.faults.map((fault) =>
    isPacketFault(fault) ? { ...fault, packet: change(fault.packet) } : fault,
  );
  return { ...given, faults };
}

/** How long, how late, how much: all numbers of faults but those that say when, in microseconds or whatever they are in. */
function mapLengths(given: Case, change: Change): Case {
  return { ...given, faults: given.faults.map((fault) => withLengths(fault, change)) };
}

function withLengths(fault: Fault, change: Change): Fault {
  return isPacketFault(fault) ? withPacketLengths(fault, change) : withTimedLengths(fault, change);
}

function withPacketLengths(fault: PacketFault, change: Change): PacketFault {
  switch (fault.kind) {
    case "duplicate":
      return { ...fault, afterUs: change(fault.afterUs) };
    case "delay":
      return { ...fault, byUs: change(fault.byUs) };
    case "corrupt":
      return { ...fault, byte: change(fault.byte) };
    case "drop":
      return fault;
  }
}

function withTimedLengths(fault: TimedFault, change: Change): TimedFault {
  switch (fault.kind) {
    case "linkDown":
    case "partition":
      return { ...fault, toUs: fault.fromUs + change(fault.toUs - fault.fromUs) };
    case "crash": {
      const { downForUs } = fault;
      const writesKept = change(fault.writesKept);
      if (downForUs === undefined) return { ...fault, writesKept };
      return { ...fault, writesKept, downForUs: change(downForUs) };
    }
    case "clockRate": {
      const ppm = Math.round((fault.rate - 1) * PPM);
      return { ...fault, rate: 1 + change(ppm) / PPM };
    }
    case "clockJump":
      return { ...fault, byMs: change(fault.byMs) };
    case "addressChange":
    case "natReboot":
      return fault;
  }
}

/** When timed faults begin, when actions happen and when the healed phase begins, each as microseconds. */
function mapMoments(given: Case, change: Change): Case {
  const ofMs: Change = (ms) => change(ms * 1000) / 1000;
  const faults = given.faults.map((fault) => withMoment(fault, change));
  const actions = given.actions.map((action) => ({ ...action, atMs: ofMs(action.atMs) }));
  const before = actions.filter((_, index) => (given.actions[index]?.atMs ?? 0) <= given.healAtMs);
  const healAtMs = Math.max(
    // Never later, or making it sooner and rounding it up would go on for ever.
    Math.min(given.healAtMs, ofMs(given.healAtMs)),
    // What was to be over when healing begins still is: else a network that never healed would seem to be the failure.
    ...faults.map((fault) => endUs(fault) / 1000),
    ...before.map(({ atMs }) => atMs),
  );
  return { ...given, faults, actions, healAtMs };
}

/** When a timed fault is over; that of a packet ends by itself when healing begins. */
function endUs(fault: Fault): number {
  if (isPacketFault(fault)) return 0;
  if ("toUs" in fault) return fault.toUs;
  return fault.kind === "crash" ? fault.atUs + (fault.downForUs ?? 0) : fault.atUs;
}

function withMoment(fault: Fault, change: Change): Fault {
  if (isPacketFault(fault)) return fault;
  if (!("fromUs" in fault)) return { ...fault, atUs: change(fault.atUs) };
  const fromUs = change(fault.fromUs);
  return { ...fault, fromUs, toUs: fromUs + (fault.toUs - fault.fromUs) };
}
