import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from reprise import client
from reprise.config import PORTS
from reprise.errors import error_codes
from reprise.service import ids, messages
from reprise.service.plain import MESSAGES_BY_KIND
from reprise.transports import protocol_page

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / protocol_page.FIXTURES


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_fixtures", FIXTURES / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_fixtures_are_fresh(make: ModuleType) -> None:
    files = make.files()

    assert len(files) > len(MESSAGES_BY_KIND)
    for path, text in files.items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, "run make.py in its folder"


def test_the_page_is_fresh() -> None:
    fresh = protocol_page.page(FIXTURES)

    assert (ROOT / protocol_page.PAGE).read_text(encoding="utf-8") == fresh, (
        "run python -m reprise.transports.protocol_page"
    )


def test_the_page_names_every_message_field_and_error() -> None:
    page = protocol_page.page(FIXTURES)

    for kind, fields in (client.CLIENT_MESSAGES | client.SERVER_MESSAGES).items():
        assert f"### `{kind}`: {client.ADDRESSES[kind]}\n" in page
        assert all(f"| `{name}` |" in page for name, _, _ in fields)
    for code, error in error_codes().items():
        assert f"| {code} | {error.__name__} |" in page


def test_every_field_on_the_page_says_what_it_means() -> None:
    rows = [row for row in protocol_page.page(FIXTURES).splitlines() if row.startswith("| `")]

    assert len(rows) > 100
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_kind_of_message_has_a_fixture_and_a_class(make: ModuleType) -> None:
    assert set(make.CASES) == set(MESSAGES_BY_KIND)
    assert set(client.CLIENT_MESSAGES) == {kind.kind for kind in messages.CLIENT_MESSAGES}
    assert set(client.SERVER_MESSAGES) == {kind.kind for kind in messages.SERVER_MESSAGES}


def test_the_client_file_agrees_with_what_it_may_not_import() -> None:
    assert client.SERVER_PORTS == PORTS
    assert client.ID_ALPHABET == ids.ALPHABET
    assert client.MAX_NOTES == messages.MAX_NOTES
    assert set(protocol_page.STRUCT_CLASSES) == set(client.STRUCTS)
    for name, kind in protocol_page.STRUCT_CLASSES.items():
        fields = {field for field, _, _ in client.STRUCTS[name]}
        assert fields == set(protocol_page.attribute_texts(kind))
