import type { SourceMutant } from "../mutant.ts";

const TELEMETRY = "generated/control/messages/telemetry.ts";
const PLACE = "generated/control/machines/server-place.ts";

/** Faults of generated code. */
export const GENERATED_MUTANTS: readonly SourceMutant[] = [
  {
    id: "codec-swaps-fields",
    doc: "Two neighbours of a message are read the wrong way round.",
    file: TELEMETRY,
    find: "    memoryTotalKib: view.getUint32(offset + 45),\n    memoryFreeKib: view.getUint32(offset + 49),\n    rxBytes",
    replace:
      "    memoryTotalKib: view.getUint32(offset + 49),\n    memoryFreeKib: view.getUint32(offset + 45),\n    rxBytes",
  },
  {
    id: "codec-reads-the-other-order",
    doc: "A number is read with its low byte first.",
    file: TELEMETRY,
    find: "    loadPermille: view.getUint16(offset + 43),\n    memoryTotalKib",
    replace: "    loadPermille: view.getUint16(offset + 43, true),\n    memoryTotalKib",
  },
  {
    id: "codec-is-off-by-one",
    doc: "A field is read one byte late.",
    file: TELEMETRY,
    find: "    uptimeS: view.getUint32(offset + 35),\n    periodMs",
    replace: "    uptimeS: view.getUint32(offset + 36),\n    periodMs",
  },
  {
    id: "codec-wants-more-than-there-is",
    doc: "A length check is off by one.",
    file: TELEMETRY,
    find: '  if (end - offset < 37) throw truncatedError("TelemetryAck", end);\n  return {',
    replace: '  if (end - offset < 38) throw truncatedError("TelemetryAck", end);\n  return {',
  },
  {
    id: "machine-frees-no-expired-place",
    doc: "A place that expired is left and not given back.",
    file: PLACE,
    find: '      return settle(handlers.reservedOnExpiry(state, event), [], limits, {\n        always: [{ kind: "do", name: "free" }],',
    replace:
      "      return settle(handlers.reservedOnExpiry(state, event), [], limits, {\n        always: [],",
  },
  {
    id: "machine-misses-the-hubs-end",
    doc: "A reserved place does not hear that the hub has left.",
    file: PLACE,
    find: '    case "hubLost":\n      return settle({ state: { name: "released" } }, ["expiry"], limits, {\n        always: [{ kind: "do", name: "free" }],\n      });',
    replace: '    case "hubLost":\n      return unmoved("ignored", state);',
  },
];
