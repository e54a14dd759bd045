"""Spreadsheets out of the back office hold no formulas; what comes in is shown first."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from clinics.exports import safe_cell
from clinics.models import City
from doctors.models import Doctor
from scheduling.models import (
    Appointment,
)
from tests import cast
from tests.office import at, leaks

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.ignore_template_errors,  # Django's own pages read variables that are not always there
    pytest.mark.usefixtures("quick_passwords"),
]


@pytest.mark.parametrize(
    "text", ["=1+1", "==1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1", " =1"]
)
def test_no_cell_becomes_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Dr Rao", "", "5-6 pm", "a=b", 5, -5, None])
def test_plain_cells_stay_as_they_are(value: Any) -> None:
    assert safe_cell(value) == value


@pytest.mark.parametrize("model", [Doctor, Appointment])
def test_an_export_has_a_clinics_own_rows_and_no_formulas(
    model: Any, both: None, dr_rao: Any, lekha: Any, signed_in: Any
) -> None:
    dr_rao.name = '=HYPERLINK("http://evil.example")'
    dr_rao.save()
    client = signed_in(lekha)
    assert client.get(at(model, "export")).status_code == 200
    text = client.post(at(model, "export"), {"format": "0"}).content.decode()
    assert "'=HYPERLINK" in text
    assert leaks(text) == []
    assert "Asha" not in text
    book = load_workbook(io.BytesIO(client.post(at(model, "export"), {"format": "1"}).content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert any(str(cell.value).startswith("'=HYPERLINK") for cell in cells)
    assert not any(cell.data_type == "f" for cell in cells)


def test_appointments_are_exported_by_their_clinic_only(both: None, operator: Any, signed_in: Any) -> None:
    assert signed_in(operator).get(at(Appointment, "export")).status_code == 403


CITIES = "slug,name,name_ml,district,aliases,weight\naluva,Aluva,ആലുവ,ernakulam,alwaye,3\n"


def test_an_operator_sees_a_preview_before_cities_are_imported(operator: Any, signed_in: Any, db: None) -> None:
    cast.city()
    client = signed_in(operator)
    file = io.BytesIO(CITIES.encode())
    file.name = "cities.csv"
    page = client.post(at(City, "import"), {"format": "0", "resource": "", "import_file": file})
    assert "Aluva" in page.content.decode()
    assert not City.objects.filter(slug="aluva").exists()
    confirm = (
        page.context_data["confirm_form"].initial
        if hasattr(page, "context_data")
        else page.context["confirm_form"].initial
    )
    answer = client.post(at(City, "process_import"), confirm)
    assert answer.status_code == 302
    assert City.objects.get(slug="aluva").aliases == ["alwaye"]


def test_a_bad_row_is_shown_and_nothing_is_imported(operator: Any, signed_in: Any, db: None) -> None:
    cast.city()
    file = io.BytesIO((CITIES + "nowhere,Nowhere,,no-such-district,,1\n").encode())
    file.name = "cities.csv"
    page = signed_in(operator).post(at(City, "import"), {"format": "0", "resource": "", "import_file": file})
    assert page.context["result"].has_errors()
    assert "Confirm import" not in page.content.decode()
    assert not City.objects.filter(slug="aluva").exists()


def test_a_clinics_admin_imports_nothing_and_changes_no_city(lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    assert client.get(at(City, "import")).status_code == 403
    assert client.get(at(City)).status_code == 200
    assert client.post(at(City, "change", City.objects.first().pk), {"name": "Mine"}).status_code == 403
