# @description Reprise over OSC, for those with Python in REAPER
# @version 0.1.0
# @author Reprise
# @about
#   Vary, continue and refill for REAPERs that have Python 3.10 or newer set up. The package Reprise
#   does more and needs nothing: take this one only to build on it.
# @metapackage
# @provides
#   [main=main,midi_editor] Reprise_Vary over OSC.py
#   [main=main,midi_editor] Reprise_Continue over OSC.py
#   [main=main,midi_editor] Reprise_Refill over OSC.py
#   [nomain] lib/*.py
