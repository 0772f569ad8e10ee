/**
 * What a component hands Streamlit to be called at its end. Streamlit calls it for a message that another has
 * overtaken, too, after the newer one has been received: then `root` still stands in the page, and so does its view.
 *
 * @returns {function(): void}
 */
function onceGone(root, act) {
  return () => {
    if (!root.isConnected) act();
  };
}
