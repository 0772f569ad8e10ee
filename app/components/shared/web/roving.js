/** A roving tab stop: the tab key stops once at a host; arrow keys, Home and End move between its children. */
export class Roving {
  /** @param {function(number): void} onPick called when the reader clicks a child, or presses Enter or space on it */
  constructor(host, onPick) {
    this.host = host;
    this.at = 0;
    const pick = (target) => {
      const index = this.indexOf(target);
      if (index >= 0) onPick(index);
    };
    host.addEventListener("click", ({ target }) => pick(target));
    host.addEventListener("focusin", ({ target }) => this.indexOf(target) >= 0 && this.stand(this.indexOf(target)));
    host.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const to = this.next(event.key);
      if (to !== null) this.items[to]?.focus();
      else if (event.key === "Enter" || event.key === " ") pick(event.target);
      else return;
      event.preventDefault();
    });
  }

  get items() {
    return this.host.children;
  }

  get holdsFocus() {
    return this.host.contains(this.host.getRootNode().activeElement);
  }

  /** The index of the child that is or contains `target`, or -1. */
  indexOf(target) {
    let child = target;
    while (child && child.parentNode !== this.host) child = child.parentNode;
    return child ? [...this.items].indexOf(child) : -1;
  }

  /** Make this child the tab stop. */
  stand(index) {
    const { items } = this;
    items[this.at]?.setAttribute("tabindex", "-1");
    this.at = Math.max(0, Math.min(index, items.length - 1));
    items[this.at]?.setAttribute("tabindex", "0");
  }

  next(key) {
    const last = this.items.length - 1;
    const moves = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, Home: 0, End: last };
    if (key === "ArrowUp" || key === "ArrowDown") return this.onOtherLine(key === "ArrowDown");
    return key in moves ? Math.max(0, Math.min(moves[key], last)) : null;
  }

  /** The nearest child on the next line down or up; if there is none, the current one. */
  onOtherLine(down) {
    const boxes = [...this.items].map((item) => [...item.getClientRects()].at(-1));
    const here = boxes[this.at];
    const away = (box) => (down ? box.top - here.bottom : here.top - box.bottom);
    const apart = boxes.map((box) => (box && away(box) > -here.height / 2 ? away(box) : Infinity));
    const line = Math.min(...apart);
    if (line === Infinity) return this.at;
    const aside = (box) => Math.abs(box.left + box.right - here.left - here.right);
    const onLine = boxes.map((_, index) => index).filter((index) => apart[index] < line + here.height / 2);
    return onLine.reduce((best, index) => (aside(boxes[index]) < aside(boxes[best]) ? index : best));
  }
}
