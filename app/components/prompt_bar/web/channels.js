/**
 * How the bar reaches Python: through components that draw nothing and pass on what they are sent. A message sent
 * before its channel is mounted is kept until then. If two components speak in the same turn, Streamlit merges both
 * into one message for the fragment of one of them; so messages are sent one at a time.
 *
 * Bar and channels are components with modules of their own, so they meet under a registered symbol.
 *
 * @typedef {{host: Node, receive: function(object): void}} Channel
 * @typedef {{open: Map<string, Channel>, kept: Map<string, object>, turn: Promise}} Channels
 */

import { onceGone } from "../../shared/web/cleanup.js";

const TURN_MS = 10;
const KEY = Symbol.for("s-trace.prompt-bar");

/** @returns {Channels} */
function channels() {
  return (globalThis[KEY] ??= { open: new Map(), kept: new Map(), turn: Promise.resolve() });
}

export function send(name, value) {
  const { open, kept, turn } = channels();
  channels().turn = turn.then(() => {
    if (open.has(name)) open.get(name).receive(value);
    else kept.set(name, value);
    return new Promise((next) => setTimeout(next, TURN_MS));
  });
}

/**
 * @param {Node} host the channel's place in the page
 * @returns {function(): void} closes the channel
 */
export function listen(name, host, receive) {
  const { open, kept } = channels();
  if (host.isConnected) open.set(name, { host, receive });
  if (open.get(name)?.host === host && kept.has(name)) {
    receive(kept.get(name));
    kept.delete(name);
  }
  return onceGone(host, () => open.get(name)?.host === host && open.delete(name));
}
