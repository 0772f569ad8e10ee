/**
 * A cleanup function to return to Streamlit. Streamlit also calls it for a message that a newer one has overtaken,
 * after the newer one has been received. Then `root` is still in the page, and so is its view.
 *
 * @returns {function(): void}
 */
export function onceGone(root, act) {
  return () => {
    if (!root.isConnected) act();
  };
}
