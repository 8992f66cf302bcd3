import { stat } from "node:fs/promises";
import { OperatorError, fingerprintText } from "../core/index.ts";
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
type PeerTask = (tasks: PeerTasks) => Promise<ExitCode>;

/** `tagwire peer verify`. @throws {ConfigError} if the command line does not say with whom. */
export function verify(run: PeerRun): Promise<ExitCode> {
  const other = otherOf(run);
  return withPeer(run, async (tasks) => {
    const result = await tasks.compare(other);
    run.write({ peer: fingerprintText(other), result }, COMPARED[result]);
    return result === "same" ? EXIT.ok : EXIT.failed;
  });
}

/** `tagwire peer send`. @throws {ConfigError} if the command line does not say what, and to whom. */
export function send(run: PeerRun): Promise<ExitCode> {
  const other = otherOf(run);
  const { positionals, values } = run;
  const { file } = values;
  if (file !== undefined) return withPeer(run, (tasks) => sendFile(tasks, run, { other, file }));
  const message = positionals["message"];
  if (message === undefined) {
    throw configError("message", "there is nothing to send.", "Give a message, or --file.");
  }
  return withPeer(run, async (tasks) => {
    await tasks.send(other, message, values.waitMs);
    run.write({ delivered: true, direct: tasks.isDirect(other) }, "Delivered.");
    return EXIT.ok;
  });
}

async function sendFile(
  tasks: PeerTasks,
  run: PeerRun,
  { file, other }: { readonly file: string; readonly other: Uint8Array },
): Promise<ExitCode> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  await tasks.sendFile(other, file, progressTeller(run));
  const direct = tasks.isDirect(other);
  run.write({ file, bytes: size, direct }, `Sent ${String(size)} bytes.`);
  return EXIT.ok;
}

/** Has the peer that runs with this folder do something; if none runs, one that ends with it. */
async function withPeer(run: PeerRun, task: PeerTask): Promise<ExitCode> {
  const talk = new PeerTalk({ ...run, acceptFiles: false });
  try {
    const visit = await PEER_PROCESSES.visit();
    const running = await visit(run.values.data, talk.handlers);
    if (running !== undefined) return await answered(talk, task(running));
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
    return await answered(talk, task(peer));
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

/** How often progress is told on a terminal, where it takes one line, and anywhere else, percent. */
const TERMINAL_STEP = 1;
const LINE_STEP = 10;

/** Tells how far a file has come. */
function progressTeller({
  tell,
}: Pick<PeerRun, "tell">): (haveBytes: number, sizeBytes: number) => void {
  const { stderr } = process;
  const step = stderr.isTTY ? TERMINAL_STEP : LINE_STEP;
  let told = -step;
  return (haveBytes, sizeBytes) => {
    const percent = sizeBytes === 0 ? 100 : Math.floor((100 * haveBytes) / sizeBytes);
    const isNext = percent >= told + step || percent === 100;
    if (!isNext || percent === told) return;
    told = percent;
    const text = `${String(percent).padStart(3)} %  ${String(haveBytes)} of ${String(sizeBytes)} bytes`;
    if (stderr.isTTY) stderr.write(`\r${text}${percent === 100 ? "\n" : ""}`);
    else tell(text);
  };
}
