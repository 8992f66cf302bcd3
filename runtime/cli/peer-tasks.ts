import { stat } from "node:fs/promises";
import { OperatorError, fingerprintText } from "../core/index.ts";
import { PeerError } from "../processes/peer-error.ts";
import type { PeerTasks } from "../processes/peer-types.ts";
import { configError } from "./config-error.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { PEER_PROCESSES } from "./peer-processes.ts";
import { otherOf, startPeer } from "./peer-run.ts";
import type { PeerRun } from "./peer-run.ts";
import { COMPARED, PeerTalk } from "./peer-talk.ts";
import { Interruption } from "./sim/interruption.ts";

/** One thing that a peer does, and what is told of it. */
interface PeerTask {
  /** @throws {PeerError} `cancelled` if it was given up, which the signal asks for. */
  readonly work: (tasks: PeerTasks, signal: AbortSignal) => Promise<ExitCode>;
  /** What a user is told who gave it up. */
  readonly givenUp: { readonly value: object; readonly text: string };
}

/** `tagwire peer verify`. @throws {ConfigError} if the command line does not say with whom. */
export function verify(run: PeerRun): Promise<ExitCode> {
  const other = otherOf(run);
  const peer = fingerprintText(other);
  return withPeer(run, {
    work: async (tasks, signal) => {
      const result = await tasks.compare(other, { signal });
      if (signal.aborted && result === "abandoned") throw new PeerError(peer, "cancelled");
      run.write({ peer, result }, COMPARED[result]);
      return result === "same" ? EXIT.ok : EXIT.failed;
    },
    givenUp: {
      value: { peer, result: "abandoned" },
      text: "Interrupted: nothing was compared, and nothing is remembered.",
    },
  });
}

/** `tagwire peer send`. @throws {ConfigError} if the command line does not say what, and to whom. */
export function send(run: PeerRun): Promise<ExitCode> {
  const other = otherOf(run);
  const { positionals, values } = run;
  const { file } = values;
  if (file !== undefined) return sendFile(run, { other, file });
  const message = positionals["message"];
  if (message === undefined) {
    throw configError("message", "there is nothing to send.", "Give a message, or --file.");
  }
  return withPeer(run, {
    work: async (tasks, signal) => {
      await tasks.send(other, message, { withinMs: values.waitMs, signal });
      run.write({ delivered: true, direct: tasks.isDirect(other) }, "Delivered.");
      return EXIT.ok;
    },
    givenUp: {
      value: { delivered: false, cancelled: true },
      text: "Interrupted before the other peer had acknowledged it: it is given up, and nothing sends it later. It may have arrived all the same.",
    },
  });
}

function sendFile(
  run: PeerRun,
  { file, other }: { readonly file: string; readonly other: Uint8Array },
): Promise<ExitCode> {
  return withPeer(run, {
    work: async (tasks, signal) => {
      const { size } = await stat(file).catch(() => ({ size: 0 }));
      await tasks.sendFile(other, file, { onProgress: progressTeller(run), signal });
      const direct = tasks.isDirect(other);
      run.write({ file, bytes: size, direct }, `Sent ${String(size)} bytes.`);
      return EXIT.ok;
    },
    givenUp: {
      value: { file, cancelled: true },
      text: "Interrupted. What had arrived is kept there, and the same command sends the rest.",
    },
  });
}

/** Has the peer that runs with this folder do something; if none runs, one that ends with it. */
async function withPeer(run: PeerRun, task: PeerTask): Promise<ExitCode> {
  const talk = new PeerTalk({ ...run, acceptFiles: false });
  // The first signal gives the task up, which has to be told to the other peer; a second does not wait for that.
  using interruption = new Interruption();
  const { signal } = interruption;
  try {
    const visit = await PEER_PROCESSES.visit();
    const running = await visit(run.values.data, talk.handlers);
    if (running !== undefined) return await answered(talk, task.work(running, signal));
    return await withOwnPeer(run, talk, { task, signal });
  } catch (error) {
    if (!(signal.aborted && error instanceof PeerError && error.reason === "cancelled"))
      throw error;
    run.write(task.givenUp.value, task.givenUp.text);
    return EXIT.interrupted;
  } finally {
    talk.close();
  }
}

async function withOwnPeer(
  run: PeerRun,
  talk: PeerTalk,
  { signal, task }: { readonly task: PeerTask; readonly signal: AbortSignal },
): Promise<ExitCode> {
  // What comes meanwhile is not taken: it would be printed where nobody looks for it.
  const handlers = { ...talk.handlers, onMessage: refuseMessage };
  const peer = await startPeer(run, { door: false, handlers });
  try {
    // Closed it has no server to wait for.
    const close = (): void => void peer.close();
    signal.addEventListener("abort", close);
    if (signal.aborted) close();
    await peer.registered();
    signal.removeEventListener("abort", close);
    return await answered(talk, task.work(peer, signal));
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
  return Promise.race([work, nobody]);
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
