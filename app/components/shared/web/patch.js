/** DOM updates that touch only what differs, so that nothing flickers and the focus stays where it is. */

/** Give `host` exactly `count` children: existing ones stay, new ones come from `make`. */
export function keepChildren(host, count, make) {
  while (host.children.length > count) host.lastElementChild.remove();
  while (host.children.length < count) host.append(make());
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
