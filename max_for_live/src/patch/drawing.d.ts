/** What Max gives to the script of a v8ui box, as far as the Bars strip uses it. */
declare const mgraphics: {
  size: [number, number];
  relative_coords: number;
  autofill: number;
  init(): void;
  redraw(): void;
  fill(): void;
  ellipse(left: number, top: number, width: number, height: number): void;
  rectangle(left: number, top: number, width: number, height: number): void;
  rectangle_rounded(
    left: number,
    top: number,
    width: number,
    height: number,
    ovalWidth: number,
    ovalHeight: number,
  ): void;
  move_to(x: number, y: number): void;
  show_text(text: string): void;
  select_font_face(name: string): void;
  set_font_size(points: number): void;
  set_source_rgba(red: number, green: number, blue: number, alpha: number): void;
};

/** Max itself; colours are red, green, blue and alpha from 0 to 1. */
declare var max: { getcolor(name: string): [number, number, number, number] };

declare function outlet(index: number, ...atoms: (number | string)[]): void;
