/** Changes that touch only what differs: nothing flickers, and the focus stays where it is. */

/** Exactly `count` children: those there are stay, new ones come from `make`. */
function keepChildren(host, count, make) {
  while (host.children.length > count) host.lastElementChild.remove();
  while (host.children.length < count) host.append(make());
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
