import type { RpcMethod } from "../model/model.ts";
import { pascalCase } from "./names.ts";

/** `SystemUptimeParams`. */
export function paramsType(method: RpcMethod): string {
  return `${pascalCase(method.name)}Params`;
}

/** `SystemUptimeResult`; `undefined` of a notification. */
export function resultType(method: RpcMethod): string {
  return method.result === undefined ? "undefined" : `${pascalCase(method.name)}Result`;
}
