"""The data sets that Reprise knows: where each comes from and under which licence.

Reprise ships none of them. This module is told where to look; it reads no environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from reprise.errors import InvalidRequestError, MissingDataError


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set as it is known, whether or not it is on this machine.

    Attributes:
        name: Short name, also the folder's name under the data folder.
        title: What it holds, in one line.
        licence: The licence seen at the origin.
        origin: Where to get it.
        is_shippable: Whether weights trained on it may be published with Reprise.
    """

    name: str
    title: str
    licence: str
    origin: str
    is_shippable: bool


_KNOWN: Final = (
    DataSet(
        "jsb",
        "382 chorales of J. S. Bach, four voices on a 16th grid",
        "music in the public domain",
        "https://github.com/ageron/handson-ml2/tree/master/datasets/jsb_chorales",
        is_shippable=True,
    ),
    DataSet(
        "openscore_lieder",
        "1,382 songs for voice and piano",
        "CC0 1.0",
        "https://github.com/OpenScore/Lieder",
        is_shippable=True,
    ),
    DataSet(
        "openscore_quartets",
        "107 string quartets",
        "CC0 1.0",
        "https://github.com/OpenScore/StringQuartets",
        is_shippable=True,
    ),
    DataSet(
        "freedoom",
        "104 multi-track pieces with drums",
        "BSD 3-Clause",
        "https://github.com/freedoom/freedoom",
        is_shippable=True,
    ),
    DataSet(
        "simutrans",
        "44 multi-track pieces with drums, played feel",
        "Artistic License",
        "https://github.com/simutrans/simutrans",
        is_shippable=True,
    ),
    DataSet(
        "easyrpg_rtp",
        "30 short game cues",
        "CC BY 4.0 or CC0 by file",
        "https://github.com/EasyRPG/RTP",
        is_shippable=True,
    ),
    DataSet(
        "gmd_groove",
        "1,150 human drum performances with velocity and micro-timing",
        "CC BY 4.0",
        "https://magenta.tensorflow.org/datasets/groove",
        is_shippable=True,
    ),
    DataSet(
        "tannerhelland",
        "40 multi-track pieces with velocity",
        "CC BY 4.0",
        "https://github.com/tannerhelland/free-music",
        is_shippable=True,
    ),
    DataSet(
        "openewld",
        "470 lead sheets: melodies with chord symbols",
        "MIT; public-domain scores",
        "https://github.com/00sapo/OpenEWLD",
        is_shippable=True,
    ),
    DataSet(
        "pop909",
        "849 pop songs: melody, second melody, piano",
        "MIT; arrangements of copyrighted songs",
        "https://github.com/music-x-lab/POP909-Dataset",
        is_shippable=True,
    ),
    DataSet(
        "pop909_cl",
        "the songs of POP909 on bar lines that people checked",
        "MIT; arrangements of copyrighted songs",
        "https://github.com/AndyWeasley2004/POP909-CL-Dataset",
        is_shippable=True,
    ),
    DataSet(
        "madadog_lmms",
        "588 projects of one producer: trap, house, hip-hop, lo-fi, ambient, chip",
        "CC BY-SA 4.0",
        "https://github.com/Madadog/lmms-projects",
        is_shippable=True,
    ),
    DataSet(
        "farbrausch_v2m",
        "10 tracks of demos, real velocity",
        "CC BY 3.0, two folders CC BY-SA 3.0",
        "https://github.com/farbrausch/fr_public",
        is_shippable=True,
    ),
    DataSet(
        "sointu_examples",
        "11 songs of small intros, named instruments",
        "MIT",
        "https://github.com/vsariola/sointu",
        is_shippable=True,
    ),
    DataSet(
        "free_modules",
        "10 tracker modules, chip and electronic",
        "public domain, CC0, CC BY or CC BY-SA by file",
        "https://github.com/happycollision/darbydo, and /AliceLR/megazeuxtests, /GValiente/butano",
        is_shippable=True,
    ),
    DataSet(
        "nottingham",
        "1,034 British and American folk tunes with chords, to compare with a study",
        "GPL 3.0",
        "https://github.com/jukedeck/nottingham-dataset",
        is_shippable=False,
    ),
)

DATASETS: Final[Mapping[str, DataSet]] = MappingProxyType({known.name: known for known in _KNOWN})


def find(data_directory: Path | None, name: str) -> Path:
    """Return the folder of a data set under the data folder.

    Raises:
        InvalidRequestError: No data set of that name is known.
        MissingDataError: It is not there; the message says where to get it and where to put it.
    """
    known = DATASETS.get(name)
    if known is None:
        raise InvalidRequestError(
            f"no data set is called {name!r}; known are {', '.join(sorted(DATASETS))}"
        )
    if data_directory is None:
        raise MissingDataError(f"no data folder was named; {_way_out(known)}")
    folder = data_directory / name
    if not folder.is_dir():
        raise MissingDataError(f"the data set {name!r} is not at {folder}; {_way_out(known)}")
    return folder


def _way_out(known: DataSet) -> str:
    return (
        f"get it from {known.origin} ({known.licence}), unpack it as a folder called "
        f"{known.name!r}, and name the folder that holds it with --data DIR or REPRISE_DATA"
    )
