/** Questions that only eyes and hands can answer; the numbers go on after the others. */

export const BY_HAND = [
  "Two clips: press it, then Undo once. Both clips are gone, with one press.",
  "Undo history after Run: no step that you did not ask for.",
  "Copy clip on a clip with MPE, groove and envelopes: the copy has all of them.",
  "Switch while a clip of this track plays: the other starts at the same beat, without a gap.",
  "Hidden, Stored, Automated: which can be mapped to a key, to MIDI, which are on Push?",
  "The same three: which press leaves an undo step?",
  "Draw automation for Automated and play: does it press? (Reprise uses none such.)",
  "Float: the window stays when you select another track, and its controls move these.",
  "A button in that window is heard once a click (watch the line for Hidden, Stored, Automated).",
  "Click and drag over the bars: they light up, and a PASS comes for each.",
  "The line in the dark field: words without quotation marks and backslashes.",
  "Live's themes, light and dark, zoom 50 to 200 %: everything can be read.",
  "A second spike on another track: both pass Run at the same time.",
  "Save the Set, close, open: the line says that the state came back, and nothing was pressed.",
  "Load a preset of this device: nothing was pressed.",
  "Switch the device off and on, move it into a rack: Run passes.",
  "All of this on macOS and on Windows.",
];
