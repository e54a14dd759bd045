"""Paper at the desk, in a real browser: the table’s keys, a slip that prints itself, a list that gets ready."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from tests import cast
from tokens import pdf, printing, services, sheets
from tokens.models import Purpose, Sheet

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def queue(dr_rao: Any, reena: Any) -> Any:
    """Dr Rao's day: Asha is expected, three numbers are kept."""
    queue = services.open_day(queue=services.queue_for(dr_rao, dr_rao.clinic.today()))
    cast.token(queue=queue, patient=cast.patient())
    services.reserve(queue=queue, how_many=3, purpose=Purpose.POWER_CUT, by=reena)
    return queue


def at(served: str, name: str, *rest: Any) -> str:
    return served + reverse(f"tokens:{name}", args=["lake-clinic", "dr-rao", *rest])


def test_enter_goes_to_the_next_row_and_at_the_end_to_the_button(
    windows: Any, served: str, queue: Any, reena: Any
) -> None:
    page = windows(size=DESK, who=reena)
    page.goto(at(served, "afterwards"))
    page.fill("[name='2-name']", "Devi Nair")
    for expected in ("3-name", "4-name", "step"):
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.name") == expected
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Write when they came.")
    assert page.input_value("[name='2-name']") == "Devi Nair"


def test_a_slip_prints_itself_when_asked_to(windows: Any, served: str, queue: Any, reena: Any) -> None:
    page = windows(size=PHONE, who=reena)
    page.add_init_script("window.printed = 0; window.print = () => { window.printed += 1 }")
    page.goto(at(served, "slip", 1))
    assert page.evaluate("printed") == 0
    page.click("text=Print")
    assert page.evaluate("printed") == 1
    page.goto(at(served, "slip", 1) + "?print=1")
    page.wait_for_function("printed === 1")


@pytest.mark.skipif(pdf.HTML is None, reason="there is no Pango here: apt-get install libpangoft2-1.0-0")
def test_the_list_gets_ready_by_itself(
    windows: Any, served: str, queue: Any, reena: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "enqueue_job", lambda *_, **__: None)
    sheet = sheets.ask(queue=queue, kind=Sheet.Kind.DAY, by=reena)
    page = windows(size=DESK, who=reena)
    page.goto(at(served, "print"))
    page.wait_for_selector("text=Being made.")
    printing.make(str(sheet.pk))
    page.wait_for_selector("#print >> text=Open")
    assert "hx-trigger" not in page.locator("#print").evaluate("it => it.outerHTML")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_shut_nobody_out(windows: Any, served: str, queue: Any, reena: Any, scheme: str) -> None:
    for size in (PHONE, DESK):
        page = windows(size=size, who=reena)
        page.emulate_media(color_scheme=scheme)
        kept = served + queue.reserved.first().get_absolute_url()
        for address in (at(served, "print"), at(served, "slip", 1), at(served, "afterwards"), kept):
            page.goto(address)
            if "afterwards" in address:
                page.fill("[name='2-name']", "12")
                page.click("text=Check")
                page.wait_for_selector("[role=alert]")
            page.wait_for_load_state("load")  # a press waits for the next page's first bytes, not for its styles
            page.evaluate("Promise.allSettled(document.getAnimations().map((it) => it.finished))")
            found = Axe().run(page).response["violations"]
            assert [(it["id"], it["nodes"][0]["html"]) for it in found] == [], (address, size)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, size)
