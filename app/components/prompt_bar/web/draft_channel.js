import { listen } from "./channels.js";

/** Passes on what the reader is typing as a state, which lasts until the next draft. */
export default function ({ data, parentElement, setStateValue }) {
  return listen(data.name, parentElement, (draft) => setStateValue("draft", draft));
}
