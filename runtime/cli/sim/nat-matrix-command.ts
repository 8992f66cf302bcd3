import { natMatrix, NAT_PROFILES, renderNatMatrix } from "../../../sim/nat/index.ts";
import { natMatrixPage } from "../../../sim/view/nat/nat-matrix-page.ts";
import type { Command } from "../command.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { integer, optionalText } from "../option-spec.ts";
import { SIM_TITLES } from "./sim-titles.ts";
import { writeTextFile } from "./written-file.ts";

const OPTIONS = {
  html: optionalText({ doc: "Write it as a page to this file", flagOnly: true, form: "file" }),
  laterMs: integer({
    doc: "How much later the second host begins",
    fallback: 350,
    flagOnly: true,
    min: 0,
    max: 60_000,
  }),
  natSeed: integer({
    doc: "Of the ports that NATs draw at random",
    fallback: 1,
    flagOnly: true,
    min: 0,
    max: 2 ** 32 - 1,
  }),
};

/** `tagwire sim nat-matrix`: which NATs let two hosts meet. */
export const NAT_MATRIX_COMMAND: Command = defineCommand({
  ...SIM_TITLES.natMatrix,
  options: OPTIONS,
  examples: [
    ["$0 sim nat-matrix", "As a table: how many of two hosts got an answer"],
    ["$0 sim nat-matrix --html nat-matrix.html", "As a page with how each punch went"],
    ["$0 sim nat-matrix --json", "All outcomes with their reasons, for tools"],
  ],
  run: async ({ values: { html, laterMs, natSeed }, write, tell }) => {
    const matrix = natMatrix({ laterMs, seed: natSeed });
    if (html !== undefined) {
      await writeTextFile("--html", html, natMatrixPage(matrix, NAT_PROFILES));
      tell(`wrote ${html}`);
    }
    const legend =
      "Rows: the NAT of a; columns: that of b, by number. A cell: how many of the two got an answer, 2 being a connection;\nwith a stroke, if a begins and if b begins.";
    write(matrix, `${renderNatMatrix(matrix)}\n${legend}`);
    return EXIT.ok;
  },
});
