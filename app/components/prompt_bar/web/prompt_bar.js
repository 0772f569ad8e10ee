/**
 * The prompt's box and its tokens. While it is being edited the box is the reader's: Python's text is taken
 * up only when Python gives another one, and what the tokens below say is dimmed until it is about the text
 * in the box.
 */

const TELL_AFTER_MS = 150;
const BARS = new WeakMap();

class PromptBar {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector("textarea");
    this.chips = root.querySelector(".chips");
    this.ordered = [];
    this.roving = new Roving(this.chips, (index) => this.pick(index));
    this.box.addEventListener("input", () => this.onEdit());
    root.querySelector(".trace").addEventListener("click", () => this.order(-1));
    // The page's own keys ("r" runs the script again) take no heed of boxes inside a component.
    for (const kind of ["keydown", "keypress", "keyup"]) this.box.addEventListener(kind, (event) => event.stopPropagation());
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => this.onResize()).observe(root);
    this.sight = new ResizeObserver(() => this.showPosition());
    document.fonts.ready.then(() => this.grow());
  }

  /** Show what Python says; take up its text where it is another than it was. */
  receive(data) {
    this.data = data;
    this.root.classList.toggle("large", data.large);
    if (data.epoch !== this.epoch) this.takeUp(data);
    setText(this.root.querySelector(".note"), data.note);
    setText(this.root.querySelector(".problem"), data.problem);
    setText(this.root.querySelector(".answer"), data.answer);
    setAttribute(this.box, "aria-invalid", String(data.problem !== ""));
    this.layChips(data.tokens, data.position);
    this.compare();
    this.grow();
  }

  /** An order of this box that comes back as Python's text leaves alone what was typed or ordered since. */
  takeUp({ epoch, text }) {
    const order = this.ordered.indexOf(tidy(text));
    this.ordered = order < 0 ? [] : this.ordered.slice(order + 1);
    this.epoch = epoch;
    clearTimeout(this.telling);
    if (order < 0) this.box.value = tidy(text);
    // Python knows a draft only as one of the text it gave: tell it again, or that this new box holds none.
    if (this.isBehind) this.tellDraft();
  }

  onResize() {
    if (this.width === this.root.clientWidth) return;
    this.width = this.root.clientWidth;
    this.grow();
    this.showPosition();
  }

  onEdit() {
    this.grow();
    this.compare();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tellDraft(), TELL_AFTER_MS);
  }

  tellDraft() {
    clearTimeout(this.telling);
    tell(this.data.draft_ear, { of: this.epoch, text: tidy(this.box.value) });
  }

  onKey(event) {
    // Enter that ends the composition of a character is no order; some browsers say so by the code alone.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.order(-1);
  }

  pick(index) {
    if (this.isBehind) return;
    this.roving.stand(index);
    const isTraced = index === this.data.position && this.data.read === this.data.text;
    if (isTraced) return;
    for (const [i, chip] of [...this.chips.children].entries()) chip.classList.toggle("asked", i === index);
    this.order(index);
  }

  /** The draft needs no telling of its own once it is ordered: it comes back as Python's text. */
  order(position) {
    const text = tidy(this.box.value);
    if (text !== tidy(this.data.text)) {
      this.ordered.push(text);
      clearTimeout(this.telling);
    }
    tell(this.data.order_ear, { text, position });
  }

  layChips(tokens, position) {
    const moved = this.position !== position || this.chips.children.length !== tokens.length;
    this.position = position;
    keepChildren(this.chips, tokens.length, makeChip);
    tokens.forEach((token, index) => {
      const chip = this.chips.children[index];
      setText(chip.firstElementChild, token);
      setAttribute(chip, "aria-checked", String(index === position));
      chip.title = `Trace the prediction after this token (${index + 1} of ${tokens.length})`;
      chip.classList.toggle("after", index > position);
      chip.classList.remove("asked");
    });
    if (!this.roving.holdsFocus) this.roving.stand(position);
    if (moved) this.keepInSight(this.chips.children[position]);
  }

  /** Show a token now and whenever its size changes, as it does when its font arrives. */
  keepInSight(chip) {
    this.sight.disconnect();
    if (chip) this.sight.observe(chip);
  }

  /** Scroll the tokens, not the page, until the traced position is in sight. */
  showPosition() {
    const chip = this.chips.children[this.position];
    if (!chip) return;
    const [box, view] = [chip.getBoundingClientRect(), this.chips.getBoundingClientRect()];
    if (box.bottom > view.bottom) this.chips.scrollTop += box.bottom - view.bottom + box.height;
    else if (box.top < view.top) this.chips.scrollTop -= view.top - box.top + box.height;
  }

  get isBehind() {
    return this.box.value !== tidy(this.data.read);
  }

  /** What Python has read is dimmed as long as the box holds another text. */
  compare() {
    this.root.classList.toggle("behind", this.isBehind);
    setAttribute(this.chips, "aria-disabled", String(this.isBehind));
  }

  /** As tall as its text; the style bounds it. */
  grow() {
    const { style } = this.box;
    style.height = "auto";
    const borders = this.box.offsetHeight - this.box.clientHeight;
    style.height = `${this.box.scrollHeight + borders}px`;
  }
}

function makeChip() {
  const chip = document.createElement("span");
  const label = document.createElement("span");
  chip.className = "chip";
  chip.setAttribute("role", "radio");
  chip.setAttribute("tabindex", "-1");
  label.className = "label";
  chip.append(label);
  return chip;
}

/** A text as a box holds it: one kind of line break, and no half of a character that Python could not write down. */
function tidy(text) {
  const breaks = text.replace(/\r\n?/g, "\n");
  return breaks.toWellFormed ? breaks.toWellFormed() : breaks;
}

/** Streamlit calls this at every change of data or theme, with the same element while the page stands. */
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".prompt-bar");
  const isNew = !BARS.has(root);
  if (isNew) BARS.set(root, new PromptBar(root));
  const bar = BARS.get(root);
  bar.receive(data);
  if (isNew && data.autofocus && document.activeElement === document.body) bar.box.focus();
  return onceGone(root, () => clearTimeout(bar.telling));
}
