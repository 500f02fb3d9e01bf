"""What the page on the protocol says of the mailbox."""

from typing import Final

from reprise.client import MIN_NOTE_WIDTH, STRUCTS
from reprise.service.messages import PROTOCOL_VERSION
from reprise.transports import mailbox, mailbox_codec, mailbox_folder, mailbox_outbox

_TEXT: Final = """\
## The mailbox

The same messages as files, for a host whose scripts have no sockets, such as REAPER. In Lua nothing
has to be written: `reaper_scripts/Reprise/core/mailbox.lua` is this section for Lua 5.3 and newer.

The mailbox is the folder `Data/Reprise` in REAPER's resource folder. The server finds the usual
resource folders of three systems, those that a setting or `--reaper-dir` names, and those of
portable installs: a script writes `{{"resource_dir":"..."}}`, the absolute path, to a file of its
own in `~/.reprise/mailboxes/` (any name that ends in `.json`), and within {search_s:g} seconds the
mailbox is served. `~/.reprise/mailboxes.json` says how the server is started: `command` is a list
of words. One server serves a mailbox; another one leaves it alone until the first has ended.

| file | by | says |
|---|---|---|
| `hello.json` | server | that it lives; gone when it has ended |
| `in/ID.json` | client | a request |
| `in/ID.cancel.json` | client | stop it; the content does not matter |
| `out/ID.N.json` | server | its answers, N = 0, 1, 2, .. in order |

`ID` is `CLIENT-NUMBER`: CLIENT is 1 to 64 ASCII letters, digits and hyphens that no other run of a
script has, such as a GUID, and NUMBER is the `request_id`, at most nine digits. Each CLIENT is a
client of its own: a newer musical request of it stops the older one, and two hosts never meet.

**Every file is complete.** Write it under another name in the same folder (`ID.tmp`) and rename it.
Names are not used twice, so renaming never meets a file. A request that is no JSON is read again
for {half_written_s:g} seconds, then refused.

**Hello** is replaced every second, every {slow_beat_s:g} seconds while nobody has asked for
{calm_minutes:g} minutes; `period_s` says which. The server is lost when `time` is older than three
periods and two seconds, or when `beat` has stood still for ten seconds while you wait. Another
`session` is another start of the server: what was asked before is lost, unless its answer is there.

| field | meaning |
|---|---|
| `protocol_version` | as in `welcome`; compare it before you ask |
| `server_version`, `engines` | as in `welcome` |
| `styles` | `corpora` and `engines` as in `styles_reply` |
| `pid` | the server's process |
| `session` | a text of this start of the server |
| `beat` | goes up with every hello |
| `time` | seconds since 1970 |
| `period_s` | seconds until the next hello |
| `command` | interpreter and arguments that start the server in the background |

**A request** is `{{"protocol_version":{version},"message":{{..}}}}`, the message in its plain form
with the `request_id` of the file's name. It has at most {request_mib:g} MiB. The server takes the
file away when it reads it.

**Answers** are messages in their plain form. Look for N = 0, and when you have read and deleted it
for the next; never list the folder. The last one is `done`, `error`, `history_reply`,
`status_reply`, `styles_reply`, `learn_reply` or `welcome`. After a cancel, go on to the last one or
stop looking.

**Notes are flat** in `new_notes` of answers and in `score.voices[..].notes`: a list of numbers, of
which the first says how many fields each note has, {min_width} to {max_width}, and the others are
the fields of all notes, in this order: {fields}. Fields that are left out at the end
have their defaults; truth is 0 or 1. An empty list has no notes. `notes` of voices in requests may
be flat or a list of objects.

```
{{"kind":"result", .., "new_notes":[[4, 0,60,0.5,100, 0.5,62,0.5,90], []]}}
```

**Parts** keep a poll short. An answer of more than {part_notes:,} notes, or of what weighs as much,
comes as files of kind `part` and then the message itself, in which the lists that were cut are
empty:

```
{{"kind":"part","slices":[{{"path":["new_notes",0],"notes":[4, ..]}},
                        {{"path":["kept"],"items":[0, 1, ..]}}]}}
```

Append each slice to what earlier parts held for its `path` (keys and places from 0); put the lists
where they belong when the message comes. An `error` may come in its stead.

**What is thrown away:** requests that no server took for {stale_s:g} seconds, answers that nobody
fetched for {orphan_minutes:g} minutes, strange files of that age or of too many, and the oldest of
more than {max_files:,} answers. Progress and bars are left out while {previews} files wait to be
read. Where the disk is full, answers wait up to {give_up_minutes:g} minutes for room.
"""


def section() -> str:
    """Return the section of the page."""
    fields = [name for name, _, _ in STRUCTS["note"]]
    return _TEXT.format(
        version=PROTOCOL_VERSION,
        search_s=mailbox.SEARCH_S,
        slow_beat_s=mailbox.SLOW_BEAT_S,
        calm_minutes=mailbox.CALM_FOR_S / 60,
        half_written_s=mailbox_folder.HALF_WRITTEN_S,
        stale_s=mailbox_folder.STALE_S,
        orphan_minutes=mailbox_folder.ORPHAN_S / 60,
        max_files=mailbox_folder.MAX_WAITING_FILES,
        request_mib=mailbox_codec.MAX_REQUEST_BYTES / 2**20,
        part_notes=mailbox_codec.PART_NOTES,
        previews=mailbox_outbox.PREVIEWS_UNREAD,
        give_up_minutes=mailbox_outbox.GIVE_UP_S / 60,
        min_width=MIN_NOTE_WIDTH,
        max_width=len(fields),
        fields=", ".join(f"`{name}`" for name in fields),
    )
