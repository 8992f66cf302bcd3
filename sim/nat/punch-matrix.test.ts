import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  createSeededNatRandom,
  natMatrix,
  natProfile,
  punchHole,
  renderNatMatrix,
} from "./index.ts";

/** Outcomes measured through a real kernel; the file says how. */
const MEASURED = new URL(
  "../../conformance/world/namespaces/linux-nat-punch-matrix.tsv",
  import.meta.url,
);

/** The profile of each NAT that was measured. */
const PROFILES: Readonly<Record<string, string>> = {
  fullcone: "full-cone",
  "addr-restricted": "address-restricted",
  "home-eim-apdf": "port-restricted",
  masq: "linux-masquerade",
  "masq-indrop": "linux-masquerade-input-drop",
  "fully-random": "linux-fully-random",
};

test("The model agrees with all measured outcomes of Linux's NATs.", () => {
  const lines = readFileSync(MEASURED, "utf8").trim().split("\n");
  const rows = lines.filter((line) => !line.startsWith("#")).slice(1);
  const differing: string[] = [];
  for (const [seed, row] of rows.entries()) {
    const [a = "", b = "", startA = "", startB = "", sidesOk = ""] = row.split("\t");
    const result = punchHole({
      natA: natProfile(PROFILES[a] ?? a),
      natB: natProfile(PROFILES[b] ?? b),
      startAMs: Number(startA),
      startBMs: Number(startB),
      random: createSeededNatRandom(seed),
    });
    if (result.sidesOk !== Number(sidesOk)) differing.push(`${row} but ${JSON.stringify(result)}`);
  }
  assert.equal(rows.length, 72);
  assert.deepEqual(differing, []);
});

test("The matrix has every pair, mirrors itself, and says why a hole stays closed.", () => {
  const { names, rows } = natMatrix();
  assert.ok(names.length >= 18);
  assert.equal(new Set(names).size, names.length);
  for (const [row, cells] of rows.entries()) {
    assert.equal(cells.length, names.length);
    for (const [column, { aFirst, bFirst }] of cells.entries()) {
      assert.equal(aFirst.sidesOk, rows[column]?.[row]?.bFirst.sidesOk);
      for (const result of [aFirst, bFirst]) {
        assert.equal(result.reason === "connected", result.sidesOk === 2);
        if (result.sidesOk < 2) assert.match(result.reason, /^[ab]: \d+ /);
      }
    }
  }
});

test("A text table has a line for each profile.", () => {
  const names = ["full-cone", "linux-masquerade"];
  const table = renderNatMatrix(natMatrix({ profiles: names.map(natProfile) }));
  assert.equal(
    table,
    [
      "                       1   2",
      "  1 full-cone          2 1/2",
      "  2 linux-masquerade 2/1   0",
      "",
    ].join("\n"),
  );
});
