// Why this weight: values walk forward for one point, gradients walk back, and their paths add up.

async function openWhy(edge = app.edge || network.widest(), sample = app.why ? app.why.weight.sample : 0) {
  if (app.frame.playing) await ask({ do: "pause" });
  openPanel("why");
  const found = await ask({ do: "why", ...edge, sample });
  if (!found) { why.empty(); return; }
  app.edge = edge;
  app.why = found;
  app.line = found.lines.findIndex((line) => line.at);
  why.path = null;
  why.show();
  app.tell("look");
}

function closeWhy() {
  app.why = app.edge = app.line = null;
  why.empty();
  app.tell("look");
}

// What is lit: all edges from the weight to the loss, or those of one path; and the unit of the line that is read.
function lighting() {
  const { weight } = app.why, { path } = why;
  const on = (layer, unit) => (layer === weight.layer ? unit === weight.unit : layer > weight.layer && (!path || path.units[layer - weight.layer] === unit));
  return {
    now: app.why.lines[app.line]?.at,
    edge: ({ layer, unit, source }) => (layer === weight.layer ? unit === weight.unit && source === weight.source : on(layer, unit) && on(layer - 1, source)),
  };
}

const why = {
  path: null,

  start() {
    this.empty();
    app.on("frame", () => { if (app.why && app.why.step !== app.frame.step) this.stale(); });
    app.on("scene", () => { if (!app.why) this.empty(); });
  },

  empty() {
    find("why").replaceChildren(make("p", { class: "hint" }, recorded ? `Why a weight changes needs an engine: ${given.command}`
      : "Choose an edge of the network, or a unit and press w: one point's values walk forward, the gradient walks back along every path to that weight, and the optimizer's update stands below in real numbers."));
  },

  stale() { find("stale").hidden = false; },

  show() {
    const { weight, lines } = app.why, from = nameOf(weight.layer - 1, weight.source), to = nameOf(weight.layer, weight.unit);
    const pick = (label, count, value, named, key) => make("label", {}, `${label} `, make("select", { id: `why-${key}`, change: (event) => this.other({ [key]: Number(event.target.value) }) },
      Array.from({ length: count }, (_, i) => make("option", { value: i, selected: i === value }, named(i)))));
    find("why").replaceChildren(
      make("div", { class: "row" },
        pick("from", sizeOf(weight.layer - 1), weight.source, (i) => nameOf(weight.layer - 1, i), "source"),
        pick("point", app.scene.train.length, weight.sample, (i) => `${i}`, "sample"),
        make("button", { id: "again", click: () => openWhy() }, "Look again"), make("button", { id: "close", click: closeWhy }, "Close")),
      make("p", { id: "stale", class: "hint", hidden: true }, "The network has changed since: look again."),
      make("p", {}, make("b", {}, `${from} → ${to}`), ` is ${short(app.why.value)}. Point ${weight.sample} at (${app.why.point.map(short).join(", ")}) wants ${short(app.why.label)} and costs ${short(app.why.loss)}. `,
        "The derivative of that loss by this weight is ", make("b", { class: "g" }, short(app.why.gradient)), "."),
      make("div", { class: "both" },
        make("div", { class: "walk" },
          make("div", { class: "row" }, this.button("to-first", "To the start", "❙◀︎", () => this.go(0)), this.button("line-back", "One line back (,)", "◁︎", () => this.move(-1)),
            this.button("line-on", "One line on (.)", "▷︎", () => this.move(1)), make("output", { id: "at" })),
          make("output", { id: "local" }),
          make("pre", { tabindex: 0, "aria-label": "The computation, forward and back" }, make("code", { id: "walk" }, ...lines.map(({ text, at }, i) =>
            make("span", { class: "line", click: () => { if (at) this.go(i); } }, `${text}\n`))))),
        make("div", { class: "beside" }, this.paths(), this.update(), this.differences())));
    this.go(app.line);
  },

  button(id, label, sign, click) { return make("button", { id, "aria-label": label, title: label, click }, sign); },

  other(part) {
    const { layer, unit, source, sample } = { ...app.why.weight, ...part };
    return openWhy({ layer, unit, source }, sample);
  },

  // ---------------------------------------------------------------- the walk

  move(by) {
    if (!app.why) return;
    let to = app.line + by;
    while (app.why.lines[to] && !app.why.lines[to].at) to += by;
    if (app.why.lines[to]) this.go(to);
  },

  go(to) {
    const { lines, nodes } = app.why, real = lines[to]?.at ? to : lines.findIndex((line) => line.at);
    app.line = real;
    [...find("walk").children].forEach((line, i) => line.classList.toggle("now", i === real));
    const line = find("walk").children[real], box = find("walk").parentElement;
    box.scrollTop = line.offsetTop - box.clientHeight / 2;
    line.scrollIntoView({ block: "nearest", inline: "start" });
    const [layer, unit] = lines[real].at, back = real > lines.findIndex((each) => each.text.startsWith("Backward"));
    const of = (what) => short(nodes[layer][what][unit]);
    say(find("at"), `${nameOf(layer, unit)}, ${back ? "backward" : "forward"}`);
    say(find("local"), back ? `upstream ${of("upstream")} × local ${of("local")} = ${of("product")}` : `sum ${of("sum")} → value ${of("value")}`);
    app.tell("look");
  },

  // ---------------------------------------------------------------- beside it

  paths() {
    const { paths, weight, gradient } = app.why;
    const route = ({ units }) => units.map((unit, i) => {
      const layer = weight.layer + i;
      return layer < app.frame.layers.length - 1 ? `${layer + 1}.${unit + 1}` : sizeOf(layer) > 1 ? `out ${unit + 1}` : "out";
    }).join(" → ");
    const rows = paths.shown.map((path) => make("button", {
      class: "path", pointerenter: () => this.only(path), pointerleave: () => this.only(null), focus: () => this.only(path), blur: () => this.only(null) },
      make("span", {}, route(path)), make("span", { class: "g" }, short(path.product))));
    const rest = paths.count - paths.shown.length;
    return make("section", {}, make("h3", {}, paths.count === 1 ? "The path to the loss" : `${whole(paths.count)} paths to the loss`), ...rows,
      rest ? make("p", { class: "hint" }, `and ${whole(rest)} more, which are smaller`) : null,
      make("p", {}, "sum ", make("b", { class: "g" }, short(paths.sum)), ", and .grad ", make("b", { class: "g" }, short(gradient))));
  },

  only(path) { this.path = path; app.tell("look"); },

  update() {
    const { update } = app.why;
    if (!update) return make("section", {}, make("h3", {}, "The update"), make("p", { class: "hint" }, "No step has been made yet."));
    return make("section", {}, make("h3", {}, `The last update (${settings().optimizer})`),
      make("p", {}, `The batch's gradient was ${short(update.gradient)}; the weight went from ${short(update.before)} to ${short(update.after)}.`),
      make("div", { class: "rows" }, ...update.rows.map((row) => make("p", {}, make("code", {}, row.formula), make("span", { class: "numbers" }, ` = ${row.numbers} = `), make("b", {}, short(row.value))))));
  },

  differences() {
    const said = make("output", { id: "checked" });
    return make("section", {}, make("h3", {}, "Is it right?"),
      make("button", { id: "check", click: async () => {
        const { layer, unit, source, sample } = app.why.weight, found = await ask({ do: "check", layer, unit, source, sample });
        if (found) say(said, `(${found.above.toPrecision(9)} − ${found.below.toPrecision(9)}) / ${2 * found.h} = ${short(found.difference)}`);
      } }, "Check by central differences"), said);
  },
};
