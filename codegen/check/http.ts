import type { Report } from "../load/diagnostic.ts";
import type { HttpOperation, SpecModel } from "../model/model.ts";
import { duplicatesOf, placeOf, told } from "./parts.ts";

/** Operations have routes of their own, and only those that change something have bodies. */
export function checkHttp(model: SpecModel, report: Report): void {
  for (const protocol of model.protocols) {
    const operations = protocol.http?.operations ?? [];
    const routes = operations.flatMap(routesOf);
    for (const [route, first] of duplicatesOf(routes, ({ key }) => key)) {
      const message = `${route.operation.method} ${route.path} is served by ${first.operation.name} (${told(first.operation)}) already.`;
      report(
        placeOf(model, route.operation, route.member),
        "operation-twice",
        message,
        "Take another path or method.",
      );
    }
    for (const { operation, path, member } of routes) {
      const parameters = path.match(/:[^/]*/g) ?? [];
      const isTwice = new Set(parameters).size < parameters.length;
      const isMalformed =
        path.includes("//") || parameters.some((name) => !/^:[A-Za-z]\w*$/.test(name));
      if (!isTwice && !isMalformed) continue;
      const message = `The path ${path} of ${operation.name} ${isTwice ? "has a parameter twice" : "is malformed"}.`;
      report(
        placeOf(model, operation, member),
        "path-parameter",
        message,
        "Write /part/:name, each name once.",
      );
    }
    for (const operation of operations.filter(
      ({ method, body }) => body !== undefined && !takesBody(method),
    )) {
      const message = `${operation.name} is a ${operation.method}, whose body has no meaning (RFC 9110, 9.3).`;
      report(
        placeOf(model, operation, "body"),
        "operation-body",
        message,
        "Use POST or PUT, or move the members to query.",
      );
    }
  }
}

function takesBody(method: HttpOperation["method"]): boolean {
  return method === "POST" || method === "PUT";
}

interface Route {
  readonly operation: HttpOperation;
  readonly path: string;
  readonly member: string;
  /** Routes with the same key answer the same requests. */
  readonly key: string;
}

function routesOf(operation: HttpOperation): readonly Route[] {
  const paths = [
    { path: operation.path, member: "path" },
    ...operation.aliases.map((path, index) => ({ path, member: `aliases/${index.toString()}` })),
  ];
  return paths.map(({ path, member }) => ({
    operation,
    path,
    member,
    key: `${operation.method} ${path.replaceAll(/:[^/]*/g, ":")}`,
  }));
}
