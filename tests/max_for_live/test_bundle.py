"""Modules become one plain script: every name finds its owner, nothing leaks."""

import subprocess
from pathlib import Path

import pytest

from bundle import bundle
from errors import BuildError

from .conftest import node_path


def written(folder: Path, **modules: str) -> Path:
    """Write modules; __ in a name is a folder. Return the path of main."""
    for name, text in modules.items():
        path = folder / f"{name.replace('__', '/')}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "main.js"


def run(script: str) -> str:
    done = subprocess.run(
        [node_path(), "-e", script], capture_output=True, encoding="utf-8", check=True
    )
    return done.stdout.strip()


def test_a_bundle_does_what_its_modules_do(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main='import { play as sound } from "./band/bass.js";\n'
        'import { tempo } from "./clock.js";\n'
        "/** Max calls it. */\nexport function ready() {\n  return sound(tempo);\n}\n"
        "console.log(ready());\n",
        band__bass='import {\n  tempo,\n  Meter,\n} from "../clock.js";\n'
        "const volume = 3;\n"
        "export const play = (beats) => `${beats * volume} ${new Meter().top} ${tempo}`;\n",
        clock="const volume = 5;\nexport const tempo = volume * 20;\n"
        "export class Meter {\n  top = 7;\n}\nexport async function* never() {}\n",
    )

    assert run(bundle(main, tmp_path)) == "300 7 100"


def test_the_functions_of_the_entry_lie_open_and_no_others(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main='import { hidden } from "./inner.js";\nexport function ready() {\n  hidden();\n}\n',
        inner="export function hidden() {}\n",
    )

    script = bundle(main, tmp_path)

    names = "console.log(typeof globalThis.ready, typeof globalThis.hidden)"
    assert run(f"require('vm').runInThisContext({script!r}); {names}") == "function undefined"


def test_a_module_that_two_need_runs_once(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main='import { a } from "./one.js";\nimport { b } from "./two.js";\nconsole.log(a, b);\n',
        one='import { next } from "./count.js";\nexport const a = next();\n',
        two='import { next } from "./count.js";\nexport const b = next();\n',
        count="let last = 0;\nexport const next = () => (last += 1);\n",
    )

    assert run(bundle(main, tmp_path)) == "1 2"


def test_comments_on_lines_of_their_own_stay_behind(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main="/**\n * Says it.\n * @returns {string}\n */\nconst say = () => '// not a comment';\n"
        "  // gone\n/* gone */\n"
        "const half = /** @type {import('./a.js').A} */ (10) / 2; // stays\n"
        "console.log(say(), half);\n",
    )

    script = bundle(main, tmp_path)

    assert "gone" not in script
    assert "Says it" not in script
    assert run(script) == "// not a comment 5"


@pytest.mark.parametrize(
    ("modules", "sentence"),
    [
        ({"main": 'import { a } from "./gone.js";\n'}, "no module gone.js, imported by main.js"),
        (
            {"main": 'import { b } from "./a.js";\n', "a": "const b = 1;\n"},
            "imports b, a.js has none",
        ),
        (
            {
                "main": 'import { a } from "./a.js";\n',
                "a": 'import { b } from "./b.js";\nexport const a = 1;\n',
                "b": 'import { a } from "./a.js";\nexport const b = 1;\n',
            },
            "circle: a.js -> b.js -> a.js",
        ),
        ({"main": 'import * as a from "./a.js";\n'}, "is not taken"),
        ({"main": 'import a from "./a.js";\n'}, "is not taken"),
        ({"main": "export default 3;\n"}, "is not taken"),
        ({"main": "const verse = `one\n// two\n`;\n"}, "must end in its line"),
        ({"main": "const a = 1;\nexport { a };\n"}, "is not taken"),
        ({"main": 'const a = await import("./a.js");\n'}, "is not taken"),
        ({"main": 'import { a-b } from "./a.js";\n', "a": ""}, "no name that can be imported"),
    ],
)
def test_what_cannot_be_bundled_is_told(
    tmp_path: Path, modules: dict[str, str], sentence: str
) -> None:
    main = written(tmp_path, **modules)

    with pytest.raises(BuildError, match=sentence):
        bundle(main, tmp_path)
