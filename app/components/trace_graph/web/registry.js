/**
 * Where the three components of the graph meet: the vis-network library, loaded once, and the graphs' messages. The
 * components have modules of their own, so they share this record under a registered symbol.
 *
 * @typedef {{vis: ?object, payloads: Map<Node, object>, waiting: Set<function(): void>}} Registry
 */

const KEY = Symbol.for("s-trace.trace-graph");
const PATIENCE_MS = 20_000;

/** @returns {Registry} */
export function registry() {
  return (globalThis[KEY] ??= { vis: null, payloads: new Map(), waiting: new Set() });
}

/** Change the registry, then wake everyone who waits for it. */
export function publish(change) {
  change(registry());
  for (const wake of [...registry().waiting]) wake();
}

/** Resolves to what `find` returns as soon as that is not nullish; rejects when that takes too long. */
export function whenPublished(find) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      registry().waiting.delete(look);
      reject(new Error("The graph did not arrive. Reload the page."));
    }, PATIENCE_MS);
    function look() {
      const found = find(registry());
      if (found == null) return;
      clearTimeout(timer);
      registry().waiting.delete(look);
      resolve(found);
    }
    registry().waiting.add(look);
    look();
  });
}
