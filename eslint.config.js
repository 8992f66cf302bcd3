import tseslint from "typescript-eslint";

const PURE = ["runtime/core/**/*.ts", "runtime/roles/**/*.ts", "generated/**/*.ts"];
const TESTS = ["**/*.test.ts", "conformance/**/*.ts", "**/testing/**/*.ts"];
const GENERATED = ["generated/**/*.ts"];

/** Names of the platform that would make a role depend on more than its inputs. */
const AMBIENT = [
  "Date",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
  "queueMicrotask",
  "process",
  "global",
  "globalThis",
  "Buffer",
  "console",
  "fetch",
  "performance",
  "crypto",
  "require",
  "navigator",
  "window",
  "document",
];

const SCREEN = { skipBlankLines: true, skipComments: true };

const noDefaultExport = {
  selector: "ExportDefaultDeclaration",
  message: "Named exports only (a default export has no name to search for).",
};

export default tseslint.config(
  { ignores: ["node_modules/", "dist/", "**/templates/**", "**/*.cjs", "**/*.js"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: {
      parserOptions: {
        project: ["./tsconfig.pure.json", "./tsconfig.json", "./tsconfig.page.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 70, ...SCREEN }],
      "max-params": ["error", 4],
      "no-restricted-syntax": ["error", noDefaultExport],
      "no-console": "error",
      eqeqeq: "error",
      "prefer-const": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "all" },
      ],
    },
  },
  {
    files: PURE,
    ignores: TESTS,
    rules: {
      "no-restricted-globals": [
        "error",
        ...AMBIENT.map((name) => ({
          name,
          message: "Roles are sans-IO: take it as an argument or an injected source.",
        })),
      ],
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "Randomness is an injected source." },
      ],
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["node:*"], message: "These layers run where Node does not." }] },
      ],
    },
  },
  {
    files: TESTS,
    rules: {
      // The function of a suite holds all of its tests.
      "max-lines-per-function": "off",
      // node:test's `test` and `suite` return promises that the runner itself awaits.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", name: ["test", "it", "suite", "describe"], package: "node:test" },
          ],
        },
      ],
    },
  },
  {
    files: GENERATED,
    rules: {
      // A message without fields is an object without members, on purpose.
      "@typescript-eslint/no-generated-empty-object-type": "off",
      "max-lines": "off",
      "max-lines-per-function": "off",
      "max-params": "off",
    },
  },
);
