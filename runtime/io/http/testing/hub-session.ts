import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { LightMyRequestResponse as Response } from "fastify";
import { HUB_HTTP } from "../../../../generated/control/http.ts";
import type { OperationName } from "../operation-handler.ts";
import { createTestHub, registered } from "./test-hub.ts";
import type { TestHub } from "./test-hub.ts";

/** A client's fingerprint as an operation's body has it. */
export const FINGERPRINT: string = "F".repeat(42) + "A";

/** The first router of `DEVICES`. */
export const MAC = "02:00:5e:10:00:01";

/** What a browser accepts. */
export const PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

/** Holds a response to what the spec states of its operation and status: media type and schema, or no body. */
export function assertFits(operation: OperationName, response: Response | undefined): void {
  assert.ok(response);
  const stated = HUB_HTTP[operation].responses.find(({ status }) => status === response.statusCode);
  assert.ok(stated, `${operation} states no ${String(response.statusCode)}: ${response.body}`);
  if (stated.schema === undefined) {
    assert.equal(response.body, "");
    return;
  }
  const ajv = new Ajv2020({ strict: true });
  const type = response.statusCode < 400 ? "application/json" : "application/problem+json";
  assert.equal(response.headers["content-type"], `${type}; charset=utf-8`);
  assert.ok(ajv.validate(stated.schema, response.json()), `${response.body}: ${ajv.errorsText()}`);
}

/** A hub with the account `ann`, and the header that proves her session. */
export async function session(
  options?: Parameters<typeof createTestHub>[0],
): Promise<TestHub & { readonly authorization: string }> {
  const hub = await createTestHub(options);
  return { ...hub, authorization: `Bearer ${await registered(hub)}` };
}
