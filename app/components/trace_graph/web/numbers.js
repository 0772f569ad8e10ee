/** Numbers and tokens as words. */

export const COUNT = new Intl.NumberFormat("en-US");

export function plural(n, word) {
  return `${COUNT.format(n)} ${word}${n === 1 ? "" : "s"}`;
}

/** 0.031 -> "3.1", with two significant digits. */
export function percent(fraction) {
  const value = fraction * 100;
  if (value === 0 || value >= 10) return value.toFixed(value === 100 || value === 0 ? 0 : 1);
  return String(Number(value.toPrecision(2)));
}

export function probability(p) {
  return p < 0.001 ? "under 0.001" : p < 0.095 ? p.toFixed(3) : p.toFixed(2);
}

/** A token in quotes, isolated so that right-to-left text does not reverse the sentence around it. */
export function quoted(text) {
  return `‘\u2068${text}\u2069’`;
}
