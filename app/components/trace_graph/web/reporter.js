/** What Python is told, and when. It also remembers what Python knows when a trace comes back. */

const REST_MS = 80;
/** The least time between two reports while playing; and Python must have finished with the last one. */
const PLAYING_MS = 600;

export class Reporter {
  constructor() {
    this.reported = {};
    this.reportedAt = 0;
  }

  /** Take Streamlit's functions that set a state and fire a trigger. */
  connect(setState, ask) {
    Object.assign(this, { setState, ask });
  }

  /** Report the slider's size when it comes to rest, and now and then while it plays. */
  size(epoch, n_edges, playing) {
    this.stopWaiting();
    const report = () => {
      this.reportedAt = performance.now();
      this.report("size", { graph: epoch, n_edges });
    };
    if (!playing) this.waiting = setTimeout(report, REST_MS);
    else if (performance.now() - this.reportedAt > PLAYING_MS && pageRests()) report();
  }

  selected(trace, node) {
    this.report("selected", { graph: trace, node });
  }

  report(name, value) {
    this.reported[name] = value;
    this.setState(name, value);
  }

  stopWaiting() {
    clearTimeout(this.waiting);
  }

  /** The size reported last in an epoch, or null. */
  knownSize(epoch) {
    return this.reported.size?.graph === epoch ? this.reported.size.n_edges : null;
  }

  /** The key of the node last reported as selected in a trace, or null. */
  knownNode(trace) {
    return this.reported.selected?.graph === trace ? this.reported.selected.node : null;
  }
}

/** Whether the server's last run is over. Streamlit marks the page with the state of its script. */
function pageRests() {
  return document.querySelector("[data-test-script-state]")?.dataset.testScriptState !== "running";
}
