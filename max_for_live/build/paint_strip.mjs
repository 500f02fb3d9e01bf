/**
 * Runs the Bars strip's own script and prints what it paints as SVG:
 *   node paint_strip.mjs < {"code": .., "size": [w, h], "messages": [["light", 1], ..], "colors": {..}}
 */
import { readFileSync } from "node:fs";
import { stdout } from "node:process";
import vm from "node:vm";

const { code, size, messages, colors } = JSON.parse(readFileSync(0, "utf-8"));
const parts = [];
let color = "#000";
let path = "";
let place = [0, 0];
let points = 9;

const hex = (share) =>
  Math.round(share * 255)
    .toString(16)
    .padStart(2, "0");
const round = (number) => Number(number.toFixed(2));
const box = (left, top, width, height, more = "") =>
  `<rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}"${more}`;

const mgraphics = {
  size,
  init() {},
  redraw() {},
  set_source_rgba(red, green, blue) {
    color = `#${hex(red)}${hex(green)}${hex(blue)}`;
  },
  rectangle(left, top, width, height) {
    path = box(left, top, width, height);
  },
  rectangle_rounded(left, top, width, height, ovalWidth) {
    path = box(left, top, width, height, ` rx="${ovalWidth}"`);
  },
  ellipse(left, top, width, height) {
    path = `<ellipse cx="${left + width / 2}" cy="${top + height / 2}" rx="${width / 2}" ry="${height / 2}"`;
  },
  fill() {
    parts.push(`${path} fill="${color}"/>`);
  },
  move_to(x, y) {
    place = [x, y];
  },
  select_font_face() {},
  set_font_size(size) {
    points = size;
  },
  show_text(text) {
    parts.push(
      `<text x="${round(place[0])}" y="${round(place[1])}" font-size="${points}" fill="${color}">${text}</text>`,
    );
  },
};
const context = vm.createContext({
  mgraphics,
  max: { getcolor: (name) => colors[name] },
  outlet: () => {},
});
vm.runInContext(code, context);
for (const [name, ...atoms] of messages) context[name](...atoms);
context.paint();
stdout.write(parts.join(""));
