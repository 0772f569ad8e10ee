/**
 * How the bar reaches its ears: components that draw nothing and pass on to Python what they are told.
 * What is told before its ear is there is kept until then. Streamlit makes one message of what two components
 * say in one turn, for the fragment of one of them: so one ear is told at a time.
 *
 * @typedef {{ears: Map<string, function(object): void>, kept: Map<string, object>, turn: Promise}} Relay
 */

const TURN_MS = 10;
const RELAY_KEY = Symbol.for("s-trace.prompt-bar");

/** @returns {Relay} */
function relay() {
  return (globalThis[RELAY_KEY] ??= { ears: new Map(), kept: new Map(), turn: Promise.resolve() });
}

function tell(name, value) {
  const { ears, kept, turn } = relay();
  relay().turn = turn.then(() => {
    if (ears.has(name)) ears.get(name)(value);
    else kept.set(name, value);
    return new Promise((next) => setTimeout(next, TURN_MS));
  });
}

/** @returns {function(): void} what ends the listening */
function listen(name, ear) {
  const { ears, kept } = relay();
  ears.set(name, ear);
  if (kept.has(name)) ear(kept.get(name));
  kept.delete(name);
  return () => ears.get(name) === ear && ears.delete(name);
}
