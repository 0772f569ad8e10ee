/**
 * How the bar reaches its ears: components that draw nothing and pass on to Python what they are told.
 * What is told before its ear is there is kept until then. Streamlit makes one message of what two components
 * say in one turn, for the fragment of one of them: so one ear is told at a time.
 *
 * @typedef {{host: Node, hear: function(object): void}} Ear
 * @typedef {{ears: Map<string, Ear>, kept: Map<string, object>, turn: Promise}} Relay
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
    if (ears.has(name)) ears.get(name).hear(value);
    else kept.set(name, value);
    return new Promise((next) => setTimeout(next, TURN_MS));
  });
}

/**
 * @param {Node} host the ear's place in the page
 * @returns {function(): void} what ends the listening
 */
function listen(name, host, hear) {
  const { ears, kept } = relay();
  if (host.isConnected) ears.set(name, { host, hear });
  if (ears.get(name)?.host === host && kept.has(name)) {
    hear(kept.get(name));
    kept.delete(name);
  }
  return onceGone(host, () => ears.get(name)?.host === host && ears.delete(name));
}
