import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { codedError, requireString } from "../argument-error.ts";

/** Taken when this file loads, for while a simulation runs they are trapped: modules may be required then, too. */
const { readFileSync, existsSync } = fs;
const { createRequire, isBuiltin } = module;

/** What a module of a graph may ask for. */
export interface ModuleSource {
  /** What stands in for a module of Node's, named without `node:`; undefined for those that are shared. */
  standIn(name: string): unknown;
  /** The address of a file in this graph, by which imports made from it are known to be its. */
  addressOf(file: URL): string;
}

/** `module` as its code sees it. */
export interface CommonJsModule {
  readonly id: string;
  readonly filename: string;
  readonly path: string;
  readonly paths: readonly string[];
  readonly children: CommonJsModule[];
  readonly parent: CommonJsModule | undefined;
  readonly require: Require;
  exports: unknown;
  loaded: boolean;
}

/** `require` as its code sees it. */
export interface Require {
  (specifier: string): unknown;
  readonly resolve: NodeJS.RequireResolve;
  readonly cache: Record<string, CommonJsModule>;
  readonly main: undefined;
}

type Body = (this: unknown, ...parameters: unknown[]) => unknown;

/**
 * CommonJS modules of one host, loaded by themselves: Node's own loader has one module for a file, and hooks cannot
 * change that. Files are found as Node finds them.
 */
export class CommonJsGraph {
  readonly #source: ModuleSource;
  readonly #cache = Object.create(null) as Record<string, CommonJsModule>;

  constructor(source: ModuleSource) {
    this.#source = source;
  }

  /** `module.createRequire`. @param file a path or a file URL. */
  createRequire(file: string | URL, parent?: CommonJsModule): Require {
    const real = createRequire(file);
    const require = (specifier: unknown): unknown => {
      requireString(specifier, "id");
      return this.#require(specifier, { resolve: real.resolve, parent });
    };
    return Object.assign(require, { resolve: real.resolve, cache: this.#cache, main: undefined });
  }

  /** The exports of a file. @throws what its code throws; {Error} `ERR_REQUIRE_ESM` of an ES module. */
  load(filename: string, parent?: CommonJsModule): unknown {
    const known = this.#cache[filename];
    if (known !== undefined) return known.exports;
    const made = this.#make(filename, parent);
    this.#cache[filename] = made;
    parent?.children.push(made);
    try {
      this.#evaluate(made);
      made.loaded = true;
    } finally {
      if (!made.loaded) Reflect.deleteProperty(this.#cache, filename);
    }
    return made.exports;
  }

  #require(
    specifier: string,
    from: { readonly resolve: NodeJS.RequireResolve; readonly parent: CommonJsModule | undefined },
  ): unknown {
    if (isBuiltin(specifier)) {
      const name = specifier.replace(/^node:/u, "");
      return this.#source.standIn(name) ?? sharedRequire(specifier);
    }
    return this.load(from.resolve(specifier), from.parent);
  }

  #make(filename: string, parent: CommonJsModule | undefined): CommonJsModule {
    const folder = path.dirname(filename);
    const made = {
      ...{ id: filename, filename, path: folder, parent, children: [] },
      ...{ paths: [], exports: {}, loaded: false },
    };
    return Object.assign(made, { require: this.createRequire(filename, made as never) });
  }

  #evaluate(made: CommonJsModule): void {
    const { filename } = made;
    switch (path.extname(filename)) {
      case ".json":
        made.exports = JSON.parse(readFileSync(filename, "utf8")) as unknown;
        return;
      case ".node":
        throw new Error(`${filename} is native code, which knows nothing of the simulation`);
      default:
        this.#run(made);
    }
  }

  #run(made: CommonJsModule): void {
    const { filename } = made;
    if (isEsModule(filename)) {
      const text = `${filename} is an ES module: in a simulated host it can be imported, not required`;
      throw codedError(Error, "ERR_REQUIRE_ESM", text);
    }
    const text = readFileSync(filename, "utf8");
    const isTyped = /\.c?ts$/u.test(filename);
    const code = isTyped ? module.stripTypeScriptTypes(text) : text;
    const body = vm.compileFunction(
      code.startsWith("#!") ? `//${code}` : code,
      ["exports", "require", "module", "__filename", "__dirname"],
      {
        filename: this.#source.addressOf(pathToFileURL(filename)),
        // Node's types have it as a number since it is a symbol of V8's.
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never,
      },
    ) as Body;
    const { exports, require, path: folder } = made;
    body.call(exports, exports, require, made, filename, folder);
  }
}

const sharedRequire = createRequire(import.meta.url);

/** Whether Node would take a file for an ES module, by its name or its package. */
function isEsModule(filename: string): boolean {
  const extension = path.extname(filename);
  if (extension === ".mjs" || extension === ".mts") return true;
  if (extension !== ".js" && extension !== ".ts") return false;
  for (let folder = path.dirname(filename); ; folder = path.dirname(folder)) {
    const file = path.join(folder, "package.json");
    if (existsSync(file)) {
      const { type } = JSON.parse(readFileSync(file, "utf8")) as { readonly type?: unknown };
      return type === "module";
    }
    if (folder === path.dirname(folder)) return false;
  }
}
