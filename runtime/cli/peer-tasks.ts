import { stat } from "node:fs/promises";
import { OperatorError, encodeBase64Url } from "../core/index.ts";
import type { PeerTasks } from "../processes/peer-types.ts";
import { configError } from "./config-error.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { PEER_PROCESSES } from "./peer-processes.ts";
import { otherOf, startPeer } from "./peer-run.ts";
import type { PeerRun } from "./peer-run.ts";
import { COMPARED, PeerTalk } from "./peer-talk.ts";
import { interruptible } from "./until-stopped.ts";

/** One thing that a peer does, and what is told of it. */
type PeerTask = (tasks: PeerTasks, run: PeerRun) => Promise<ExitCode>;

/** Has the peer that runs with this folder do something; if none runs, one that ends with it. */
export async function withPeer(run: PeerRun, task: PeerTask): Promise<ExitCode> {
  const talk = new PeerTalk({ ...run, acceptFiles: false });
  try {
    const visit = await PEER_PROCESSES.visit();
    const running = await visit(run.values.data, talk.handlers);
    if (running !== undefined) return await answered(talk, task(running, run));
    return await withOwnPeer(run, talk, task);
  } finally {
    talk.close();
  }
}

async function withOwnPeer(run: PeerRun, talk: PeerTalk, task: PeerTask): Promise<ExitCode> {
  // What comes meanwhile is not taken: it would be printed where nobody looks for it.
  const handlers = { ...talk.handlers, onMessage: refuseMessage };
  const peer = await startPeer(run, { door: false, handlers });
  try {
    await interruptible(peer.registered());
    return await answered(talk, task(peer, run));
  } finally {
    await peer.close();
  }
}

/** The result of a task, unless it waits for a user who cannot answer. */
function answered(talk: PeerTalk, work: Promise<ExitCode>): Promise<ExitCode> {
  const nobody = talk.unanswerable.then((): never => {
    throw new OperatorError({
      place: "standard input",
      problem: "has ended without an answer.",
      remedy: "Answer yes or no when the digits are there.",
    });
  });
  return interruptible(Promise.race([work, nobody]));
}

function refuseMessage(): never {
  throw new Error("this command takes no messages");
}

/** `tagwire peer verify`. */
export const verify: PeerTask = async (tasks, run) => {
  const other = otherOf(run);
  const result = await tasks.compare(other);
  run.write({ peer: encodeBase64Url(other), result }, COMPARED[result]);
  return result === "same" ? EXIT.ok : EXIT.failed;
};

/** `tagwire peer send`. */
export const send: PeerTask = async (tasks, run) => {
  const { positionals, values, write } = run;
  const other = otherOf(run);
  const direct = (): boolean => tasks.isDirect(other);
  if (values.file !== undefined) {
    const { size } = await stat(values.file).catch(() => ({ size: 0 }));
    await tasks.sendFile(other, values.file, progressTeller(run));
    write({ file: values.file, bytes: size, direct: direct() }, `Sent ${String(size)} bytes.`);
    return EXIT.ok;
  }
  const message = positionals["message"];
  if (message === undefined) {
    throw configError("message", "there is nothing to send.", "Give a message, or --file.");
  }
  await tasks.send(other, message, values.waitMs);
  write({ delivered: true, direct: direct() }, "Delivered.");
  return EXIT.ok;
};

/** How often progress is told where lines stay, percent. */
const TELL_PERCENT = 10;

/** Tells how far a file has come: all the time on a terminal, in steps anywhere else. */
function progressTeller({
  tell,
}: Pick<PeerRun, "tell">): (haveBytes: number, sizeBytes: number) => void {
  const { stderr } = process;
  let told = -TELL_PERCENT;
  return (haveBytes, sizeBytes) => {
    const percent = sizeBytes === 0 ? 100 : Math.floor((100 * haveBytes) / sizeBytes);
    const text = `${String(percent).padStart(3)} %  ${String(haveBytes)} of ${String(sizeBytes)} bytes`;
    if (stderr.isTTY) {
      stderr.write(`\r${text}${percent === 100 ? "\n" : ""}`);
      return;
    }
    if (percent < told + TELL_PERCENT && percent !== 100) return;
    if (percent === told) return;
    told = percent;
    tell(text);
  };
}
