/** The bundle stands above, wrapped so that it exports into `visNetwork` and leaves no global behind. */
export default function () {
  publish((all) => (all.vis ??= visNetwork));
}
