/**
 * The Bars strip: draws light, bars and progress in a v8ui box, and says which bars were clicked.
 * It is a script of its own with nothing but what Max tells it; it knows neither Live nor the wire.
 */
/* global mgraphics, max, outlet */

const LIGHT_WIDTH = 14;
const CELLS_HEIGHT = 26;
const LEAST_WIDTH_FOR_NUMBERS = 12;
// Red, amber and green mean the same in every theme, so these alone are not the theme's.
/** @type {[number, number, number, number][]} */
const LIGHTS = [
  [0.5, 0.5, 0.5, 1],
  [0.35, 0.78, 0.42, 1],
  [0.95, 0.76, 0.25, 1],
  [0.95, 0.76, 0.25, 1],
  [0.9, 0.33, 0.3, 1],
  [0.9, 0.33, 0.3, 1],
];

const shown = {
  light: 0,
  percent: -1,
  /** @type {number[]} */
  marks: [],
  /** @type {number[]} */
  counts: [],
  barsInCell: 1,
};
/** @type {number | null} */
let painting = null;

mgraphics.init();
mgraphics.relative_coords = 0;
mgraphics.autofill = 0;

/**
 * The server's light.
 * @param {number} number
 */
export function light(number) {
  shown.light = number;
  mgraphics.redraw();
}

/**
 * How far the request is, in percent; -1 where there is none.
 * @param {number} percent
 */
export function busy(percent) {
  shown.percent = percent;
  mgraphics.redraw();
}

/**
 * Which cells are marked; also says how many there are.
 * @param {...number} marks
 */
export function barstate(...marks) {
  shown.marks = marks;
  mgraphics.redraw();
}

/**
 * How many notes each cell has.
 * @param {...number} counts
 */
export function barnotes(...counts) {
  shown.counts = counts;
  mgraphics.redraw();
}

/**
 * How many bars a cell stands for.
 * @param {number} bars
 */
export function bargroup(bars) {
  shown.barsInCell = bars;
  mgraphics.redraw();
}

/** What the other boxes show is not for this one. */
export function anything() {}

/** Max asks for a picture. */
export function paint() {
  paintLight();
  shown.marks.forEach(paintCell);
  if (shown.percent >= 0) paintProgress();
}

/**
 * A click turns the cell around.
 * @param {number} x
 */
export function onclick(x) {
  const cell = cellAt(x);
  if (cell === null) return;
  painting = shown.marks[cell] ? 0 : 1;
  mark(cell, painting);
}

/**
 * Dragging does to the cells that it meets what the click did.
 * @param {number} x
 * @param {number} _y
 * @param {number} button - 0 when it is let go
 */
export function ondrag(x, _y, button) {
  const cell = cellAt(x);
  if (painting !== null && cell !== null) mark(cell, painting);
  if (!button) painting = null;
}

/**
 * Mark a cell and say so.
 * @param {number} cell
 * @param {number} state
 */
function mark(cell, state) {
  if (shown.marks[cell] === state) return;
  shown.marks[cell] = state;
  outlet(0, "bars", cell, state);
  mgraphics.redraw();
}

/** @returns {number} */
function cellWidth() {
  return (mgraphics.size[0] - LIGHT_WIDTH) / Math.max(1, shown.marks.length);
}

/**
 * @param {number} x
 * @returns {number | null} the cell at x, null beside all of them
 */
function cellAt(x) {
  const cell = Math.floor((x - LIGHT_WIDTH) / cellWidth());
  return cell >= 0 && cell < shown.marks.length ? cell : null;
}

/** Draw the light. */
function paintLight() {
  mgraphics.set_source_rgba(...(LIGHTS[shown.light] ?? LIGHTS[0]));
  mgraphics.ellipse(0, 8, 9, 9);
  mgraphics.fill();
}

/**
 * Draw one cell: its ground, how full it is, its first bar's number.
 * @param {number} isMarked
 * @param {number} cell
 */
function paintCell(isMarked, cell) {
  const width = cellWidth();
  const left = LIGHT_WIDTH + cell * width;
  const inner = Math.max(1, width - 2);
  setColor(isMarked ? "live_lcd_control_fg" : "live_lcd_frame");
  mgraphics.rectangle_rounded(left, 0, inner, CELLS_HEIGHT, 3, 3);
  mgraphics.fill();
  const most = Math.max(1, ...shown.counts);
  const height = Math.round(((shown.counts[cell] ?? 0) / most) * (CELLS_HEIGHT - 14));
  setColor(isMarked ? "live_lcd_bg" : "live_lcd_control_fg_zombie");
  mgraphics.rectangle(left + 2, CELLS_HEIGHT - 2 - height, Math.max(1, inner - 4), height);
  mgraphics.fill();
  if (width >= LEAST_WIDTH_FOR_NUMBERS) paintNumber(left + 3, cell, isMarked);
}

/**
 * @param {number} left
 * @param {number} cell
 * @param {number} isMarked
 */
function paintNumber(left, cell, isMarked) {
  setColor(isMarked ? "live_lcd_bg" : "live_lcd_title");
  mgraphics.select_font_face("Ableton Sans Medium");
  mgraphics.set_font_size(8.5);
  mgraphics.move_to(left, 9);
  mgraphics.show_text(String(cell * shown.barsInCell + 1));
}

/** Draw how far the request is. */
function paintProgress() {
  const [width, height] = mgraphics.size;
  setColor("live_lcd_frame");
  mgraphics.rectangle(0, height - 4, width, 3);
  mgraphics.fill();
  setColor("live_lcd_control_fg");
  mgraphics.rectangle(0, height - 4, (width * shown.percent) / 100, 3);
  mgraphics.fill();
}

/**
 * Draw with a colour of Live's theme.
 * @param {string} name
 */
function setColor(name) {
  mgraphics.set_source_rgba(...max.getcolor(name));
}
