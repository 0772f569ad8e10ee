/** Moves through the sizes, one step at a time or continuously. */

const PLAY_MS = 8000;
const CALM_STEP_MS = 900;
const CALM_STEPS = 9;

export class Player {
  /** @param {function(number, boolean): void} onStep called at each step, with whether it is playing */
  constructor(root, slider, onStep) {
    Object.assign(this, { root, slider, onStep, playing: false });
    this.button = root.querySelector(".play");
    this.speed = root.querySelector(".speed");
    this.button.addEventListener("click", () => this.toggle());
    this.speed.addEventListener("change", () => this.playing && this.play());
    root.querySelectorAll("[data-move]").forEach((button) => {
      button.addEventListener("click", () => this.moveTo(slider.within(slider.step + Number(button.dataset.move))));
    });
  }

  /** Go to one step and stay there. */
  moveTo(step) {
    this.pause();
    this.slider.take(step);
  }

  toggle() {
    if (this.playing) this.stop();
    else this.play();
  }

  /** Play in about eight seconds at normal speed, or in a few slow steps if the reader prefers reduced motion. */
  play() {
    this.pause();
    const { last, step } = this.slider;
    const from = step >= last ? 0 : step;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const whole = (calm ? CALM_STEP_MS * CALM_STEPS : PLAY_MS) / Number(this.speed.value);
    const stride = calm ? Math.max(1, Math.round(last / CALM_STEPS)) : 1;
    const began = performance.now();
    this.setPlaying(true);
    const advance = (now) => {
      const passed = ((now - began) / whole) * last;
      const next = this.slider.within(from + Math.max(0, Math.floor(passed / stride) * stride));
      if (next !== this.slider.step) {
        this.slider.show(next);
        this.onStep(next, true);
      }
      if (next >= last) this.stop();
      else this.frame = requestAnimationFrame(advance);
    };
    this.frame = requestAnimationFrame(advance);
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.frame);
    this.setPlaying(false);
  }

  /** Pause and report where it stopped. */
  stop() {
    this.pause();
    this.onStep(this.slider.step, false);
  }

  setPlaying(playing) {
    this.playing = playing;
    this.button.classList.toggle("playing", playing);
    this.button.setAttribute("aria-label", playing ? "Pause" : "Play through the sizes");
    this.button.title = playing ? "Pause (space bar)" : "Play through the sizes (space bar)";
    // A screen reader could not keep up with a sentence per step.
    this.root.querySelector(".readout").setAttribute("aria-live", playing ? "off" : "polite");
  }
}
