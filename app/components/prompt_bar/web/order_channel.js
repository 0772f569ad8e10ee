import { listen } from "./channels.js";

/** Passes on what to trace as a trigger, which Python sees in one run. */
export default function ({ data, parentElement, setTriggerValue }) {
  return listen(data.name, parentElement, (order) => setTriggerValue("order", order));
}
