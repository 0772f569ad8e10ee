import { onceGone } from "../../shared/web/cleanup.js";
import { publish, registry } from "./registry.js";

/** Keeps the message of one graph for the view that names its id. */
export default function ({ data, parentElement }) {
  publish((all) => all.payloads.set(parentElement, data));
  return onceGone(parentElement, () => registry().payloads.delete(parentElement));
}
