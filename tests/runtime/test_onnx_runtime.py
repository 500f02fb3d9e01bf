from pathlib import Path

import pytest

from reprise.errors import CorruptModelError
from reprise.runtime.onnx_runtime import open_session


def test_a_file_that_is_no_network_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a network")

    with pytest.raises(CorruptModelError, match=r"broken\.onnx cannot be read as a network"):
        open_session(path)


def test_a_missing_network_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CorruptModelError, match="is missing"):
        open_session(tmp_path / "absent.onnx")
