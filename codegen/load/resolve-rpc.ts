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
  const methods: RpcMethod[] = [];
  let isSound = true;
  for (const { name, path, place, raw: method } of elementsOf(sound, ["methods"], raw.methods)) {
    if (method === undefined) continue;
    const { doc, params, result, timeoutMs, idempotent = false, since = 1 } = method;
    const answered: RpcService["errors"][number][] = [];
    for (const [index, wanted] of (method.errors ?? []).entries()) {
      const error = errors.find((candidate) => candidate.name === wanted);
      if (error !== undefined) {
        answered.push(error);
        continue;
      }
      isSound = false;
      const at = sound.document.placeOf([...path, "errors", index]);
      const known = errors.map((candidate) => candidate.name);
      const message = `The service has no error ${wanted}.`;
      report(at, "unknown-error", message, suggestName(wanted, known));
    }
    const head = { name, doc, source: place };
    methods.push({ ...head, params, result, errors: answered, idempotent, timeoutMs, since });
  }
  return isSound ? methods : undefined;
}
