import type { HttpApi, HttpOperation } from "../model/model.ts";
import type { Report } from "./diagnostic.ts";
import type { RawHttp } from "./raw-documents.ts";
import { resolveShapes, shapeRefsAreKnown } from "./resolve-shapes.ts";
import type { Scope } from "./scope.ts";
import { elementsOf } from "./sound-document.ts";
import type { SoundDocument } from "./sound-document.ts";

/** @returns undefined if something the interface names is not there; every problem is reported. */
export function resolveHttp(
  sound: SoundDocument,
  scope: Scope,
  report: Report,
): HttpApi | undefined {
  const { document } = sound;
  const raw = document.value as RawHttp;
  const role = scope.find("role", raw.role, document.placeOf(["role"]));
  const shapes = resolveShapes(sound, raw.schemas);
  const areShapesKnown = shapeRefsAreKnown(sound, ["schemas"], shapes, report);
  const areOperationsKnown = shapeRefsAreKnown(sound, ["operations"], shapes, report);
  if (role === undefined || !areShapesKnown || !areOperationsKnown) return undefined;
  const operations = elementsOf(sound, ["operations"], raw.operations).flatMap((element) => {
    if (element.raw === undefined) return [];
    const { doc, method, path, aliases, auth, query, body, responses } = element.raw;
    const operation: HttpOperation = {
      name: element.name,
      doc,
      source: element.place,
      method,
      path,
      aliases: aliases ?? [],
      auth: auth ?? "none",
      query,
      body,
      responses: Object.entries(responses).map(([status, response]) => ({
        status: Number(status),
        doc: response.doc,
        schema: response.schema,
      })),
    };
    return [operation];
  });
  return {
    name: raw.role,
    doc: raw.doc,
    source: document.placeOf([]),
    protocol: scope.protocol,
    role: raw.role,
    schemas: shapes,
    operations,
  };
}
