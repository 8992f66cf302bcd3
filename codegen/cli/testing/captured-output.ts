import { PassThrough } from "node:stream";
import type { Output } from "../output.ts";

/** An output that a test reads. */
export interface CapturedOutput extends Output {
  /** All that was written. */
  readonly text: () => string;
  /** The lines that were written since the last call. */
  readonly lines: () => readonly string[];
}

/** Makes an output that is no terminal. */
export function captureOutput(cwd: string, json = false): CapturedOutput {
  const chunks: string[] = [];
  let told = 0;
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const text = (): string => chunks.join("");
  return {
    stream,
    cwd,
    json,
    text,
    lines: () => {
      const all = text().trimEnd().split("\n");
      const fresh = all.slice(told);
      told = all.length;
      return fresh;
    },
  };
}
