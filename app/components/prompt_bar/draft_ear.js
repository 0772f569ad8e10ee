/** Hears what is being typed, which stays true until something else is: a state. */
export default function ({ data, setStateValue }) {
  return listen(data.name, (draft) => setStateValue("draft", draft));
}
