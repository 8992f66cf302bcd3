// A CommonJS module with state, that holds Node's modules and loads others late.
const dgram = require("dgram");
const net = require("node:net");
let count = 0;

exports.count = () => (count += 1);
exports.dgram = dgram;
exports.net = net;
exports.self = () => require("./counter.cjs");
exports.imported = () => import("./importer.mjs");
exports.required = () => require("./importer.mjs");
exports.read = () => require("node:fs").readFileSync(__filename);
exports.name = process.env.NAME;
exports.place = new Error("here").stack.split("\n")[1];
