import { fingerprintText } from "../core/index.ts";
import { endpointText } from "../io/addresses.ts";
import { PEER_KEY_KINDS } from "../io/peer-key-kinds.ts";
import type { Command, CommandRun } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { defineCommand } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { flag, integer, optionalText, parsed, parsedList, text } from "./option-spec.ts";
import { HOST_PORT } from "./option-values.ts";
import { chat, runPeer } from "./peer-chat.ts";
import { PEER_PROCESSES } from "./peer-processes.ts";
import { keyOf } from "./peer-run.ts";
import { send, verify } from "./peer-tasks.ts";
import { plainText } from "./result-text.ts";
import { stateFolder } from "./state-folder.ts";
import { interruptible, untilStopped } from "./until-stopped.ts";

const OPTIONS = {
  server: parsedList({ ...HOST_PORT, doc: "A server to register with; give it again for more" }),
  listen: parsed({
    ...HOST_PORT,
    doc: "server: where it listens",
    fallback: "0.0.0.0:7450",
  }),
  advertise: parsedList({
    ...HOST_PORT,
    doc: "server: another address under which peers reach it; give it again for more",
  }),
  name: text({ doc: "Name in a certificate that is made", fallback: "peer" }),
  key: text({
    doc: "Key of a certificate that is made",
    fallback: "p256",
    schema: { enum: [...PEER_KEY_KINDS] },
    remedy: "Give p256, ed25519 or rsa.",
  }),
  direct: flag({
    doc: "Look for direct paths, which tells other peers your addresses",
    fallback: true,
  }),
  file: optionalText({ doc: "send: a file instead of a message" }),
  acceptFiles: flag({ doc: "run, chat: take every file that is offered", fallback: false }),
  files: optionalText({ doc: "Folder for files that come; default: files in the data folder" }),
  waitMs: integer({
    doc: "send: how long the other peer may take",
    fallback: 60_000,
    min: 100,
    max: 3_600_000,
  }),
  once: flag({
    doc: "demo: do the whole job once and end, as it does anyway",
    fallback: false,
    flagOnly: true,
  }),
  data: text({ doc: "Folder of certificate and state", fallback: stateFolder("peer") }),
};

type PeerRun = CommandRun<typeof OPTIONS>;

/** `tagwire peer`: a server of peers, a peer, and what a peer does. */
export const PEER_COMMAND: Command = defineCommand({
  ...TITLES.peer,
  positionals: {
    action: {
      doc: "What to do",
      required: true,
      choices: ["server", "id", "run", "verify", "send", "chat", "demo"],
    },
    peer: { doc: "verify, send, chat: fingerprint of the other peer", required: false },
    message: { doc: "send: what to say", required: false },
  },
  options: OPTIONS,
  isQuiet: true,
  examples: [
    ["$0 peer server --listen 0.0.0.0:7450", "A rendezvous; nobody needs to trust it"],
    ["$0 peer id --name ann", "Make a certificate, or show the one there is"],
    ["$0 peer run --server peers.example:7450", "Be reachable, and print what comes"],
    [
      "$0 peer verify FINGERPRINT --server peers.example:7450",
      "Compare six digits with the other user",
    ],
    [
      "$0 peer send FINGERPRINT hello --server peers.example:7450",
      "Say something and wait until it is there",
    ],
    [
      "$0 peer send FINGERPRINT --file notes.txt --server peers.example:7450",
      "Send a file, or the rest of it",
    ],
    ["$0 peer chat FINGERPRINT --server peers.example:7450", "Talk"],
    ["$0 peer demo --once --json", "A server and two peers on this machine"],
  ],
  run: (run) => {
    switch (run.positionals["action"]) {
      case "server":
        return runServer(run);
      case "id":
        return showIdentity(run);
      case "verify":
        return verify(run);
      case "send":
        return send(run);
      case "demo":
        return demonstrate(run);
      case "chat":
        return chat(run);
      default:
        return runPeer(run);
    }
  },
});

async function runServer({ values, write, log }: PeerRun): Promise<ExitCode> {
  const run = await PEER_PROCESSES.server();
  const server = await run({ listen: values.listen, advertise: values.advertise }, log);
  const endpoints = server.endpoints.map(endpointText);
  const stopped = untilStopped(server, log);
  write(
    { ready: true, udp: endpointText(server.udp), endpoints },
    `Peer server\n  UDP      ${endpointText(server.udp)}\n  Reached  ${endpoints.join(", ")}`,
  );
  return stopped;
}

async function showIdentity({ values, write }: PeerRun): Promise<ExitCode> {
  const open = await PEER_PROCESSES.identity();
  const { certificate, fingerprint, isNew, name } = await open({
    dataFolder: values.data,
    name: values.name,
    key: keyOf(values.key),
  });
  write(
    {
      name,
      fingerprint: fingerprintText(fingerprint),
      certificate: Buffer.from(certificate).toString("base64"),
      isNew,
    },
    `${isNew ? "Made a certificate for" : "Certificate of"} ${plainText(name)}\n  ${fingerprintText(fingerprint)}`,
  );
  return EXIT.ok;
}

async function demonstrate({ write, log }: PeerRun): Promise<ExitCode> {
  const run = await PEER_PROCESSES.demo();
  const report = await interruptible(run(log));
  const { codeMatches, direct, exactlyOnce, messages } = report;
  write(
    report,
    [
      codeMatches ? "Both users saw the same six digits." : "The users saw different digits.",
      `${String(messages)} messages were acknowledged, ${exactlyOnce ? "each came once" : "not each came once"}.`,
      direct ? "They went straight from one to the other." : "They went through the server.",
    ].join("\n"),
  );
  return codeMatches && exactlyOnce ? EXIT.ok : EXIT.failed;
}
