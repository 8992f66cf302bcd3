import type { TunnelDemoReport } from "../../processes/tunnel-types.ts";
import type { Command, CommandRun } from "../command.ts";
import { FailedError, defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, integer } from "../option-spec.ts";
import { interruptible, untilStopped } from "../until-stopped.ts";
import { chainText } from "./chain-text.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

const PAGE_BYTES = 1_048_576;

const OPTIONS = {
  once: flag({ doc: "Fetch the page once and end", fallback: false, flagOnly: true }),
  hops: integer({ doc: "Relays to pass", fallback: 3, min: 0, max: 3 }),
  pageBytes: integer({
    doc: "Size of the page",
    fallback: PAGE_BYTES,
    min: 1,
    max: 1_073_741_824,
  }),
};

/** `tagwire tunnel demo`: a whole tunnel network in one process. */
export const DEMO_COMMAND: Command = defineCommand({
  ...TUNNEL_TITLES.demo,
  options: OPTIONS,
  isQuiet: true,
  examples: [
    ["$0 tunnel demo", "Run until Ctrl-C and print the page's address"],
    ["$0 tunnel demo --once --json", "Fetch it once, print one JSON object and end"],
  ],
  run: runDemoCommand,
});

async function runDemoCommand({
  values,
  write,
  log,
}: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { hops, once, pageBytes } = values;
  const { runTunnelDemo } = await import("../../processes/tunnel-demo.ts");
  const demo = await interruptible(runTunnelDemo({ relays: hops, pageBytes }, log));
  const { report, tubes, url } = demo;
  const chains = tubes.slice(0, 1).map(chainText);
  const text = [reportText(report), ...chains].join("\n");
  if (!once) {
    const stopped = untilStopped(demo, log);
    write(
      { ready: true, url, report },
      `${text}\n\nFetch ${url} as often as you like.\nCtrl-C ends it.`,
    );
    return stopped;
  }
  await interruptible(demo.close());
  write(report, text);
  if (report.sha256Ok) return EXIT.ok;
  throw new FailedError(EXIT.failed, {
    place: url,
    problem: "the page came with another hash.",
    remedy: "Report it: no byte may change in a tunnel.",
  });
}

function reportText({ bytes, hops, openMs, sha256Ok }: TunnelDemoReport): string {
  const hash = sha256Ok ? "the hash is right" : "the hash is wrong";
  return `${String(bytes)} bytes came through ${String(hops)} relays, ${hash}. The tunnel was open in ${String(openMs)} ms.`;
}
