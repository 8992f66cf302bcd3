import { fingerprintText } from "../core/index.ts";
import { endpointText } from "../io/addresses.ts";
import type { RunningPeer } from "../processes/peer-types.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { otherOf, startPeer } from "./peer-run.ts";
import type { PeerRun } from "./peer-run.ts";
import { PeerTalk } from "./peer-talk.ts";
import { plainText } from "./result-text.ts";
import { untilStopped } from "./until-stopped.ts";

const CHAT_HELP = "a line is said to the other; /verify compares digits, /send PATH sends a file";

/** `tagwire peer run`: prints what comes until it is stopped. */
export async function runPeer(run: PeerRun): Promise<ExitCode> {
  const talk = new PeerTalk({ ...run, acceptFiles: run.values.acceptFiles });
  const peer = await startPeer(run, { door: true, handlers: talk.handlers });
  const stopped = untilStopped(peer, run.log);
  sayReady(run, peer);
  try {
    return await stopped;
  } finally {
    talk.close();
  }
}

/** `tagwire peer chat`: the same, and says what its user types until that ends. */
export async function chat(run: PeerRun): Promise<ExitCode> {
  const other = otherOf(run);
  const started = Promise.withResolvers<RunningPeer>();
  let said: Promise<void> = Promise.resolve();
  // One after the other: people mean what they say in the order in which they said it.
  const onLine = (line: string): void => {
    said = said.then(async () => say(line, { other, peer: await started.promise, run }));
  };
  const talk = new PeerTalk({ ...run, acceptFiles: run.values.acceptFiles, onLine });
  const peer = await startPeer(run, { door: true, handlers: talk.handlers });
  started.resolve(peer);
  const stopped = untilStopped(peer, run.log);
  sayReady(run, peer);
  run.tell(CHAT_HELP);
  talk.questions.read();
  const ended = async (): Promise<ExitCode> => {
    await talk.questions.ended;
    // What was said last is on its way.
    await said;
    await peer.close();
    return EXIT.ok;
  };
  try {
    return await Promise.race([stopped, ended()]);
  } finally {
    talk.close();
  }
}

function sayReady(run: PeerRun, { fingerprint, name, udp }: RunningPeer): void {
  run.write(
    { ready: true, name, fingerprint: fingerprintText(fingerprint), udp: endpointText(udp) },
    `${plainText(name)} ${fingerprintText(fingerprint)}`,
  );
}

/** Does what a line of a chat says; what goes wrong is told. */
async function say(
  line: string,
  {
    other,
    peer,
    run,
  }: { readonly other: Uint8Array; readonly peer: RunningPeer; readonly run: PeerRun },
): Promise<void> {
  const [, command, rest = ""] = /^\/(\S*)\s*(.*)$/.exec(line) ?? [];
  try {
    if (line === "") return;
    if (command === undefined) {
      await peer.send(other, line);
    } else if (command === "verify") {
      // The digits are answered by lines that come after this one.
      peer.compare(other).catch(() => undefined);
    } else if (command === "send" && rest !== "") {
      await peer.sendFile(other, rest);
      run.tell(`sent ${rest}`);
    } else {
      run.tell(CHAT_HELP);
    }
  } catch (error) {
    run.tell(error instanceof Error ? error.message : String(error));
  }
}
