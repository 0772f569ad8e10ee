/**
 * What the components of this package share: the library with the view's code, loaded once, and the graphs' messages.
 * They sit in messages of their own that never change, so that a step of the slider costs next to nothing.
 *
 * @typedef {{view: ?object, payloads: Map<Node, object>, waiting: Set<function(): void>}} Shared
 */

const SHARED_KEY = Symbol.for("s-trace.trace-graph");
const PATIENCE_MS = 20_000;

/** @returns {Shared} */
function shared() {
  return (globalThis[SHARED_KEY] ??= { view: null, payloads: new Map(), waiting: new Set() });
}

/** Change what is shared, then wake whoever waits for it. */
function publish(change) {
  change(shared());
  for (const wake of [...shared().waiting]) wake();
}

/** Resolves to what `find` returns as soon as that is not nullish; rejects when it takes too long. */
function whenShared(find) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      shared().waiting.delete(look);
      reject(new Error("The graph did not arrive. Reload the page."));
    }, PATIENCE_MS);
    function look() {
      const found = find(shared());
      if (found == null) return;
      clearTimeout(timer);
      shared().waiting.delete(look);
      resolve(found);
    }
    shared().waiting.add(look);
    look();
  });
}
