// What comes out: the output over the plane with the points, losses and accuracies, gradients by layer, alarms.

const outcome = {
  canvas: find("map"),

  start() {
    app.on("scene", () => { this.legend(); this.label(); });
    app.on("frame", () => { this.paint(); this.measure(); this.gradients(); this.alarm(); });
    app.on("look", () => this.paint());
    this.canvas.addEventListener("click", (event) => this.click(event));
  },

  // ---------------------------------------------------------------- the map

  // Which unit's map is shown: the one that is looked at, or the output.
  subject() {
    const looked = app.hovered && app.hovered.source === undefined ? app.hovered : null;
    return looked && looked.layer >= 0 && looked.layer < app.frame.layers.length - 1 ? looked : null;
  },

  sized() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2), side = Math.round(this.canvas.clientWidth * ratio) || 300;
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    return ratio;
  },

  paint() {
    if (!app.frame) return;
    const ratio = this.sized(), subject = this.subject(), { grid, inputs } = app.scene;
    say(find("shown"), subject ? `What ${nameOf(subject.layer, subject.unit)} says` : "What the network says");
    const map = subject ? app.maps[subject.layer] : this.output();
    if (inputs === 1) { this.line(map, subject, ratio); return; }
    if (!subject && app.scene.classes === 3) paintMap(this.canvas, grid, (i) => this.blend(map, i, grid));
    else {
      const from = subject ? subject.unit * grid * grid : 0, table = subject || app.scene.task === "regression" ? TABLE : likely(app.frame.output.scale[0] ?? 1);
      paintMap(this.canvas, grid, (i) => table[map[from + i] & 255]);
      this.contour(map.subarray(from, from + grid * grid), grid, ratio);
    }
    for (const [kind, points] of [["test", app.scene.test], ["train", app.scene.train]]) this.dots(points, kind, ratio);
    this.ring(ratio);
  },

  output() {
    if (this.decoded !== app.frame) { this.map = bytes(app.frame.output.map); this.decoded = app.frame; }
    return this.map;
  },

  blend(map, i, grid) {
    const shares = [0, 1, 2].map((k) => Math.max((map[k * grid * grid + i] + 127) / 254, 0)), total = shares[0] + shares[1] + shares[2] || 1;
    const best = shares.indexOf(Math.max(...shares)), sure = Math.max(shares[best] / total - 1 / 3, 0) * 1.5;
    const color = mixed(PAPER, CLASSES[best], 0.08 + 0.5 * Math.min(sure, 1));
    return packed(color);
  },

  // The line on which the map is 0 (a probability of one half), by marching squares.
  contour(map, grid, ratio) {
    if (app.scene.task === "regression" && !this.subject()) return;
    const context = this.canvas.getContext("2d"), scale = this.canvas.width / grid;
    context.strokeStyle = css(INK, 0.75);
    context.lineWidth = 1.3 * ratio;
    context.beginPath();
    for (let row = 0; row < grid - 1; row++) {
      for (let column = 0; column < grid - 1; column++) {
        const at = row * grid + column, corners = [map[at], map[at + 1], map[at + grid + 1], map[at + grid]];
        const crossed = [[0, 1], [1, 2], [3, 2], [0, 3]].map(([a, b], side) => {
          if (corners[a] >= 0 === corners[b] >= 0) return null;
          const t = corners[a] / (corners[a] - corners[b]);
          return [[column + t, row], [column + 1, row + t], [column + t, row + 1], [column, row + t]][side];
        }).filter((point) => point);
        for (let i = 0; i + 1 < crossed.length; i += 2) {
          context.moveTo((crossed[i][0] + 0.5) * scale, (crossed[i][1] + 0.5) * scale);
          context.lineTo((crossed[i + 1][0] + 0.5) * scale, (crossed[i + 1][1] + 0.5) * scale);
        }
      }
    }
    context.stroke();
  },

  place([x, y]) {
    const { side } = app.scene, width = this.canvas.width;
    return [((x + side) / (2 * side)) * width, ((side - y) / (2 * side)) * width];
  },

  // Filled points were trained on; rings are test points.
  dots(points, kind, ratio) {
    const context = this.canvas.getContext("2d"), { task } = app.scene, radius = (kind === "train" ? 3.4 : 2.9) * ratio;
    for (const point of points) {
      const [x, y] = this.place(point), label = point.at(-1);
      const color = task === "regression" ? mixed(PAPER, label < 0 ? ORANGE : BLUE, Math.min(Math.abs(label), 1)) : CLASSES[label];
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.fillStyle = kind === "train" ? css(color) : css(PAPER, 0.85);
      context.fill();
      context.lineWidth = (kind === "train" ? 1 : 1.7) * ratio;
      context.strokeStyle = kind === "train" ? css(PAPER) : css(color);
      context.stroke();
    }
  },

  // The point that `why` follows.
  ring(ratio) {
    if (!app.why) return;
    const context = this.canvas.getContext("2d"), [x, y] = this.place(app.why.point);
    context.beginPath();
    context.arc(x, y, 7 * ratio, 0, 7);
    context.lineWidth = 2 * ratio;
    context.strokeStyle = css(INK);
    context.stroke();
  },

  // One coordinate: points and the curve that goes through them.
  line(map, subject, ratio) {
    const context = this.canvas.getContext("2d"), { grid, side } = app.scene, width = this.canvas.width;
    const scale = subject ? app.frame.layers[subject.layer].scale[subject.unit] : app.frame.output.scale[0];
    const top = Math.max(1.6, subject ? scale * 1.1 : 0), height = (y) => width / 2 - (y / top) * (width / 2);
    context.fillStyle = css(PAPER);
    context.fillRect(0, 0, width, width);
    context.strokeStyle = css(RULE);
    context.lineWidth = ratio;
    for (const y of [-1, 0, 1]) { context.beginPath(); context.moveTo(0, height(y)); context.lineTo(width, height(y)); context.stroke(); }
    if (!subject) {
      for (const [kind, points] of [["test", app.scene.test], ["train", app.scene.train]]) {
        for (const [x, y] of points) {
          context.beginPath();
          context.arc(((x + side) / (2 * side)) * width, height(y), 3 * ratio, 0, 7);
          context.fillStyle = kind === "train" ? css(BLUE) : css(PAPER);
          context.strokeStyle = css(BLUE);
          context.fill(); context.stroke();
        }
      }
    }
    const from = (subject ? subject.unit : 0) * grid;
    context.strokeStyle = css(ORANGE);
    context.lineWidth = 3 * ratio;
    context.beginPath();
    for (let i = 0; i < grid; i++) context.lineTo((i / (grid - 1)) * width, height(((map[from + i] ?? 0) / 127) * (scale ?? 0)));
    context.stroke();
  },

  legend() {
    const swatch = (color, words, ring) => {
      const dot = make("span", { class: `dot${ring ? " ring" : ""}` });
      dot.style.setProperty("--color", css(color));
      return make("span", { class: "entry" }, dot, words);
    };
    const { task, classes } = app.scene;
    const named = task === "regression" ? [swatch(ORANGE, "below 0"), swatch(BLUE, "above 0")]
      : CLASSES.slice(0, classes).map((color, k) => swatch(color, `class ${k}`));
    find("legend").replaceChildren(...(app.scene.inputs === 1 ? [swatch(BLUE, "points"), swatch(ORANGE, "the network")] : named), swatch(SOFT, "trained on"), swatch(SOFT, "test", true));
  },

  label() {
    const { task, train, test, settings: chosen } = app.scene;
    this.canvas.setAttribute("aria-label", `The output over the plane, with ${train.length} points trained on and ${test.length} test points of the data set ${chosen.data} (${task})`);
  },

  click(event) {
    if (recorded || settings().data !== "own") return;
    const { side } = app.scene, r = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - r.left) / r.width) * 2 * side - side, y = side - ((event.clientY - r.top) / r.height) * 2 * side;
    own.add(x, y);
  },

  // ---------------------------------------------------------------- numbers

  measure() {
    const row = (name, found) => [name, short(found.loss), percent(found.accuracy)];
    const rows = [row("training", app.frame.train), row("test", app.frame.test)], body = find("measures").tBodies[0];
    if (!body.rows.length) rows.forEach(() => body.append(make("tr", {}, make("th", { scope: "row" }), make("td"), make("td"))));
    rows.forEach((texts, i) => texts.forEach((text, k) => say(body.rows[i].cells[k], text)));
    find("measures").classList.toggle("numbers", app.scene.task === "regression");
  },

  // A bar a layer, on a logarithmic scale from a billionth to 10.
  gradients() {
    const { sizes } = app.frame.facts, count = app.frame.layers.length;
    const names = Array.from({ length: count }, (_, i) => (i < count - 1 ? `hidden ${i + 1}` : "output"));
    if (find("sizes").children.length !== count) {
      find("sizes").replaceChildren(...names.map((name) => make("div", { class: "size" }, make("span", {}, name), make("div", { class: "bar-of" }, make("div")), make("span", { class: "value" }))));
    }
    [...find("sizes").children].forEach((element, i) => {
      const size = sizes.length ? sizes[i] : 0, level = size ? Math.min(Math.max((Math.log10(size) + 9) / 10, 0.01), 1) : size === null ? 1 : 0;
      element.children[1].firstChild.style.width = `${100 * level}%`;
      element.classList.toggle("bad", size === null);
      say(element.children[2], sizes.length ? short(size) : "none yet");
    });
  },

  alarm() {
    const text = app.frame.alarms.join("\n");
    if (this.alarmed === text) return;
    this.alarmed = text;
    find("alarms").replaceChildren(...app.frame.alarms.map((sentence) => make("p", { class: app.frame.facts.broken ? "alarm bad" : "alarm" }, sentence)));
  },
};
