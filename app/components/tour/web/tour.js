/**
 * The tour: a card beside what it describes. It opens by itself on a browser's first visit. The page stays usable, and
 * the focus moves into the card only if the reader opened it.
 */

import { onceGone } from "../../shared/web/cleanup.js";
import { keepChildren, setText } from "../../shared/web/patch.js";
import { bringIntoSight, EDGE_PX, findTarget, NARROW_PX, placeBeside } from "./place.js";

const SEEN_KEY = "s-trace.tour-seen";
const LOOK_AGAIN_MS = 250;
const RING_ROOM_PX = 5;
const RING_EDGE_PX = 2;
const TOURS = new WeakMap();

class Tour {
  constructor(root) {
    this.root = root;
    this.card = root.querySelector(".card");
    this.ring = root.querySelector(".ring");
    this.at = 0;
    const press = (name, act) => root.querySelector(name).addEventListener("click", act);
    press(".close", () => this.close());
    press(".back", () => this.go(this.at - 1));
    press(".next", () => this.go(this.at + 1));
    this.card.addEventListener("keydown", (event) => this.onKey(event));
    this.ending = new AbortController();
    const options = { capture: true, passive: true, signal: this.ending.signal };
    const listen = (host, kind, act) => host.addEventListener(kind, act, options);
    listen(window, "scroll", () => this.place());
    listen(window, "resize", () => this.place());
    // If nothing has the focus yet, Escape closes the card.
    listen(document, "keydown", ({ key }) => key === "Escape" && document.activeElement === document.body && this.close());
  }

  get isOpen() {
    return this.card.matches(":popover-open");
  }

  receive({ steps, opened, large }) {
    this.steps = steps;
    this.card.classList.toggle("large", large);
    const isNew = this.opened === undefined;
    if (isNew ? !wasSeen() : opened > this.opened) this.open(!isNew);
    else if (this.isOpen) this.write();
    this.opened = opened;
  }

  /** @param {boolean} asked whether the reader asked for it; then the focus moves in, and back at the end */
  open(asked) {
    if (asked && !this.holdsFocus) this.cameFrom = deepFocus();
    // The top layer stacks in the order of showing: the card lies over the ring.
    this.ring.showPopover();
    this.card.showPopover();
    clearInterval(this.looking);
    // A target may appear later, or move when something is inserted above it.
    this.looking = setInterval(() => this.place(), LOOK_AGAIN_MS);
    this.go(0);
    if (asked) this.root.querySelector("h2").focus();
  }

  close() {
    if (!this.isOpen) return;
    remember();
    const { holdsFocus } = this;
    clearInterval(this.looking);
    this.ring.hidePopover();
    this.card.hidePopover();
    if (holdsFocus) this.cameFrom?.focus();
    this.cameFrom = null;
  }

  get holdsFocus() {
    return this.card.contains(this.root.getRootNode().activeElement);
  }

  go(to) {
    if (to >= this.steps.length) return this.close();
    this.at = Math.max(0, to);
    this.write();
    const target = findTarget(this.steps[this.at].target);
    const foot = innerWidth < NARROW_PX ? this.card.offsetHeight + EDGE_PX : 0;
    if (target) bringIntoSight(target, foot);
    this.place();
  }

  write() {
    this.at = Math.min(this.at, this.steps.length - 1);
    const { title, body } = this.steps[this.at];
    const isLast = this.at === this.steps.length - 1;
    const say = (name, text) => setText(this.root.querySelector(name), text);
    say("h2", title);
    say("#tour-body", body);
    say(".count", `${this.at + 1} of ${this.steps.length}`);
    say(".next", isLast ? "Done" : "Next");
    const back = this.root.querySelector(".back");
    if (this.at === 0 && back === this.root.getRootNode().activeElement) this.root.querySelector(".next").focus();
    back.hidden = this.at === 0;
    const dots = this.root.querySelector(".dots");
    keepChildren(dots, this.steps.length, () => document.createElement("i"));
    [...dots.children].forEach((dot, index) => dot.classList.toggle("here", index === this.at));
  }

  /** Place the ring around the target and the card beside it, or at the bottom of a narrow screen. */
  place() {
    if (!this.isOpen) return;
    const target = findTarget(this.steps[this.at].target);
    const box = target?.getBoundingClientRect();
    this.outline(box);
    const narrow = innerWidth < NARROW_PX;
    const size = { width: this.card.offsetWidth, height: this.card.offsetHeight };
    const { left, top } = placeBeside(box, size);
    const beside = { left: px(left), top: px(top), right: "auto", bottom: "auto" };
    const below = { left: px(EDGE_PX), right: px(EDGE_PX), top: "auto", bottom: px(EDGE_PX) };
    Object.assign(this.card.style, narrow ? below : beside);
  }

  /** Put the ring around the visible part of a box, or hide it. */
  outline(box) {
    const isSeen = box && box.bottom > 0 && box.top < innerHeight;
    this.ring.style.visibility = isSeen ? "visible" : "hidden";
    if (!isSeen) return;
    const [left, top] = [box.left, box.top].map((edge) => Math.max(RING_EDGE_PX, edge - RING_ROOM_PX));
    const right = Math.min(innerWidth - RING_EDGE_PX, box.right + RING_ROOM_PX);
    const bottom = Math.min(innerHeight - RING_EDGE_PX, box.bottom + RING_ROOM_PX);
    Object.assign(this.ring.style, { left: px(left), top: px(top), width: px(right - left), height: px(bottom - top) });
  }

  onKey(event) {
    const moves = { ArrowRight: 1, ArrowLeft: -1 };
    if (event.key === "Escape") this.close();
    else if (!(event.key in moves)) return;
    else if (this.at + moves[event.key] < this.steps.length) this.go(this.at + moves[event.key]);
    event.preventDefault();
    event.stopPropagation();
  }

  destroy() {
    clearInterval(this.looking);
    this.ending.abort();
  }
}

function px(value) {
  return `${Math.round(value)}px`;
}

/** The element with the focus, in whichever shadow root it is. */
function deepFocus() {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one;
}

/** Without storage, as in some private windows, every visit counts as the first. */
function wasSeen() {
  try {
    return localStorage.getItem(SEEN_KEY) !== null;
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(SEEN_KEY, "1");
  } catch {
    // Then the next visit opens the tour again.
  }
}

/** Streamlit calls this on every change of data, theme or layout, with the same element as long as it is mounted. */
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".tour");
  if (!TOURS.has(root)) TOURS.set(root, new Tour(root));
  TOURS.get(root).receive(data);
  return onceGone(root, () => TOURS.get(root).destroy());
}
