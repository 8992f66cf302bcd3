// An ES module that imports a CommonJS one, Node's modules by both names, and makes a `require`.
import { Socket } from "dgram";
import net from "node:net";
import { createRequire } from "node:module";
import counter, { count } from "./counter.cjs";

export { counter, count, net, Socket };
export const required = createRequire(import.meta.url)("./counter.cjs");
export const later = () => import("./counter.cjs");
export const random = Math.random();
export const started = Date.now();
