import { Project, StructureKind } from "ts-morph";
import type { ImportDeclarationStructure } from "ts-morph";

/** Where an imported name lives: the core library, another generated file, or an npm package. */
export type ModuleReference =
  | { readonly kind: "core" }
  /** `path` is relative to the folder of all generated protocols: `control/types.ts`. */
  | { readonly kind: "generated"; readonly path: string }
  | { readonly kind: "package"; readonly name: string };

/** A name of another module. Printing it imports it; nobody writes import paths by hand. */
export interface ImportSymbol {
  readonly name: string;
  readonly module: ModuleReference;
  /** True for interfaces and type aliases, which are erased. */
  readonly typeOnly: boolean;
  /** True for a package's default export. */
  readonly isDefault?: boolean;
}

/** A piece of code: text, a number as its literal, a symbol that is imported by being printed, or several of these. */
export type Fragment = string | number | bigint | ImportSymbol | readonly Fragment[];

/** How module references become import paths. */
export interface RenderOptions {
  /** Package name of the core library, or, starting with `.`, its path relative to the folder of all generated protocols. */
  readonly core: string;
}

/** A function or class of the core library. */
export function coreValue(name: string): ImportSymbol {
  return { name, module: { kind: "core" }, typeOnly: false };
}

/** An interface or type of the core library. */
export function coreType(name: string): ImportSymbol {
  return { name, module: { kind: "core" }, typeOnly: true };
}

/** A function, constant or class of another generated file. */
export function generatedValue(path: string, name: string): ImportSymbol {
  return { name, module: { kind: "generated", path }, typeOnly: false };
}

/** An interface or type of another generated file. */
export function generatedType(path: string, name: string): ImportSymbol {
  return { name, module: { kind: "generated", path }, typeOnly: true };
}

/** Tag for code with holes: text stays as it is, holes may be any fragment. */
export function code(text: TemplateStringsArray, ...holes: readonly Fragment[]): Fragment {
  return text.flatMap((part, index) =>
    index < holes.length ? [part, holes[index] ?? ""] : [part],
  );
}

/** Fragments with a separator between them. */
export function join(fragments: readonly Fragment[], separator: string): Fragment {
  return fragments.flatMap((fragment, index) => (index === 0 ? [fragment] : [separator, fragment]));
}

/**
 * A JSDoc comment of whole paragraphs, wrapped. Empty paragraphs are left out; a paragraph that starts
 * with `@` is a tag.
 */
export function jsdoc(...paragraphs: readonly string[]): string {
  const texts = paragraphs
    .map((text) => text.trim().replaceAll("*/", "*\\/"))
    .filter((text) => text !== "");
  if (texts.length === 0) return "";
  const lines = texts.flatMap((text) => wrap(text));
  const [only] = lines;
  return lines.length === 1 && only !== undefined
    ? `/** ${only} */\n`
    : `/**\n${lines.map((line) => ` * ${line}\n`).join("")} */\n`;
}

const DOC_WIDTH = 94;

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > DOC_WIDTH) {
      lines.push(line);
      line = text.startsWith("@") ? `  ${word}` : word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

/** One file to be generated: a path, where it comes from, and code in the order it was printed. */
export class GeneratedFile {
  /** Relative to the folder of all generated protocols: `control/messages/telemetry.ts`. */
  readonly path: string;
  /** Spec documents (or what else) the file is made from, as the header names them. */
  readonly from: readonly string[];
  readonly #body: Fragment[] = [];

  constructor(path: string, from: readonly string[]) {
    this.path = path;
    this.from = from;
  }

  /** True while nothing was printed. */
  get empty(): boolean {
    return this.#body.length === 0;
  }

  /** What other files can import from this one, each name once: a type and a value may share one. */
  exportedNames(): ReadonlySet<string> {
    const text = this.#body.map((fragment) => printFragment(fragment, new Map())).join("");
    const declarations = text.matchAll(
      /^export (?:async )?(?:const|function|class|interface|type) (\w+)/gm,
    );
    return new Set([...declarations].flatMap(([, name]) => (name === undefined ? [] : [name])));
  }

  /** Appends code and a line break. */
  print(...fragments: readonly Fragment[]): void {
    this.#body.push(...fragments, "\n");
  }

  /** The whole text, not yet formatted: header, imports of what the body uses, body. */
  render(options: RenderOptions): string {
    const symbols = this.#symbols();
    const names = this.#localNames(symbols);
    const text = this.#body.map((fragment) => printFragment(fragment, names)).join("");
    const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
    const file = project.createSourceFile(this.path, {
      statements: [
        `// @generated by tagwire from ${this.from.join(", ")}. Do not edit.`,
        ...this.#imports(symbols, names, options),
        (writer) => writer.newLine().write(text),
      ],
    });
    return file.getFullText();
  }

  #symbols(): readonly ImportSymbol[] {
    const found = new Map<string, ImportSymbol>();
    const visit = (fragment: Fragment): void => {
      if (Array.isArray(fragment)) for (const part of fragment as readonly Fragment[]) visit(part);
      else if (isSymbol(fragment) && !this.#isOwn(fragment.module))
        found.set(symbolKey(fragment), fragment);
    };
    visit(this.#body);
    return [...found.values()];
  }

  #isOwn(module: ModuleReference): boolean {
    return module.kind === "generated" && module.path === this.path;
  }

  /** A name that the file declares itself, or that two modules share, is imported under another name. */
  #localNames(symbols: readonly ImportSymbol[]): ReadonlyMap<string, string> {
    const plain = this.#body.map((fragment) => printFragment(fragment, new Map())).join("");
    const taken = new Set(
      [...plain.matchAll(/^\s*(?:export )?(?:const|function|class|interface|type) (\w+)/gm)].map(
        (match) => match[1],
      ),
    );
    const names = new Map<string, string>();
    for (const symbol of symbols) {
      const prefix = symbol.module.kind === "core" ? "core" : "imported";
      let name = symbol.name;
      while (taken.has(name))
        name = /^[A-Z]/.test(name)
          ? `${capitalized(prefix)}${name}`
          : `${prefix}${capitalized(name)}`;
      taken.add(name);
      names.set(symbolKey(symbol), name);
    }
    return names;
  }

  #imports(
    symbols: readonly ImportSymbol[],
    names: ReadonlyMap<string, string>,
    options: RenderOptions,
  ): ImportDeclarationStructure[] {
    const byModule = Map.groupBy(symbols, (symbol) =>
      modulePath(this.path, symbol.module, options),
    );
    return [...byModule]
      .sort(([a], [b]) => compareText(a, b))
      .map(([moduleSpecifier, members]) => {
        const isTypeOnly = members.every((symbol) => symbol.typeOnly);
        const main = members.find((symbol) => symbol.isDefault === true);
        return {
          kind: StructureKind.ImportDeclaration,
          moduleSpecifier,
          isTypeOnly,
          ...(main === undefined ? {} : { defaultImport: names.get(symbolKey(main)) ?? main.name }),
          namedImports: members
            .filter((symbol) => symbol.isDefault !== true)
            .toSorted((a, b) => compareText(a.name, b.name))
            .map((symbol) => {
              const alias = names.get(symbolKey(symbol)) ?? symbol.name;
              const named = { name: symbol.name, isTypeOnly: symbol.typeOnly && !isTypeOnly };
              return alias === symbol.name ? named : { ...named, alias };
            }),
        };
      });
  }
}

function isSymbol(fragment: Fragment): fragment is ImportSymbol {
  return typeof fragment === "object" && "module" in fragment;
}

function printFragment(fragment: Fragment, names: ReadonlyMap<string, string>): string {
  if (typeof fragment === "string") return fragment;
  if (typeof fragment === "number") return String(fragment);
  if (typeof fragment === "bigint") return `${String(fragment)}n`;
  if (isSymbol(fragment)) return names.get(symbolKey(fragment)) ?? fragment.name;
  return fragment.map((part) => printFragment(part, names)).join("");
}

function symbolKey(symbol: ImportSymbol): string {
  const { module } = symbol;
  const place =
    module.kind === "core"
      ? "core"
      : module.kind === "generated"
        ? `./${module.path}`
        : module.name;
  return `${place}#${symbol.name}`;
}

function modulePath(from: string, module: ModuleReference, options: RenderOptions): string {
  switch (module.kind) {
    case "package":
      return module.name;
    case "generated":
      return relativePath(from, module.path);
    case "core":
      return options.core.startsWith(".") ? relativePath(from, options.core) : options.core;
  }
}

/** The import path of `to` as seen from the file `from`, both relative to the same folder. */
function relativePath(from: string, to: string): string {
  const base = from.split("/").slice(0, -1);
  const target = to.replace(/^\.\//, "").split("/");
  while (base.length > 0 && target.length > 1 && base[0] === target[0] && base[0] !== "..") {
    base.shift();
    target.shift();
  }
  return base.length === 0
    ? `./${target.join("/")}`
    : `${"../".repeat(base.length)}${target.join("/")}`;
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Compares by code units, so that the order of imports does not depend on a locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
