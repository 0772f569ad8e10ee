/** Hears what is being typed, which stays true until something else is: a state. */
export default function ({ data, parentElement, setStateValue }) {
  return listen(data.name, parentElement, (draft) => setStateValue("draft", draft));
}
