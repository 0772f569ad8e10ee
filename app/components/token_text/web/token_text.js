/** Running text with its tokens coloured by a level. Levels arrive little by little; only changed tokens are touched. */

import { keepChildren, setText } from "../../shared/web/patch.js";
import { Roving } from "../../shared/web/roving.js";

const TIP_GAP_PX = 4;
const TEXTS = new WeakMap();

class TokenText {
  constructor(root) {
    this.root = root;
    this.tokens = root.querySelector(".tokens");
    this.tip = root.querySelector(".tip");
    this.shown = { texts: [], levels: [] };
    this.titles = [];
    this.roving = new Roving(this.tokens, (index) => this.pick(index));
    const listen = (kind, act) => this.tokens.addEventListener(kind, act);
    listen("pointerover", ({ target }) => this.explain(this.roving.indexOf(target)));
    listen("pointerleave", () => this.explain(this.focused));
    listen("focusin", () => this.explain(this.focused));
    listen("focusout", () => this.explain(-1));
    listen("keydown", ({ key }) => key === "Escape" && this.explain(-1));
  }

  /** The index of the token with the keyboard's focus, or -1. */
  get focused() {
    return this.roving.indexOf(this.tokens.querySelector(":focus-visible"));
  }

  receive({ texts, levels, titles, legend, large, hue }) {
    this.root.classList.toggle("large", large);
    this.root.style.setProperty("--tt-hue", hue);
    this.writeLegend(legend, levels);
    this.titles = titles;
    keepChildren(this.tokens, texts.length, makeToken);
    const { shown } = this;
    [...this.tokens.children].forEach((token, index) => {
      if (texts[index] !== shown.texts[index]) writeToken(token, texts[index]);
      if (levels[index] !== shown.levels[index]) paintToken(token, levels[index]);
    });
    this.shown = { texts, levels };
    if (!this.roving.holdsFocus) this.roving.stand(this.selected ?? this.roving.at);
    if (this.explained >= 0) this.explain(this.explained);
  }

  writeLegend({ low, high, caption }, levels) {
    const legend = this.root.querySelector(".legend");
    legend.classList.toggle("known", levels.some((level) => level !== null));
    legend.classList.toggle("waiting", levels.includes(null));
    setText(legend.querySelector(".caption"), caption);
    setText(legend.querySelector(".low"), low);
    setText(legend.querySelector(".high"), high);
  }

  pick(index) {
    this.tokens.children[this.selected]?.removeAttribute("aria-current");
    this.selected = index;
    this.tokens.children[index].setAttribute("aria-current", "true");
    this.report("clicked", index);
  }

  /** Show a token's tooltip; -1 hides it. */
  explain(index) {
    const token = this.tokens.children[index];
    const title = this.titles[index] ?? "";
    this.tokens.children[this.explained]?.removeAttribute("aria-describedby");
    this.explained = token && title ? index : -1;
    this.tip.hidden = this.explained < 0;
    if (this.tip.hidden) return;
    token.setAttribute("aria-describedby", this.tip.id);
    setText(this.tip, title);
    this.placeTip(token.querySelector(".ink").getClientRects());
  }

  /** Place the tooltip under the token's last line, or above its first one if the window ends there. */
  placeTip(lines) {
    const page = this.tip.parentNode.getBoundingClientRect();
    const [first, last] = [lines[0], lines[lines.length - 1]];
    const { width, height } = this.tip.getBoundingClientRect();
    const below = last.bottom + TIP_GAP_PX;
    const fits = below + height <= innerHeight || first.top - TIP_GAP_PX - height < 0;
    const top = fits ? below : first.top - TIP_GAP_PX - height;
    const left = Math.max(0, Math.min((fits ? last : first).left - page.left, page.width - width));
    Object.assign(this.tip.style, { top: `${top - page.top}px`, left: `${left}px` });
  }
}

function makeToken() {
  const token = document.createElement("span");
  token.className = "token";
  token.setAttribute("role", "button");
  token.setAttribute("tabindex", "-1");
  return token;
}

/**
 * A line break is shown as a sign and breaks the line; a token of spaces, or an empty one, consists of signs alone. The
 * space before a word and the break after it are not coloured, so that no colour hangs over the end of a line.
 */
function writeToken(token, text) {
  const [, space, word, end] = /^( *)(.*?)(\n?)$/s.exec(text);
  const isBlank = text === space;
  const parts = word.split("\n").flatMap((part, index) => (index ? [element("i", "⏎"), "\n", part] : [part]));
  if (end) parts.push(element("i", "⏎"));
  if (isBlank) parts.push(element("i", "·".repeat(space.length) || "∅"));
  const ink = element("span");
  ink.className = "ink";
  ink.append(...parts);
  token.replaceChildren(isBlank ? "" : space, ink, end);
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function paintToken(token, level) {
  token.classList.toggle("unknown", level === null);
  if (level === null) token.style.removeProperty("--level");
  else token.style.setProperty("--level", String(level));
}

/** Streamlit calls this on every change of data, theme or layout, with the same element as long as it is mounted. */
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".token-text");
  if (!TEXTS.has(root)) TEXTS.set(root, new TokenText(root));
  const view = TEXTS.get(root);
  view.report = setTriggerValue;
  view.receive(data);
}
