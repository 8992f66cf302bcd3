import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import type { Effect, Input, Role } from "../../../runtime/core/index.ts";
import type { Program } from "../../../sim/world/world.ts";
import { FolderDisk } from "../folder-disk.ts";
import { SocketWorld } from "./socket-world.ts";

type Order = { readonly say: string } | { readonly greet: string };

/** Reports what it is told and what it hears over UDP; greets other hosts. */
function parrot({ greeting }: { readonly greeting: string }): Program<Order, string> {
  return {
    createRole: ({ disk, endpointOf, starts }): Role<Order, string> => {
      const effects: Effect<string>[] = [];
      const before = disk.read("a/starts")?.[0] ?? 0;
      disk.write("a/starts", Uint8Array.of(before + 1));
      disk.sync();
      effects.push({ type: "event", event: `${String(starts)} ${String(before + 1)}` });
      return {
        handle: (input: Input<Order>) => {
          if (input.type === "datagram") {
            effects.push({ type: "event", event: new TextDecoder().decode(input.bytes) });
          }
          if (input.type !== "command") return;
          if ("say" in input.command) {
            effects.push({ type: "event", event: input.command.say });
          } else {
            const bytes = new TextEncoder().encode(greeting);
            effects.push({ type: "sendDatagram", to: endpointOf(input.command.greet), bytes });
          }
        },
        poll: () => effects.shift(),
      };
    },
    onStart: (process) => {
      process.command({ say: "started" });
      process.after(20, () => {
        process.command({ say: "later" });
      });
    },
  };
}

async function inWorld(scenario: (world: SocketWorld) => Promise<void>): Promise<void> {
  const world = new SocketWorld({ programs: { parrot } });
  try {
    await scenario(world);
  } finally {
    await world.close();
  }
  assert.ok(!existsSync(world.folder));
}

const PLAN = { program: "parrot", options: { greeting: "hello" }, udpPort: 7 };

test("a program that crashes starts again on its disk and its port, and what it put off is not done", () =>
  inWorld(async (world) => {
    const process = await world.add({ ...PLAN, host: "a" });
    const { endpoint } = process;
    await process.crash();
    process.command({ say: "unheard" });
    await world.pass(50);
    await process.start();
    await process.start();
    assert.deepEqual(process.endpoint, endpoint);
    const hasWaited = await world.until(() => process.events.includes("later"), 5000);
    assert.ok(hasWaited);
    assert.deepEqual(process.events, ["1 1", "started", "2 2", "started", "later"]);
  }));

test("programs reach each other by the names of their hosts", () =>
  inWorld(async (world) => {
    const [a, b] = [
      await world.add({ ...PLAN, host: "a" }),
      await world.add({ ...PLAN, host: "b" }),
    ];
    a.command({ greet: "b" });
    const isGreeted = await world.until(() => b.events.includes("hello"), 5000);
    assert.ok(isGreeted);
    assert.ok(!a.events.includes("hello"));
    await assert.rejects(world.add({ ...PLAN, host: "a" }), /has a process already/);
    await assert.rejects(world.add({ ...PLAN, host: "c", program: "owl" }), /no program owl/);
  }));

test("waiting for what does not happen ends with its time", () =>
  inWorld(async (world) => {
    const beforeMs = world.nowMs;
    const happened = await world.until(() => false, 30);
    assert.equal(happened, false);
    assert.ok(world.nowMs - beforeMs >= 29);
  }));

test("a disk in a folder gives back what was written, under any name, and nothing after its removal", () =>
  inWorld((world) => {
    const disk = new FolderDisk(`${world.folder}/disk`);
    assert.equal(disk.read("../x y/1"), undefined);
    disk.write("../x y/1", Uint8Array.of(1, 2));
    disk.write("../x y/1", Uint8Array.of(3));
    disk.write("gone", Uint8Array.of(4));
    disk.remove("gone");
    disk.sync();
    const again = new FolderDisk(`${world.folder}/disk`);
    assert.deepEqual(again.read("../x y/1"), Uint8Array.of(3));
    assert.equal(again.read("gone"), undefined);
    return Promise.resolve();
  }));
