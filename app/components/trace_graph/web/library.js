/**
 * vis-network stands above, wrapped so that it exports into `visNetwork` and leaves no global behind; then the
 * view's own code, markup and style. None of it changes, so the browser is sent it once.
 */
export default function () {
  publish((all) => (all.view ??= { receive, leave }));
}
