// A CommonJS module with state, that holds Node's modules and loads others late.
const dgram = require("dgram");
const net = require("node:net");
// Out of sight of those who look for circles.
const importer = ["./importer", "mjs"].join(".");
let count = 0;

exports.count = () => (count += 1);
exports.dgram = dgram;
exports.net = net;
exports.self = () => require(__filename);
exports.imported = () => import(importer);
exports.required = () => require(importer);
exports.read = () => require("node:fs").readFileSync(__filename);
exports.name = process.env.NAME;
exports.place = new Error("here").stack.split("\n")[1];
