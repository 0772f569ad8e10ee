/** Hears what to trace, once each time: a trigger. */
export default function ({ data, setTriggerValue }) {
  return listen(data.name, (order) => setTriggerValue("order", order));
}
