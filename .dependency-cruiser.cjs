/**
 * Who may import whom (docs/decisions/0002): each layer sees the ones before it, models see the lower layers
 * only, and nothing below the experiment touches a platform or a package.
 */
const LAYERS = ["kernel", "trace", "host", "network", "model", "guarantees", "scenario"];

const upward = LAYERS.map((layer, index) => ({
  name: `${layer}-imports-only-what-lies-below`,
  comment: `src/${layer} may import src/{${LAYERS.slice(0, index).join(",")}} and nothing else of src.`,
  severity: "error",
  from: { path: `^src/${layer}/` },
  to: { path: "^src/", pathNot: `^src/(${[layer, ...LAYERS.slice(0, index)].join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: "no-circular",
      comment: "A cycle has no bottom layer: move the shared part below both.",
      severity: "error",
      from: {},
      to: { circular: true, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "pure-view-and-explore",
      comment: "What also runs in the browser sees the pure layers only.",
      severity: "error",
      from: { path: "^src/(view|explore|claims)/" },
      to: { path: "^src/(experiment|testing|cli)/" },
    },
    {
      name: "cli-is-the-top",
      comment: "Only src/cli imports src/cli.",
      severity: "error",
      from: { path: "^(src|models)/", pathNot: "^src/cli/" },
      to: { path: "^src/cli/" },
    },
    {
      name: "src-names-no-model",
      comment: "Only the composition root and its browser counterpart register models.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(cli/models|view/browser-models)\\.ts$" },
      to: { path: "^models/" },
    },
    {
      name: "models-do-not-know-each-other",
      comment: "What two models share is a transport under src/network.",
      severity: "error",
      from: { path: "^models/([^/]+)/" },
      to: { path: "^models/", pathNot: "^models/$1/" },
    },
    {
      name: "models-see-the-lower-layers-only",
      comment:
        "Models import kernel, trace, host, network and the model contract; claims.ts and claims/ see scenarios too.",
      severity: "error",
      from: { path: "^models/", pathNot: "/claims(\\.ts$|/)" },
      to: { path: "^src/", pathNot: "^src/(kernel|trace|host|network|model)/" },
    },
    {
      name: "claims-stand-on-scenarios",
      comment:
        "A model's claims make scenarios and judge runs: guarantees, scenario and src/claims, nothing above.",
      severity: "error",
      from: { path: "^models/[^/]+/claims(\\.ts$|/)" },
      to: {
        path: "^src/",
        pathNot: "^src/(kernel|trace|host|network|model|guarantees|scenario|claims)/",
      },
    },
    {
      name: "models-do-not-depend-on-their-claims",
      comment: "Claims are about a model: the model does without.",
      severity: "error",
      from: { path: "^models/", pathNot: "/claims(\\.ts$|/)" },
      to: { path: "^models/[^/]+/claims(\\.ts$|/)" },
    },
    {
      name: "pure-zone-has-no-packages",
      comment: "No package and no node: module, but seedrandom in src/kernel/random.ts.",
      severity: "error",
      from: {
        path: `^(src/(${[...LAYERS, "explore", "claims", "view"].join("|")})|models)/`,
        pathNot: "^src/kernel/random\\.ts$",
      },
      to: {
        dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "core", "unknown"],
      },
    },
    {
      name: "across-folders-through-the-index",
      comment: "Another folder's files are reached through its index.ts.",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/[^/]+/.+", pathNot: ["^src/$1/", "^src/[^/]+/index\\.ts$"] },
    },
    {
      name: "models-reach-src-through-the-index",
      comment: "Models reach a layer through its index.ts.",
      severity: "error",
      from: { path: "^models/" },
      to: { path: "^src/[^/]+/.+", pathNot: ["^src/[^/]+/index\\.ts$"] },
    },
    {
      name: "nothing-imports-tests",
      comment: "Tests, benches and the validation import the code, never the other way round.",
      severity: "error",
      from: { path: "^(src|models)/" },
      to: { path: "^(tests|bench|validation)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default"],
    },
    exclude: { path: "^(dist|node_modules|results)/" },
  },
};
