"""Whether everybody can use a page: axe's rules for WCAG 2.2 AA, and nothing that is wider than the screen."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],  # what passes is not described, which takes longer than to find it
}

# What blinks for a moment is looked at when it has come to rest: half faded, no text has contrast enough.
AT_REST = """
document.getAnimations().filter((it) => it.effect.getComputedTiming().endTime < Infinity).map((it) => it.finish())
"""


def troubles_of(page: Page, name: str, width: int) -> list[str]:
    """What is wrong with the page shown now."""
    page.wait_for_load_state("load")  # a press waits for the next page's first bytes, not for its styles
    page.evaluate(AT_REST)
    found = Axe().run(page, options=RULES).response["violations"]
    said = [f"{name}: {it['id']}: {it['nodes'][0]['html'][:160]}" for it in found]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        said.append(f"{name} is wider than {width} px")
    return said
