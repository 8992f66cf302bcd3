import fc from "fast-check";
import * as control from "../../generated/control/testing/arbitraries.ts";
import { encodeControl } from "../../generated/control/send.ts";
import type { ControlSent } from "../../generated/control/send.ts";
import * as system from "../../generated/system/testing/arbitraries.ts";
import { encodeSystem } from "../../generated/system/send.ts";
import type { SystemSent } from "../../generated/system/send.ts";

type Arbitraries<Sent extends { readonly name: string; readonly message: unknown }> = {
  readonly [Name in Sent["name"]]: fc.Arbitrary<Extract<Sent, { readonly name: Name }>["message"]>;
};

/** By name, so that a message that is added to the spec and left out here is a type error. */
const CONTROL: Arbitraries<ControlSent> = {
  Telemetry: control.telemetryArbitrary(),
  ConnectToHub: control.connectToHubArbitrary(),
  TelemetryAck: control.telemetryAckArbitrary(),
  EnrolChallenge: control.enrolChallengeArbitrary(),
  EnrolRequest: control.enrolRequestArbitrary(),
  EnrolGrant: control.enrolGrantArbitrary(),
  KeyOffer: control.keyOfferArbitrary(),
  LoadReport: control.loadReportArbitrary(),
  Reserve: control.reserveArbitrary(),
  Reserved: control.reservedArbitrary(),
  RouterVerified: control.routerVerifiedArbitrary(),
  ReserveRefused: control.reserveRefusedArbitrary(),
  Attached: control.attachedArbitrary(),
  AttachRefused: control.attachRefusedArbitrary(),
  RelayStart: control.relayStartArbitrary(),
  RouterHello: control.routerHelloArbitrary(),
  ServerRequest: control.serverRequestArbitrary(),
  ServerAddress: control.serverAddressArbitrary(),
  ClaimDevice: control.claimDeviceArbitrary(),
  Inventory: control.inventoryArbitrary(),
  ReportStored: control.reportStoredArbitrary(),
  RouterAttach: control.routerAttachArbitrary(),
  ClientAttach: control.clientAttachArbitrary(),
};

const SYSTEM: Arbitraries<SystemSent> = {
  Rpc: system.rpcArbitrary(),
  Ping: system.pingArbitrary(),
  Pong: system.pongArbitrary(),
  Fault: system.faultArbitrary(),
  Handshake: system.handshakeArbitrary(),
  SealedRecord: system.sealedRecordArbitrary(),
};

const OUT = new Uint8Array(70_000);
const VIEW = new DataView(OUT.buffer);

/** A well-formed frame of any message of both protocols. */
const wholeFrameArbitrary: fc.Arbitrary<Uint8Array> = fc.oneof(
  ...Object.entries(CONTROL).map(([name, message]: [string, fc.Arbitrary<unknown>]) =>
    message.map((value) =>
      OUT.slice(0, encodeControl({ name, message: value } as ControlSent, OUT, VIEW, 0)),
    ),
  ),
  ...Object.entries(SYSTEM).map(([name, message]: [string, fc.Arbitrary<unknown>]) =>
    message.map((value) =>
      OUT.slice(0, encodeSystem({ name, message: value } as SystemSent, OUT, VIEW, 0)),
    ),
  ),
);

/** Bytes with some of them cut off, added or changed. */
export function mutated(source: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const tail = fc.uint8Array({ minLength: 1, maxLength: 8 });
  return fc.oneof(
    fc.tuple(source, fc.nat()).map(([bytes, at]) => bytes.slice(0, at % (bytes.length + 1))),
    fc.tuple(source, tail).map(([bytes, more]) => new Uint8Array([...bytes, ...more])),
    fc.tuple(source, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([bytes, at, change]) => {
      const changed = bytes.slice();
      const index = at % Math.max(1, changed.length);
      changed.fill((changed[index] ?? 0) ^ change, index, index + 1);
      return changed;
    }),
  );
}

/** A frame with a tag that may be anybody's and a value that means nothing. */
const strangeFrameArbitrary: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.nat(0xffff), fc.uint8Array({ maxLength: 100 }))
  .map(([tag, value]) => new Uint8Array([tag >> 8, tag & 255, 0, value.length, ...value]));

/** What a peer may send where one frame is due: right, wrong, cut short or nothing like a frame. */
export const anyFrameArbitrary: fc.Arbitrary<Uint8Array> = fc.oneof(
  wholeFrameArbitrary,
  mutated(wholeFrameArbitrary),
  strangeFrameArbitrary,
  fc.uint8Array({ maxLength: 1300 }),
);

/** Bytes in pieces of these sizes, used in turn. */
export function inPieces(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieces.at(-1)?.length ?? 1) {
    pieces.push(bytes.slice(at, at + (sizes[pieces.length % sizes.length] ?? bytes.length)));
  }
  return pieces;
}
