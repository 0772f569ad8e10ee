/** The switch between the token view and the component view. Python sends the other graph. */
export class ViewSwitch {
  /** @param {function(string): void} onAsk called with the other view when the reader asks for it */
  constructor(root, onAsk) {
    this.buttons = [...root.querySelectorAll("[data-view-of]")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => {
        const { viewOf } = button.dataset;
        if (viewOf === this.view) return;
        this.show(viewOf, this.possible);
        onAsk(viewOf);
      });
    }
  }

  show(view, possible) {
    Object.assign(this, { view, possible });
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.viewOf === view));
      button.disabled = !possible.includes(button.dataset.viewOf);
      if (button.disabled) button.title = "This graph has too many edges to draw token by token";
    }
  }
}
