/**
 * The prompt box and its tokens. While the reader edits, the box is theirs: Python's text replaces it only when it
 * changes. The tokens below are dimmed until they belong to the text in the box.
 */

import { onceGone } from "../../shared/web/cleanup.js";
import { keepChildren, setAttribute, setText } from "../../shared/web/patch.js";
import { Roving } from "../../shared/web/roving.js";
import { send } from "./channels.js";

const REST_MS = 150;
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
    // Streamlit's shortcuts ("r" reruns the script) do not know about boxes inside a component.
    for (const kind of ["keydown", "keypress", "keyup"]) this.box.addEventListener(kind, (event) => event.stopPropagation());
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => this.onResize()).observe(root);
    this.sight = new ResizeObserver(() => this.showPosition());
    document.fonts.ready.then(() => this.grow());
  }

  /** Show Python's message, and its text if that has changed. */
  receive(data) {
    this.data = data;
    this.root.classList.toggle("large", data.large);
    if (data.epoch !== this.epoch) this.takeText(data);
    setText(this.root.querySelector(".note"), data.note);
    setText(this.root.querySelector(".problem"), data.problem);
    setText(this.root.querySelector(".answer"), data.answer);
    setAttribute(this.box, "aria-invalid", String(data.problem !== ""));
    this.layChips(data.tokens, data.position);
    this.compare();
    this.grow();
  }

  /** If Python's text is an order placed here, keep what was typed or ordered since; else put the text into the box. */
  takeText({ epoch, text }) {
    const order = this.ordered.indexOf(tidy(text));
    this.ordered = order < 0 ? [] : this.ordered.slice(order + 1);
    this.epoch = epoch;
    clearTimeout(this.waiting);
    if (order < 0) this.box.value = tidy(text);
    // Python drops a draft of an earlier text, so send the draft again for this one.
    if (this.isBehind) this.sendDraft();
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
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.sendDraft(), REST_MS);
  }

  sendDraft() {
    clearTimeout(this.waiting);
    send(this.data.draft_channel, { of: this.epoch, text: tidy(this.box.value) });
  }

  onKey(event) {
    // Enter may end the composition of a character; some browsers tell only by the key code.
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

  /** Once ordered, a draft need not be sent: it comes back as Python's text. */
  order(position) {
    const text = tidy(this.box.value);
    if (text !== tidy(this.data.text)) {
      this.ordered.push(text);
      clearTimeout(this.waiting);
    }
    send(this.data.order_channel, { text, position });
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

  /** Keep a token visible now and whenever its size changes, as it does when its font arrives. */
  keepInSight(chip) {
    this.sight.disconnect();
    if (chip) this.sight.observe(chip);
  }

  /** Scroll the tokens, not the page, until the traced position is visible. */
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

  /** Dim what Python has read while the box holds another text. */
  compare() {
    this.root.classList.toggle("behind", this.isBehind);
    setAttribute(this.chips, "aria-disabled", String(this.isBehind));
  }

  /** Make the box as tall as its text, within the style's bounds. */
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

/** Normalise line breaks as a box does, and replace lone surrogates, which Python cannot encode. */
function tidy(text) {
  const breaks = text.replace(/\r\n?/g, "\n");
  return breaks.toWellFormed ? breaks.toWellFormed() : breaks;
}

/** Streamlit calls this on every change of data, theme or layout, with the same element as long as it is mounted. */
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".prompt-bar");
  if (!BARS.has(root)) BARS.set(root, new PromptBar(root));
  const bar = BARS.get(root);
  bar.receive(data);
  return onceGone(root, () => clearTimeout(bar.waiting));
}
