import assert from "node:assert/strict";
import { palettes, style } from "../../../src/report/html/style.ts";

type Rgb = readonly [number, number, number];

/** Linear light, 0 to 1, of `#rrggbb`. */
function linear(hex: string): Rgb {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
}

/** WCAG 2: from 1 to 21. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [one, other]
    .map((hex) => times([0.2126, 0.7152, 0.0722], linear(hex)))
    .sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Machado, Oliveira and Fernandes (2009), severity 1, for linear light. */
const sights: Readonly<Record<string, readonly Rgb[]>> = {
  "no red": [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  "no green": [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  "no blue": [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function times(row: Rgb, [red, green, blue]: Rgb): number {
  return row[0] * red + row[1] * green + row[2] * blue;
}

/** CIE 1976 difference; about 2 can just be told apart side by side. */
function difference(one: Rgb, other: Rgb): number {
  const [a, b] = [lab(one), lab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function lab(rgb: Rgb): Rgb {
  const [x, y, z] = (
    [
      [0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505],
      [0.2126, 0.7152, 0.0722],
      [0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089],
    ] as const
  ).map((row) => {
    const value = times(row, rgb);
    return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
  }) as unknown as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe("the report's colours", () => {
  for (const [light, palette] of Object.entries(palettes)) {
    for (const [name, ground] of [
      ["ink", "card"],
      ["soft", "card"],
      ["soft", "ground"],
      ["blue", "card"],
      ["green", "card"],
      ["other", "card"],
      ["good", "card"],
      ["bad", "card"],
      ["doubt", "card"],
      ["ink", "removed"],
      ["ink", "added"],
      ["ink", "changed"],
    ] as const) {
      it(`${light}: ${name} can be read on ${ground}`, () =>
        assert.ok(
          contrast(palette[name], palette[ground]) >= 4.5,
          String(contrast(palette[name], palette[ground])),
        ));
    }

    for (const [sight, matrix] of Object.entries(sights)) {
      it(`${light}: blue and green are told apart by who sees ${sight}`, () => {
        const [one, other] = [palette.blue, palette.green].map((hex) => {
          const rgb = linear(hex);
          return matrix.map((row) => Math.min(1, Math.max(0, times(row, rgb)))) as unknown as Rgb;
        }) as [Rgb, Rgb];
        assert.ok(difference(one, other) >= 20, String(difference(one, other)));
      });
    }
  }

  it("measure as they should: black on white, red for who sees no red", () => {
    assert.equal(contrast("#000000", "#ffffff"), 21);
    assert.ok(difference(linear("#ff0000"), linear("#00ff00")) > 150);
  });

  it("stand in a sheet that loads nothing and cannot end its element", () => {
    assert.doesNotMatch(style, /url\(|@import|<|expression/);
  });
});
