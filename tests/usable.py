"""Whether everybody can use a page: axe's rules for WCAG 2.2 AA, and nothing that is wider than the screen."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],  # what passes is not described, which takes longer than to find it
}

AXE = Axe().axe_script

# What blinks for a moment is looked at when it has come to rest: half faded, no text has contrast enough.
LOOK = """async (rules) => {
    const ends = (it) => it.effect.getComputedTiming().endTime < Infinity
    document.getAnimations().filter(ends).forEach((it) => it.finish())
    const { violations } = await axe.run(rules)
    return {
        broken: violations.map((it) => `${it.id}: ${it.nodes[0].html.slice(0, 160)}`),
        width: document.documentElement.scrollWidth,
    }
}"""


def troubles_of(page: Page, name: str, width: int) -> list[str]:
    """What is wrong with the page shown now."""
    page.wait_for_load_state("load")  # a press waits for the next page's first bytes, not for its styles
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(LOOK, RULES)
    said = [f"{name}: {it}" for it in found["broken"]]
    if found["width"] > width:
        said.append(f"{name} is wider than {width} px")
    return said
