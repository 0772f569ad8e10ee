/** Where the tour finds what it speaks of, and where its card stands. */

const GAP_PX = 14;
const EDGE_PX = 12;
/** As high as the page's header, under which a target is not seen. */
const HEADER_PX = 48;
const NARROW_PX = 640;

/**
 * The element of a selector, null where it is not shown, as in a folded sidebar. " >>> " leads into the shadow root
 * of what stands before it.
 */
function findTarget(selector) {
  if (!selector) return null;
  const [first, ...rest] = selector.split(" >>> ");
  const found = rest.reduce((host, part) => host?.shadowRoot?.querySelector(part), document.querySelector(first));
  const box = found?.getBoundingClientRect();
  return box?.width && box.height && box.right > 0 && box.left < innerWidth ? found : null;
}

/** Scroll until the target is in sight: below the header, and above `foot`, the height that the card takes there. */
function bringIntoSight(target, foot) {
  const { top, bottom, height } = target.getBoundingClientRect();
  const room = innerHeight - HEADER_PX - foot;
  if (top >= HEADER_PX && bottom <= innerHeight - foot) return;
  const { scrollMarginTop, scrollMarginBottom } = target.style;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  Object.assign(target.style, { scrollMarginTop: `${HEADER_PX + EDGE_PX}px`, scrollMarginBottom: `${foot + EDGE_PX}px` });
  target.scrollIntoView({ block: height > room - 2 * EDGE_PX ? "start" : "nearest", behavior: calm ? "auto" : "smooth" });
  Object.assign(target.style, { scrollMarginTop, scrollMarginBottom });
}

/** Left and top of a card beside a target: right, below, left, above, or in the corner where none of them has room. */
function placeBeside(target, card) {
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
