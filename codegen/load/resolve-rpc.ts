import type { RpcMethod, RpcService } from "../model/model.ts";
import type { Report } from "./diagnostic.ts";
import { suggestName } from "./nearest-name.ts";
import type { RawRpc } from "./raw-documents.ts";
import { resolveShapes, shapeRefsAreKnown } from "./resolve-shapes.ts";
import type { Scope } from "./scope.ts";
import { elementsOf } from "./sound-document.ts";
import type { SoundDocument } from "./sound-document.ts";

/** @returns undefined if something the service names is not there; every problem is reported. */
export function resolveRpc(
  sound: SoundDocument,
  scope: Scope,
  report: Report,
): RpcService | undefined {
  const { document } = sound;
  const raw = document.value as RawRpc;
  const roles = (["from", "to"] as const).flatMap((member) =>
    raw[member].map((role, index) => scope.find("role", role, document.placeOf([member, index]))),
  );
  const carrier =
    raw.carrier === undefined
      ? undefined
      : scope.find("message", raw.carrier, document.placeOf(["carrier"]));
  const shapes = resolveShapes(sound, raw.schemas);
  const areShapesKnown = shapeRefsAreKnown(sound, ["schemas"], shapes, report);
  const areMethodsKnown = shapeRefsAreKnown(sound, ["methods"], shapes, report);
  const errors = elementsOf(sound, ["errors"], raw.errors).flatMap(({ name, place, raw: error }) =>
    error === undefined ? [] : [{ name, doc: error.doc, source: place, code: error.code }],
  );
  const methods = resolveMethods(sound, raw, errors, report);
  const isSound = areShapesKnown && areMethodsKnown && !roles.includes(undefined);
  if (!isSound || methods === undefined || (raw.carrier !== undefined && carrier === undefined))
    return undefined;
  return {
    name: raw.service,
    doc: raw.doc,
    source: document.placeOf(["service"]),
    protocol: scope.protocol,
    from: raw.from,
    to: raw.to,
    carrier,
    schemas: shapes,
    errors,
    methods,
  };
}

function resolveMethods(
  sound: SoundDocument,
  raw: RawRpc,
  errors: RpcService["errors"],
  report: Report,
): readonly RpcMethod[] | undefined {
  let isSound = true;
  const methods = elementsOf(sound, ["methods"], raw.methods).flatMap(
    ({ name, path, place, raw: method }) => {
      if (method === undefined) return [];
      const answered = (method.errors ?? []).flatMap((errorName, index) => {
        const error = errors.find((candidate) => candidate.name === errorName);
        if (error !== undefined) return [error];
        isSound = false;
        const at = sound.document.placeOf([...path, "errors", index]);
        const known = errors.map((candidate) => candidate.name);
        report(
          at,
          "unknown-error",
          `The service has no error ${errorName}.`,
          suggestName(errorName, known),
        );
        return [];
      });
      const resolved: RpcMethod = {
        name,
        doc: method.doc,
        source: place,
        params: method.params,
        result: method.result,
        errors: answered,
        idempotent: method.idempotent ?? false,
        timeoutMs: method.timeoutMs,
        since: method.since ?? 1,
      };
      return [resolved];
    },
  );
  return isSound ? methods : undefined;
}
