/** Holds the message of one graph for the view that names its id. */
export default function ({ data, parentElement }) {
  publish((all) => all.payloads.set(parentElement, data));
  return onceGone(parentElement, () => shared().payloads.delete(parentElement));
}
