/** The view's seat in the page: hands each message to the code that came with the library. */
export default function (component) {
  const root = component.parentElement.querySelector(".trace-graph");
  whenShared((all) => all.view)
    .then((view) => view.receive(root, component))
    .catch((error) => {
      root.textContent = error.message;
      console.error(error);
    });
  return onceGone(root, () => shared().view?.leave(root));
}
