/** A panel under a button. It closes on Escape, on a click elsewhere, and when the focus moves elsewhere. */
export class Popover {
  constructor(root, name) {
    this.button = root.querySelector(`[data-opens="${name}"]`);
    this.panel = root.querySelector(`[data-panel="${name}"]`);
    this.button.addEventListener("click", () => (this.panel.hidden ? this.open() : this.close()));
    for (const part of [this.button, this.panel]) {
      part.addEventListener("keydown", (event) => this.onKey(event));
      part.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && this.leave(relatedTarget));
    }
    root.addEventListener("pointerdown", ({ target }) => this.leave(target));
    this.outside = (event) => !event.composedPath().includes(root) && this.close();
  }

  open() {
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", this.outside);
    this.panel.querySelector("input, button").focus({ preventScroll: true });
  }

  close() {
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.outside);
  }

  leave(target) {
    if (!this.panel.contains(target) && !this.button.contains(target)) this.close();
  }

  /** Keep keys typed here from acting as shortcuts of the graph or the page. */
  onKey(event) {
    if (event.key !== "Escape") return event.stopPropagation();
    if (this.panel.hidden) return;
    event.stopPropagation();
    this.close();
    this.button.focus();
  }
}
