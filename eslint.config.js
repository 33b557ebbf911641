import tseslint from "typescript-eslint";

const PURE = [
  "src/{kernel,trace,host,network,model,guarantees,scenario,explore,claims,view}/**/*.ts",
  "models/**/*.ts",
];

const engineDependent = (property, instead) => ({ object: "Math", property, message: instead });
const OWN_MATHS = "Engines differ in the last bit: use the functions of src/kernel/mathematics.ts.";
const FORMAT = "Formatting belongs to the view, the report or the command line.";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "results/", "**/*.js", "tests/package/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/require-array-sort-compare": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "prefer-const": "error",
      "no-var": "error",
      eqeqeq: "error",
    },
  },
  {
    files: ["src/**/*.ts", "models/**/*.ts"],
    rules: { "@typescript-eslint/explicit-module-boundary-types": "error" },
  },
  {
    files: PURE,
    rules: {
      "no-restricted-properties": [
        "error",
        ...[
          "log",
          "exp",
          "pow",
          "sin",
          "cos",
          "tan",
          "asin",
          "acos",
          "atan",
          "atan2",
          "sinh",
          "cosh",
          "tanh",
        ].map((name) => engineDependent(name, OWN_MATHS)),
        ...["log1p", "log2", "log10", "expm1", "cbrt", "hypot"].map((name) =>
          engineDependent(name, OWN_MATHS),
        ),
        engineDependent("random", "All chance goes through Chance (src/kernel/chance.ts)."),
        ...["localeCompare", "toLocaleString", "toLocaleUpperCase", "toLocaleLowerCase", "normalize"].map(
          (property) => ({ property, message: `Depends on the platform's tables. ${FORMAT}` }),
        ),
        ...["toUpperCase", "toLowerCase"].map((property) => ({
          property,
          message: "Case folding depends on the engine's Unicode tables: compare code units.",
        })),
      ],
      "no-restricted-globals": ["error", "Date", "Intl", "Promise", "performance", "process", "setTimeout"],
      "no-restricted-syntax": [
        "error",
        { selector: "ForInStatement", message: "Order of keys is not insertion order: use Map or arrays." },
        { selector: "BinaryExpression[operator='**']", message: OWN_MATHS },
        { selector: "AssignmentExpression[operator='**=']", message: OWN_MATHS },
        { selector: "FunctionDeclaration[async=true]", message: "No promises in the pure zone." },
        { selector: "ArrowFunctionExpression[async=true]", message: "No promises in the pure zone." },
        { selector: "FunctionExpression[async=true]", message: "No promises in the pure zone." },
        { selector: "TSEnumDeclaration", message: "Use a union." },
        {
          selector: "MethodDefinition[kind=/^[gs]et$/][key.type='PrivateIdentifier']",
          message: "V8 calls a private accessor through its runtime, every time: write a method.",
        },
      ],
    },
  },
);
