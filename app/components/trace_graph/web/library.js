import { publish, registry } from "./registry.js";

const BEFORE = "const vis = {};\n(function (exports, module) {\n";
const AFTER = "\n}).call(undefined, vis, {});\nexport default vis;\n";

/**
 * Loads vis-network from the bundle that Python sends. pyvis ships it as a script that writes to the page's globals;
 * wrapped in a module it exports into an object of our own.
 */
export default async function ({ data }) {
  if (registry().vis) return;
  const address = URL.createObjectURL(new Blob([BEFORE, data, AFTER], { type: "text/javascript" }));
  const { default: vis } = await import(address);
  URL.revokeObjectURL(address);
  publish((all) => (all.vis ??= vis));
}
