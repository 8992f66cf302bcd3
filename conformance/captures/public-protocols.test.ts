import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { WireError } from "../../runtime/core/index.ts";
import {
  assertAgreement,
  assertRefusals,
  assertRoundTrips,
  damagedValues,
} from "../properties/codec-agreement.ts";
import { importCodec } from "../properties/generated-codec.ts";
import { generateSpec, temporaryFolder } from "../properties/generated-spec.ts";
import { publicSpecs } from "./public-specs.ts";

const { model, folder } = await generateSpec(publicSpecs(), temporaryFolder());

type Decode = (bytes: Uint8Array, view: DataView, offset: number, end: number) => unknown;
type Encode = (packet: unknown, out: Uint8Array, view: DataView, offset: number) => number;

interface PacketCodec {
  readonly decode: (packet: Uint8Array) => unknown;
  readonly encode: (packet: unknown) => Uint8Array;
}

/** The generated packet codec of a protocol. */
async function packetCodec(protocol: string, name: string): Promise<PacketCodec> {
  const file = pathToFileURL(join(folder, protocol, "packet.ts")).href;
  const code = (await import(file)) as Readonly<Record<string, unknown>>;
  const decode = code[`decode${name}Packet`] as Decode;
  const encode = code[`encode${name}Packet`] as Encode;
  return {
    decode: (packet) => {
      // In the middle of other bytes, as in a receive buffer.
      const bytes = new Uint8Array(packet.length + 20).fill(0xee);
      bytes.set(packet, 10);
      return decode(bytes, new DataView(bytes.buffer), 10, 10 + packet.length);
    },
    encode: (packet) => {
      const out = new Uint8Array(4096).fill(0xee);
      return out.slice(7, encode(packet, out, new DataView(out.buffer), 7));
    },
  };
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
}

/** The packet is what is expected, and comes out again, byte by byte, from what was read. */
function assertPacket(
  codec: PacketCodec,
  bytes: Uint8Array,
  expected: unknown,
  again = bytes,
): void {
  assert.deepEqual(codec.decode(bytes), expected);
  assert.deepEqual(codec.encode(expected), again);
}

/** Cut anywhere, a packet either is refused by a WireError or, cut between frames, is shorter. */
function assertCutSafely(codec: PacketCodec, packet: Uint8Array): void {
  for (let length = 0; length < packet.length; length += 1) {
    try {
      codec.decode(packet.slice(0, length));
    } catch (error) {
      assert.ok(error instanceof WireError);
    }
  }
}

suite("public protocols described in the spec language", () => {
  test("a RADIUS Access-Request (RFC 2865, 7.1) is read and written", async () => {
    const codec = await packetCodec("radius", "Radius");
    const packet = hex(`
      01 00 0038 0f403f94739780 57bd83d5cb98f4227a
      01 06 6e656d6f
      02 12 0dbe708d93d413ce3196e43f782a0aee
      04 06 c0a80110
      05 06 00000003`);
    const hidden = hex("0dbe708d93d413ce3196e43f782a0aee");
    assertPacket(codec, packet, {
      code: 1,
      identifier: 0,
      authenticator: hex("0f403f9473978057bd83d5cb98f4227a"),
      frames: [
        { name: "UserName", message: { name: "nemo" } },
        { name: "UserPassword", message: { hidden } },
        { name: "NasIpAddress", message: { address: "192.168.1.16" } },
        { name: "NasPort", message: { port: 3 } },
      ],
    });
    assertCutSafely(codec, packet);
  });

  test("octets after the length of a RADIUS packet are padding, and a length below the header is refused", async () => {
    const codec = await packetCodec("radius", "Radius");
    const header = (length: string): string => `01 07 ${length} ${"00".repeat(16)}`;
    const empty = { code: 1, identifier: 7, authenticator: new Uint8Array(16), frames: [] };
    assert.deepEqual(codec.decode(hex(`${header("0014")} 0106`)), empty);
    assert.throws(() => codec.decode(hex(header("0013"))), {
      name: "WireError",
      code: "bad-value",
    });
    assert.throws(() => codec.decode(hex(header("0015"))), {
      name: "WireError",
      code: "truncated",
    });
    const attribute = `${header("0016")} 0101`;
    assert.throws(() => codec.decode(hex(attribute)), { name: "WireError", code: "bad-value" });
  });

  test("the STUN sample request (RFC 5769, 2.1) is read, and written with zeros as padding", async () => {
    const codec = await packetCodec("stun", "Stun");
    const sample = (padding: string): Uint8Array =>
      hex(`
      0001 0058 2112a442 b7e7a701bc34d686fa87dfae
      8022 0010 5354554e207465737420636c69656e74
      0024 0004 6e0001ff
      8029 0008 932ff9b151263b36
      0006 0009 6576746a3a68367659 ${padding}
      0008 0014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
      8028 0004 e57a3bcf`);
    const expected = {
      messageType: 1,
      transactionId: hex("b7e7a701bc34d686fa87dfae"),
      frames: [
        { name: "Software", message: { description: "STUN test client" } },
        { name: "Priority", message: { priority: 0x6e00_01ff } },
        { name: "IceControlled", message: { tieBreaker: 0x932f_f9b1_5126_3b36n } },
        { name: "Username", message: { name: "evtj:h6vY" } },
        {
          name: "MessageIntegrity",
          message: { hmac: hex("9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2") },
        },
        { name: "Fingerprint", message: { crc: 0xe57a_3bcf } },
      ],
    };
    assertPacket(codec, sample("202020"), expected, sample("000000"));
    assertCutSafely(codec, sample("202020"));
    const otherCookie = sample("202020");
    otherCookie[4] = 0x22;
    assert.throws(() => codec.decode(otherCookie), { name: "WireError", code: "bad-value" });
  });

  test("an LLDP data unit with types of 7 and lengths of 9 bits is read and written", async () => {
    const codec = await packetCodec("lldp", "Lldp");
    const unit = hex(`
      0207 04 000130f9ada0
      0404 05 312f31
      0602 0078
      0a0c 53756d6d69743330302d3438
      0e04 0014 0014
      0000`);
    assertPacket(codec, unit, {
      frames: [
        { name: "ChassisId", message: { subtype: 4, id: hex("000130f9ada0") } },
        { name: "PortId", message: { subtype: 5, id: "1/1" } },
        { name: "TimeToLive", message: { seconds: 120 } },
        { name: "SystemName", message: { name: "Summit300-48" } },
        { name: "SystemCapabilities", message: { supported: 20, enabled: 20 } },
      ],
    });
    assertCutSafely(codec, unit);
  });

  test("DHCP options are read through pads, up to the end option", async () => {
    const codec = await packetCodec("dhcp", "Dhcp");
    const options = "350101 3d07 01 000b8201fc42 3204 00000000 3704 0103062a";
    const expected = {
      frames: [
        { name: "MessageType", message: { type: 1 } },
        { name: "ClientId", message: { hardware: 1, id: hex("000b8201fc42") } },
        { name: "RequestedAddress", message: { address: "0.0.0.0" } },
        { name: "ParameterList", message: { codes: [1, 3, 6, 42] } },
      ],
    };
    assertPacket(codec, hex(`${options} ff`), expected);
    assert.deepEqual(codec.decode(hex(`00 00 ${options} 00 ff 00000000350107`)), expected);
    assert.throws(() => codec.decode(hex("350107 ff")), { name: "WireError", code: "bad-value" });
    assertCutSafely(codec, hex(`${options} ff`));
  });

  for (const protocol of model.protocols) {
    test(`messages of ${protocol.name} agree with the interpreter of the spec`, async () => {
      for (const message of protocol.messages) {
        const subject = { message, protocol, codec: await importCodec(message, folder) };
        assertRoundTrips(subject, 15);
        assertRefusals(subject, 10);
        for (const bytes of fc.sample(damagedValues(subject), 40)) assertAgreement(subject, bytes);
      }
    });
  }
});
