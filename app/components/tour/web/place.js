/** Where the tour's targets are, and where its card goes. */

const GAP_PX = 14;
export const EDGE_PX = 12;
/** The height of the page's header, which covers what is below it. */
const HEADER_PX = 48;
export const NARROW_PX = 640;

/** The element of a selector, or null if it is not shown, as in a folded sidebar. " >>> " leads into a shadow root. */
export function findTarget(selector) {
  if (!selector) return null;
  const [first, ...rest] = selector.split(" >>> ");
  const found = rest.reduce((host, part) => host?.shadowRoot?.querySelector(part), document.querySelector(first));
  const box = found?.getBoundingClientRect();
  return box?.width && box.height && box.right > 0 && box.left < innerWidth ? found : null;
}

/** Scroll the target into view, below the header and above the `foot` pixels that the card takes. */
export function bringIntoSight(target, foot) {
  const { top, bottom, height } = target.getBoundingClientRect();
  const room = innerHeight - HEADER_PX - foot;
  if (top >= HEADER_PX && bottom <= innerHeight - foot) return;
  const { scrollMarginTop, scrollMarginBottom } = target.style;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  Object.assign(target.style, { scrollMarginTop: `${HEADER_PX + EDGE_PX}px`, scrollMarginBottom: `${foot + EDGE_PX}px` });
  target.scrollIntoView({ block: height > room - 2 * EDGE_PX ? "start" : "nearest", behavior: calm ? "auto" : "smooth" });
  Object.assign(target.style, { scrollMarginTop, scrollMarginBottom });
}

/** The left and top of a card: right of the target, below, left or above it, or in the corner if there is no room. */
export function placeBeside(target, card) {
  const [right, bottom] = [innerWidth - EDGE_PX - card.width, innerHeight - EDGE_PX - card.height];
  if (!target) return { left: right, top: bottom };
  const within = (value, most) => Math.max(EDGE_PX, Math.min(value, most));
  const [x, y] = [within(target.left, right), within(target.top, bottom)];
  const places = [
    { left: target.right + GAP_PX, top: y },
    { left: x, top: target.bottom + GAP_PX },
    { left: target.left - GAP_PX - card.width, top: y },
    { left: x, top: target.top - GAP_PX - card.height },
  ];
  const fits = ({ left, top }) => left >= EDGE_PX && left <= right && top >= EDGE_PX && top <= bottom;
  return places.find(fits) ?? { left: right, top: bottom };
}
