"""How well a text stands out from its background, as the browser computes both."""

from playwright.sync_api import Locator

# The colour of an element's text over the backgrounds of it and what holds it, shadow roots included.
_CONTRAST = """(element) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const over = (colours) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255);
    };
    const luminance = (rgb) => rgb
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const backgrounds = [];
    for (let one = element; one; one = one.parentElement ?? one.getRootNode().host) {
        backgrounds.unshift(getComputedStyle(one).backgroundColor);
    }
    const behind = luminance(over(["white", ...backgrounds]));
    const text = luminance(over(["white", ...backgrounds, getComputedStyle(element).color]));
    return (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
}"""


def contrast(element: Locator) -> float:
    """WCAG's ratio of an element's text against the plain colours behind it, 1 to 21."""
    ratio: float = element.evaluate(_CONTRAST)
    return ratio
