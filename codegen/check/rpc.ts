import type { Report } from "../load/diagnostic.ts";
import type { RpcService, SpecModel } from "../model/model.ts";
import { duplicatesOf, placeOf } from "./parts.ts";

/** JSON-RPC 2.0, section 5.1: the codes from and including -32768 to -32000 are reserved. */
const RESERVED = { from: -32768, to: -32000 } as const;
/** … and of these -32000 to -32099 are for implementations; ours takes the lowest three (`RPC_CODES` of the core). */
const FREE = { from: -32096, to: -32000 } as const;

/** Error codes are free and each its own, and what cannot be answered promises no answer. */
export function checkRpc(model: SpecModel, report: Report): void {
  for (const service of model.protocols.flatMap((protocol) => protocol.services)) {
    checkErrors(model, service, report);
    for (const method of service.methods) {
      if (method.result === undefined && method.errors.length > 0) {
        const message = `${method.name} is a notification (it has no result), so that it cannot answer with errors.`;
        report(
          placeOf(model, method, "errors"),
          "method-notification",
          message,
          "Remove errors, or add a result.",
        );
      }
    }
  }
}

function checkErrors(model: SpecModel, service: RpcService, report: Report): void {
  for (const error of service.errors) {
    const { code, name } = error;
    const isReserved = code >= RESERVED.from && code <= RESERVED.to;
    const isFree = code >= FREE.from && code <= FREE.to;
    if (isReserved && !isFree) {
      const message = `The code ${code.toString()} of ${name} is reserved by JSON-RPC and Tagwire (-32768 … -32097).`;
      report(
        placeOf(model, error, "code"),
        "error-code-reserved",
        message,
        "Take one of -32096 … -32000, or one outside of -32768 … -32000.",
      );
    }
    if (!service.methods.some((method) => method.errors.includes(error))) {
      const message = `No method of ${service.name} answers with the error ${name}.`;
      report(
        error.source,
        "error-unused",
        message,
        "Name it in the errors of a method, or remove it.",
      );
    }
  }
  for (const [error, first] of duplicatesOf(service.errors, ({ code }) => code)) {
    const message = `The code ${error.code.toString()} of ${error.name} is that of ${first.name}.`;
    report(
      placeOf(model, error, "code"),
      "error-code-twice",
      message,
      "Give each error its own code.",
    );
  }
}
