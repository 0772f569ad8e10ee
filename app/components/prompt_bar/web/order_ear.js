/** Hears what to trace, once each time: a trigger. */
export default function ({ data, parentElement, setTriggerValue }) {
  return listen(data.name, parentElement, (order) => setTriggerValue("order", order));
}
