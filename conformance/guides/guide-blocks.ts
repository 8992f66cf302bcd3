import { readFileSync } from "node:fs";

/** A code block of a guide with what the guide says is to be done with it. */
export interface GuideBlock {
  /** The comment before the block: `insert`, `run`, `output`, `call`, `excerpt` and the like, then its arguments. */
  readonly directive: string;
  /** What follows the directive's first word. */
  readonly argument: string;
  readonly language: string;
  /** Without the fences. */
  readonly text: string;
  /** Where the block begins, from 1. */
  readonly line: number;
}

const FENCE = /^```([a-z]*)$/;
const DIRECTIVE = /^<!-- (\S+) ?(.*?) -->$/;

/**
 * The code blocks of a Markdown file in order. The comment that belongs to a block is the last line before it that is
 * not empty, if that is a comment; otherwise its directive is empty.
 */
export function readGuideBlocks(file: URL): readonly GuideBlock[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const blocks: GuideBlock[] = [];
  let before = "";
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const language = FENCE.exec(line)?.[1];
    if (language === undefined) {
      if (line.trim() !== "") before = line;
      continue;
    }
    const end = lines.indexOf("```", at + 1);
    if (end < 0)
      throw new Error(`${file.pathname}: the block of line ${String(at + 1)} has no end`);
    const [, directive = "", argument = ""] = DIRECTIVE.exec(before) ?? [];
    const text = lines.slice(at + 1, end).join("\n");
    blocks.push({ directive, argument, language, text, line: at + 1 });
    before = "";
    at = end;
  }
  return blocks;
}
