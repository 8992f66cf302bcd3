import type { SourceMutant } from "../mutant.ts";

const TELEMETRY = "generated/control/messages/telemetry.ts";
const PLACE = "generated/control/machines/server-place.ts";
const BROKERAGE = "generated/control/machines/hub-brokerage.ts";
const ENROLMENT = "generated/control/machines/enrolment.ts";
const KEYS = "generated/control/machines/hub-keys.ts";
const CLIENT = "generated/control/machines/client-connect.ts";
const SESSION = "generated/control/machines/router-session.ts";
const REPORT = "generated/control/machines/router-report.ts";

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
    doc: "A place to which no client came is left and not given back.",
    file: PLACE,
    find: 'case "expiry":\n      return settle({ state: { name: "released" } }, [], limits, {\n        always: [\n          { kind: "do", name: "dismiss" },\n          { kind: "do", name: "free" },\n        ],',
    replace:
      'case "expiry":\n      return settle({ state: { name: "released" } }, [], limits, {\n        always: [{ kind: "do", name: "dismiss" }],',
  },
  {
    id: "machine-misses-the-hubs-end",
    doc: "A reserved place does not hear that the hub has left.",
    file: PLACE,
    find: '    case "hubLost":\n      return settle({ state: { name: "released" } }, ["expiry"], limits, {\n        always: [{ kind: "do", name: "free" }],\n      });',
    replace: '    case "hubLost":\n      return unmoved("ignored", state);',
  },
  {
    id: "codec-swaps-tickets",
    doc: "Two neighbours of a message are written the wrong way round.",
    file: "generated/control/messages/servers.ts",
    find: 'writeBytes(routerTicket, out, offset + 58, "Reserve.routerTicket");\n  writeBytes(clientFingerprint, out, offset + 90, "Reserve.clientFingerprint");',
    replace:
      'writeBytes(clientFingerprint, out, offset + 58, "Reserve.routerTicket");\n  writeBytes(routerTicket, out, offset + 90, "Reserve.clientFingerprint");',
  },
  {
    id: "codec-forgets-the-generation",
    doc: "A key is granted under a generation that is not its own.",
    file: "generated/control/messages/enrolment.ts",
    find: "    keyId,\n    generation: view.getUint32(offset + 12),\n    certificate: copyBytes(bytes, offset + 18,",
    replace: "    keyId,\n    generation: 0,\n    certificate: copyBytes(bytes, offset + 18,",
  },
  {
    id: "machine-pushes-once",
    doc: "The timer is missing upon which an invitation is repeated.",
    file: BROKERAGE,
    find: '        { timer: "push", afterMs: state.waitMs },\n',
    replace: "",
  },
  {
    id: "machine-waits-for-routers-for-ever",
    doc: "The timer is missing that ends the wait for a router.",
    file: BROKERAGE,
    find: '        { timer: "push", afterMs: state.waitMs },\n        { timer: "deadline", afterMs: limits.wantedMs },',
    replace: '        { timer: "push", afterMs: state.waitMs },',
  },
  {
    id: "machine-misses-telemetry",
    doc: "A wanted router that reports is not invited again.",
    file: BROKERAGE,
    find: 'return settle(handlers.invitedOnTelemetry(state, event), ["push", "deadline"], limits, {\n        restarts: ["push"],\n      });',
    replace: 'return unmoved("ignored", state);',
  },
  {
    id: "machine-asks-for-keys-once",
    doc: "The timer is missing upon which the question for a key is repeated.",
    file: ENROLMENT,
    find: 'case "asking":\n      return [{ timer: "retry", afterMs: state.waitMs }];',
    replace: 'case "asking":\n      return [];',
  },
  {
    id: "machine-proves-once",
    doc: "The timer is missing upon which an enrolment request is repeated.",
    file: ENROLMENT,
    find: 'case "proving":\n      return [{ timer: "retry", afterMs: state.waitMs }];',
    replace: 'case "proving":\n      return [];',
  },
  {
    id: "machine-reports-once",
    doc: "The timer of the reports is missing.",
    file: ENROLMENT,
    find: 'return [{ timer: "period", afterMs: state.periodMs }];',
    replace: "return [];",
  },
  {
    id: "machine-takes-no-offers",
    doc: "An offered key is ignored.",
    file: ENROLMENT,
    find: 'return settle(handlers.enrolledOnKeyOffer(state, event), ["period"], limits);',
    replace: 'return unmoved("ignored", state);',
  },
  {
    id: "machine-promotes-nothing",
    doc: "The key that a reporter uses now does not become the current one.",
    file: KEYS,
    find: '        always: [{ kind: "do", name: "promote" }],\n      });\n    case "saved":\n    case "save":\n    case "enrolAgain":',
    replace: '      });\n    case "saved":\n    case "save":\n    case "enrolAgain":',
  },
  {
    id: "machine-grants-nothing",
    doc: "A key that was agreed on and saved is not granted.",
    file: KEYS,
    find: 'return settle({ state: { name: "granted" } }, ["save"], limits, {\n        always: [{ kind: "do", name: "grant" }],\n      });',
    replace: 'return settle({ state: { name: "granted" } }, ["save"], limits);',
  },
  {
    id: "machine-keeps-places-of-the-past",
    doc: "A place whose relay ended is left and not given back.",
    file: PLACE,
    find: 'case "relayEnded":\n      return settle({ state: { name: "released" } }, [], limits, {\n        always: [{ kind: "do", name: "free" }],\n      });',
    replace:
      'case "relayEnded":\n      return settle({ state: { name: "released" } }, [], limits);',
  },
  {
    id: "machine-does-not-hang-up",
    doc: "A client that leaves does not end its connection.",
    file: CLIENT,
    find: 'return settle(handlers.allOnClose(state, event), [], limits, {\n        always: [{ kind: "do", name: "hangUp" }],\n      });\n    case "RelayStart":\n    case "AttachRefused":\n      return unmoved("refused", state);\n    case "connect":\n    case "invited":\n    case "refused":\n    case "ask":\n    case "channelOpen":\n    case "dial":\n    case "answer":',
    replace:
      'return settle(handlers.allOnClose(state, event), [], limits);\n    case "RelayStart":\n    case "AttachRefused":\n      return unmoved("refused", state);\n    case "connect":\n    case "invited":\n    case "refused":\n    case "ask":\n    case "channelOpen":\n    case "dial":\n    case "answer":',
  },
  {
    id: "machine-announces-nothing",
    doc: "A client is not told that it is connected.",
    file: CLIENT,
    find: 'return settle({ state: { name: "connected" } }, ["dial"], limits, {\n        always: [{ kind: "do", name: "announce" }],\n      });',
    replace: 'return settle({ state: { name: "connected" } }, ["dial"], limits);',
  },
  {
    id: "machine-greets-nobody",
    doc: "A router does not wait for the client's greeting when the relay starts.",
    file: SESSION,
    find: 'return settle({ state: { name: "meeting" } }, ["client"], limits, {\n        always: [{ kind: "do", name: "awaitClient" }],\n      });',
    replace: 'return settle({ state: { name: "meeting" } }, ["client"], limits);',
  },
  {
    id: "machine-waits-for-the-hub-for-ever",
    doc: "The timer is missing that ends the wait for a report to be stored.",
    file: REPORT,
    find: 'return [{ timer: "answer", afterMs: limits.answerMs }];',
    replace: "return [];",
  },
  {
    id: "machine-describes-itself-once",
    doc: "The timer is missing upon which a report that failed is repeated.",
    file: REPORT,
    find: 'return [{ timer: "retry", afterMs: state.waitMs }];',
    replace: "return [];",
  },
];
