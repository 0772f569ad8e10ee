/** What Python hears, and when; and what it has heard, which it goes by when a trace comes back. */

const TELL_AFTER_MS = 80;
/** While playing Python hears the size no more often than this, and not before it has shown the last one. */
const TELL_PLAYING_MS = 600;

class Telling {
  constructor() {
    this.told = {};
    this.toldAt = 0;
  }

  /** Take Streamlit's way to set a state and to pull a trigger. */
  connect(setState, ask) {
    Object.assign(this, { setState, ask });
  }

  /** A size of the slider: told when it rests, and now and then while it plays. */
  size(epoch, n_edges, playing) {
    this.stopWaiting();
    const tell = () => {
      this.toldAt = performance.now();
      this.tell("size", { graph: epoch, n_edges });
    };
    if (!playing) this.waiting = setTimeout(tell, TELL_AFTER_MS);
    else if (performance.now() - this.toldAt > TELL_PLAYING_MS && pageRests()) tell();
  }

  selected(trace, node) {
    this.tell("selected", { graph: trace, node });
  }

  tell(name, value) {
    this.told[name] = value;
    this.setState(name, value);
  }

  stopWaiting() {
    clearTimeout(this.waiting);
  }

  /** The size that Python takes an epoch to be at, if it has been told. */
  knownSize(epoch) {
    return this.told.size?.graph === epoch ? this.told.size.n_edges : null;
  }

  /** The key of the node that Python takes for selected in a trace. */
  knownNode(trace) {
    return this.told.selected?.graph === trace ? this.told.selected.node : null;
  }
}

/** Whether the server's last run is over: Streamlit marks the page with the state of its script. */
function pageRests() {
  return document.querySelector("[data-test-script-state]")?.dataset.testScriptState !== "running";
}
