// A matrix as a heat map: blue for what is positive, orange for what is negative, the stronger the larger.

function heatmap(found) {
  const { r, c, cells, max } = found.heat, bytes = Uint8Array.from(atob(cells), (letter) => letter.charCodeAt(0));
  const size = Math.max(2, Math.min(14, Math.floor(280 / c), Math.floor(220 / r))), style = getComputedStyle(document.documentElement);
  const canvas = make("canvas", { class: "heat", width: c * size, height: r * size, role: "img", "aria-label": `heat map of ${found.stats[0][1]}, the largest size is ${max}` });
  const pen2 = canvas.getContext("2d"), colors = { plus: style.getPropertyValue("--plus"), minus: style.getPropertyValue("--minus"), bad: style.getPropertyValue("--bad") };
  bytes.forEach((byte, i) => {
    const level = byte > 127 ? byte - 256 : byte;
    pen2.fillStyle = level === -128 ? colors.bad : `rgba(${level < 0 ? colors.minus : colors.plus}, ${Math.abs(level) / 127})`;
    pen2.fillRect((i % c) * size, Math.floor(i / c) * size, size - (size > 5 ? 1 : 0), size - (size > 5 ? 1 : 0));
  });
  return make("figure", {}, canvas, make("figcaption", {}, make("i", { class: "minus4" }, `−${max}`), "0", make("i", { class: "plus4" }, `${max}`)));
}
