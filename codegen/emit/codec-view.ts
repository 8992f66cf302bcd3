import type { Field, Message, Protocol, StructType } from "../model/model.ts";
import { decodeValue } from "./codec-decode.ts";
import { integerLoad } from "./codec-load.ts";
import type { DecodeContext } from "./codec-load.ts";
import { viewOf } from "./codec-symbols.ts";
import { walkFields } from "./codec-walk.ts";
import { fixedBytes, namedExtent, prefixBytes } from "./layout.ts";
import { Scope, after, printPlace } from "./place.ts";
import type { Place } from "./place.ts";
import { code, coreValue, jsdoc } from "./printer.ts";
import type { Fragment } from "./printer.ts";
import { mentions, statements } from "./statements.ts";
import { valueType } from "./value-type.ts";

/** Members that every view has; a field of such a name is read by `<name>Value`. */
const OWN_MEMBERS = new Set(["at", "constructor"]);

/** The getter of a field in a view. */
function viewMember(field: Field): string {
  return OWN_MEMBERS.has(field.name) ? `${field.name}Value` : field.name;
}

/** The class that reads a message or struct in place. */
export function viewClass(element: Message | StructType, protocol: Protocol): Fragment {
  const context = viewContext(protocol, ["bytes", "view", "offset", "end"]);
  const stored = new Map<Field, string>();
  const constant = new Map<Field, Place>();
  walkFields(
    element.fields,
    {
      path: element.name,
      place: { base: "offset", plus: 0 },
      visit: (field, place) => {
        if (place.base === "offset") {
          constant.set(field, place);
          return;
        }
        const member = `#${field.name}At`;
        stored.set(field, member);
        context.lines.push(`this.${member} = ${printPlace(place)};`);
      },
    },
    context,
  );
  const layout = { element, protocol, stored, constant };
  const members = element.fields.map((field) => fieldMembers(field, layout));
  const missing = element.fields
    .filter((field) => field.since > 1)
    .map((field) => `this.${stored.get(field) ?? ""} = -1;`);
  return classText(element, {
    places: [...stored.values()],
    walk: [...missing, ...context.lines],
    views: members.map((member) => member.view),
    getters: members.map((member) => member.getters),
  });
}

interface ClassParts {
  /** Private members that hold where a field stands. */
  readonly places: readonly string[];
  /** Statements of `at`. */
  readonly walk: readonly Fragment[];
  /** Private members that hold views of nested values. */
  readonly views: readonly Fragment[];
  readonly getters: readonly Fragment[];
}

function classText(element: Message | StructType, parts: ClassParts): Fragment {
  const { walk, getters } = parts;
  const kept = ["bytes", "view", "offset", "end"].filter((name) => usesMember(getters, name));
  const initial: Readonly<Record<string, Fragment>> = {
    bytes: code`Uint8Array = ${coreValue("NO_BYTES")}`,
    view: code`DataView = ${coreValue("NO_VIEW")}`,
    offset: "number = 0",
    end: "number = 0",
  };
  const parameters = [
    ["bytes", "Uint8Array"],
    ["view", "DataView"],
    ["offset", "number"],
    ["end", "number"],
  ].map(
    ([name = "", type = ""]) =>
      `${kept.includes(name) || mentions(walk, name) ? "" : "_"}${name}: ${type}`,
  );
  const doc = jsdoc(
    `Reads one \`${element.name}\` in place, without allocating; point it at bytes with \`at()\`.`,
  );
  const atDoc = jsdoc(
    "Points the view at the value from `offset` to `end`. Lengths are checked here; values when they are read.",
    "@throws {WireError} `truncated` or `overlong` if the value's parts are not there.",
  );
  return code`${doc}export class ${element.name}View {
${kept.map((name) => code`#${name}: ${initial[name] ?? ""};\n`)}${parts.places.map((name) => `${name} = 0;\n`)}${parts.views}
${atDoc}at(${parameters.join(", ")}): this {
${statements(walk)}
${kept.map((name) => `this.#${name} = ${name};\n`)}return this;
}

${getters}}

`;
}

/** True if the code uses a private member of the view. */
function usesMember(fragment: Fragment, member: string): boolean {
  if (typeof fragment === "string") return new RegExp(`this\\.#${member}\\b`).test(fragment);
  return (
    Array.isArray(fragment) &&
    (fragment as readonly Fragment[]).some((part) => usesMember(part, member))
  );
}

function viewContext(protocol: Protocol, taken: readonly string[]): DecodeContext {
  const scope = new Scope(taken);
  return { protocol, scope, lines: [], bytes: "bytes", view: "view", end: "end", copies: false };
}

interface Layout {
  readonly element: Message | StructType;
  readonly protocol: Protocol;
  /** The private member that holds a field's place, if that is not constant. */
  readonly stored: ReadonlyMap<Field, string>;
  readonly constant: ReadonlyMap<Field, Place>;
}

interface FieldMembers {
  readonly view: Fragment;
  readonly getters: Fragment;
}

function fieldMembers(field: Field, layout: Layout): FieldMembers {
  const { type } = field;
  if (type.kind === "named" && type.type.kind === "struct")
    return structMembers(field, type.type, layout);
  const { context, place } = getterContext(field, layout);
  const path = `${layout.element.name}.${field.name}`;
  const { expression } = decodeValue({ type, name: "value", path }, place, context);
  const getter = getterText(field, valueType(type), [
    ...context.lines,
    code`return ${expression};`,
  ]);
  const items = listMembers(field, layout);
  return { view: items.view, getters: [getter, items.getters] };
}

/** A nested struct is read through a view of its own. */
function structMembers(field: Field, struct: StructType, layout: Layout): FieldMembers {
  const { context, place } = getterContext(field, layout);
  const member = `#${field.name}View`;
  const target = `this.${member}.at(this.#bytes, this.#view, ${printPlace(place)}, ${structEnd(struct, place)})`;
  return {
    view: code`readonly ${member} = new ${viewOf(struct)}();\n`,
    getters: getterText(field, viewOf(struct), [...context.lines, `return ${target};`]),
  };
}

/** A struct of fixed size was checked to be there; one of variable size may go up to the end of the value. */
function structEnd(struct: StructType, place: Place): string {
  const { min, max } = namedExtent(struct);
  return min === max ? printPlace(after(place, min)) : "this.#end";
}

function getterContext(
  field: Field,
  layout: Layout,
): { readonly context: DecodeContext; readonly place: Place } {
  const context: DecodeContext = {
    ...viewContext(layout.protocol, ["at", "index"]),
    ...{ bytes: "this.#bytes", view: "this.#view", end: "this.#end" },
  };
  const at = layout.stored.get(field);
  if (at === undefined) {
    return {
      context,
      place: { base: "this.#offset", plus: layout.constant.get(field)?.plus ?? 0 },
    };
  }
  context.lines.push(`const at = this.${at};`);
  if (field.since > 1) context.lines.push("if (at < 0) return undefined;");
  return { context, place: { base: "at", plus: 0 } };
}

function getterText(field: Field, type: Fragment, body: readonly Fragment[]): Fragment {
  const result = field.since > 1 ? code`${type} | undefined` : type;
  return code`${jsdoc(viewDoc(field))}get ${viewMember(field)}(): ${result} {\n${statements(body)}\n}\n\n`;
}

/** Elements of fixed size can be read one by one, without making the list. */
function listMembers(field: Field, layout: Layout): FieldMembers {
  const { type } = field;
  const none = { view: "", getters: "" };
  if (type.kind !== "list" || field.since > 1) return none;
  const bytes = fixedBytes(type.of);
  const names = new Set(layout.element.fields.map(viewMember));
  if (bytes === undefined || names.has(`${field.name}Count`) || names.has(`${field.name}Item`))
    return none;
  const path = `${layout.element.name}.${field.name}`;
  const counted = getterContext(field, layout);
  const count = integerLoad(type.count, path, printPlace(counted.place), counted.context);
  const item = getterContext(field, layout);
  const start = printPlace(after(item.place, prefixBytes(type)));
  item.context.lines.push(
    code`const itemAt = ${start} + ${coreValue("checkIndex")}(index, this.${field.name}Count, "${path}") * ${bytes};`,
  );
  const struct =
    type.of.kind === "named" && type.of.type.kind === "struct" ? type.of.type : undefined;
  const expression =
    struct === undefined
      ? decodeValue(
          { type: type.of, name: "item", path },
          { base: "itemAt", plus: 0 },
          item.context,
        ).expression
      : `this.#${field.name}View.at(this.#bytes, this.#view, itemAt, ${structEnd(struct, { base: "itemAt", plus: 0 })})`;
  const result = struct === undefined ? valueType(type.of) : viewOf(struct);
  const countBody = statements([...counted.context.lines, code`return ${count};`]);
  const itemBody = statements([...item.context.lines, code`return ${expression};`]);
  return {
    view:
      struct === undefined ? "" : code`readonly #${field.name}View = new ${viewOf(struct)}();\n`,
    getters: code`${jsdoc(`Number of elements of \`${field.name}\`.`)}get ${field.name}Count(): number {
${countBody}
}

${jsdoc(`One element of \`${field.name}\`, counted from 0; valid until the next is asked for.`, "@throws {RangeError} if there is no such element.")}${field.name}Item(index: number): ${result} {
${itemBody}
}

`,
  };
}

function viewDoc(field: Field): string {
  const { type } = field;
  const kind = type.kind === "named" ? type.type.kind : type.kind;
  if (kind === "struct") return `${field.doc} Valid until this view is pointed elsewhere.`;
  if (kind === "fixedBytes" || kind === "bytes" || kind === "restBytes")
    return `${field.doc} A subarray of what is read.`;
  return kind === "list" || kind === "restList" || kind === "tlvs"
    ? `${field.doc} Made anew at each call.`
    : field.doc;
}
