// Colours: of signs, of classes, and of maps in 8 bits.

let ORANGE, BLUE, GREEN, PAPER, INK, SOFT, RULE, GREY, TEST, CLASSES, TABLE;

const parsed = (name) => {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
};
const css = (rgb, alpha = 1) => `rgba(${rgb.join(",")},${alpha})`;
const mixed = (a, b, t) => a.map((x, i) => Math.round(x + (b[i] - x) * t));
const packed = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

// Read from the style whenever the theme changes; a map's byte is its index here, as if it were unsigned.
function readColors() {
  [ORANGE, BLUE, GREEN, PAPER, INK, SOFT, RULE, GREY, TEST] =
    ["--minus", "--plus", "--third", "--paper", "--ink", "--soft", "--rule", "--bad-map", "--test"].map(parsed);
  CLASSES = [ORANGE, BLUE, GREEN];
  TABLE = tableOf((share) => share);
}

// The colours of bytes, by the value from -1 to 1 that a byte stands for.
function tableOf(value) {
  const table = new Uint32Array(256);
  for (let byte = -127; byte <= 127; byte++) {
    const x = value(byte / 127);
    table[byte & 255] = packed(mixed(PAPER, x < 0 ? ORANGE : BLUE, Math.abs(x) ** 0.9 * 0.62));
  }
  table[128] = packed(GREY);
  return table;
}

// The output's bytes are the tanh of an eighth of the log-odds, up to a scale: these are the colours of its probabilities.
const likely = (scale) => tableOf((share) => Math.tanh(4 * Math.atanh(Math.min(Math.max(share * scale, -0.9999), 0.9999))));

const scratch = document.createElement("canvas");

// Draw a square map into a canvas, scaled smoothly; `color` gives the packed colour of a point.
function paintMap(canvas, grid, color) {
  scratch.width = scratch.height = grid;
  const context = scratch.getContext("2d"), image = context.createImageData(grid, grid), pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = color(i);
  context.putImageData(image, 0, 0);
  const target = canvas.getContext("2d");
  target.imageSmoothingEnabled = true;
  target.drawImage(scratch, 0, 0, canvas.width, canvas.height);
}

// A small map of one unit: a plane of colours, or a curve if there is one coordinate.
function paintUnit(canvas, map, at, grid, inputs) {
  if (inputs === 2) {
    const from = at * grid * grid;
    paintMap(canvas, grid, (i) => TABLE[map[from + i] & 255]);
    return;
  }
  const context = canvas.getContext("2d"), { width, height } = canvas;
  context.fillStyle = css(PAPER);
  context.fillRect(0, 0, width, height);
  context.strokeStyle = css(RULE);
  context.lineWidth = 1;
  context.beginPath(); context.moveTo(0, height / 2); context.lineTo(width, height / 2); context.stroke();
  context.strokeStyle = css(BLUE);
  context.lineWidth = 2;
  context.beginPath();
  for (let i = 0; i < grid; i++) {
    context.lineTo((i / (grid - 1)) * width, height / 2 - (map[at * grid + i] / 127) * (height / 2 - 3));
  }
  context.stroke();
}
