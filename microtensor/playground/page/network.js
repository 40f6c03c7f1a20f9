// The network in the middle: a column a layer, a button a unit with its map, and edges as wide as their numbers.

const EDGES = [["weight", "weights"], ["grad", "gradients"], ["update", "updates"]];

const network = {
  columns: find("columns"), wires: find("wires"), units: [], lines: [],

  start() {
    radios(find("edges"), EDGES, (value) => this.choose(value));
    find("add").addEventListener("click", () => this.change((layers) => [...layers, { ...(layers.at(-1) || { units: 4, activation: "Tanh", norm: false, dropout: "0" }) }]));
    this.columns.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.place()).observe(find("stage"));
    app.on("scene", () => { if (app.frame) this.build(); });
    app.on("frame", () => this.paint());
    app.on("look", () => this.light());
  },

  choose(value) {
    app.edges = value;
    check(find("edges"), value);
    this.paint();
  },

  change(how) {
    return set({ layers: how(layersText().map(layerOf)).map(layerText).join(",") });
  },

  // ---------------------------------------------------------------- building

  build() {
    const focused = document.activeElement?.dataset?.control;
    const at = app.unit, count = app.scene.layers.length;
    this.units = [];
    const columns = [this.column(-1, null)];
    app.scene.settings.layers.split(",").filter((text) => text).map(layerOf).forEach((layer, i) => columns.push(this.column(i, layer)));
    columns.push(this.column(count - 1, null));
    this.columns.replaceChildren(...columns);
    this.columns.classList.toggle("many", count > 5);
    const known = at && this.unit(at.layer, at.unit);
    app.unit = known ? at : null;
    app.hovered = null;
    if (app.edge && !(this.unit(app.edge.layer, app.edge.unit) && this.unit(app.edge.layer - 1, app.edge.source))) { app.edge = null; app.why = null; app.line = null; }
    this.rove();
    this.string();
    find("add").disabled = recorded || count > CHOICES.most.layers;
    check(find("edges"), app.edges);
    if (focused) this.columns.querySelector(`[data-control="${focused}"]`)?.focus();
    this.place();
    this.light();
  },

  column(layer, hidden) {
    const count = sizeOf(layer);
    const units = Array.from({ length: count }, (_, unit) => this.button(layer, unit));
    const title = layer < 0 ? "features" : hidden ? `hidden ${layer + 1}` : count > 1 ? "outputs" : "output";
    return make("div", { class: `column${hidden ? " hidden" : ""}`, role: "group", "aria-label": title },
      make("div", { class: "head" }, make("h3", {}, title), hidden ? this.controls(layer, hidden) : this.tail(layer)),
      make("div", { class: "units" }, ...units));
  },

  tail(layer) {
    const calls = layer < 0 ? [] : app.scene.layers[layer].slice(1);
    return make("p", { class: "hint" }, calls.length ? calls[0].replace("()", "") : layer < 0 ? "" : app.scene.settings.loss);
  },

  controls(layer, hidden) {
    const change = (part) => this.change((layers) => layers.map((old, i) => (i === layer ? { ...old, ...part } : old)));
    const more = (by) => this.change((layers) => layers.map((old, i) => (i === layer ? { ...old, units: Math.min(Math.max(old.units + by, 1), most) } : old)));
    const name = `hidden layer ${layer + 1}`, id = (what) => `${what}${layer}`, most = CHOICES.bounds.units[1];
    const pick = (what, values, value, label, changed, words = String) => make("select", {
      "data-control": id(what), "data-setting": "layers", "aria-label": `${label} of ${name}`, title: label, disabled: recorded, change: (event) => changed(event.target.value) },
      values.map((each) => make("option", { value: each, selected: each === value }, words(each))));
    const drops = ["0", "0.1", "0.2", "0.3", "0.5"];
    if (!drops.includes(hidden.dropout)) drops.push(hidden.dropout);
    return [
      make("div", { class: "row" },
        make("button", { "data-control": id("less"), "data-structure": true, "aria-label": `One unit less in ${name}`, disabled: recorded || hidden.units <= 1, click: () => more(-1) }, "−"),
        make("button", { "data-control": id("more"), "data-structure": true, "aria-label": `One unit more in ${name}`, disabled: recorded || hidden.units >= most, click: () => more(1) }, "+"),
        make("button", { "data-control": id("drop"), "data-structure": true, "aria-label": `Remove ${name}`, title: "Remove this layer", disabled: recorded, click: () => this.change((layers) => layers.filter((_, i) => i !== layer)) }, "×")),
      pick("activation", CHOICES.activations, hidden.activation, "Activation", (activation) => change({ activation }), (each) => (each === "Identity" ? "none" : each)),
      make("label", { class: "check", title: "BatchNorm" }, make("input", { type: "checkbox", "data-control": id("norm"), "data-setting": "layers", checked: hidden.norm, disabled: recorded, "aria-label": `BatchNorm in ${name}`, change: (event) => change({ norm: event.target.checked }) }), "norm"),
      pick("dropout", drops, hidden.dropout, "Dropout", (dropout) => change({ dropout }), (each) => (each === "0" ? "no drop" : `drop ${each}`)),
    ];
  },

  button(layer, unit) {
    const canvas = make("canvas", { width: 50, height: 50, "aria-hidden": "true" });
    const note = make("span", { class: "note", "aria-hidden": "true" });
    const element = make("button", { class: "unit", tabindex: -1, "data-layer": layer, "data-unit": unit },
      canvas, layer < 0 ? make("span", { class: "feature", "aria-hidden": "true" }, nameOf(layer, unit)) : null, note);
    element.addEventListener("focus", () => { app.unit = { layer, unit }; this.rove(); app.tell("look"); });
    element.addEventListener("pointerenter", () => { app.hovered = { layer, unit }; app.tell("look"); });
    element.addEventListener("pointerleave", () => { app.hovered = null; app.tell("look"); });
    element.addEventListener("click", () => element.focus());
    this.units.push({ layer, unit, element, canvas, note });
    return element;
  },

  unit(layer, unit) { return this.units.find((each) => each.layer === layer && each.unit === unit); },

  // ---------------------------------------------------------------- edges

  string() {
    this.lines = [];
    this.wires.replaceChildren();
    const hits = [];
    app.frame.layers.forEach((weights, layer) => weights.weight.forEach((row, unit) => row.forEach((_, source) => {
      const line = make("<path", { class: "wire" }), hit = make("<path", { class: "hit" });
      const edge = { layer, unit, source };
      hit.addEventListener("pointerenter", () => { app.hovered = edge; app.tell("look"); });
      hit.addEventListener("pointerleave", () => { app.hovered = null; app.tell("look"); });
      hit.addEventListener("click", () => { app.edge = edge; app.tell("look"); openWhy(); });
      this.lines.push({ ...edge, line, hit });
      this.wires.append(line);
      hits.push(hit);
    })));
    this.wires.append(...hits);
  },

  place() {
    if (!this.units.length) return;
    const stage = find("columns").getBoundingClientRect();
    this.wires.setAttribute("width", find("columns").scrollWidth);
    this.wires.setAttribute("height", find("columns").scrollHeight);
    const middle = new Map(this.units.map(({ layer, unit, element }) => {
      const r = element.getBoundingClientRect();
      return [`${layer},${unit}`, { left: r.left - stage.left, right: r.right - stage.left, y: r.top - stage.top + r.height / 2 }];
    }));
    for (const { layer, unit, source, line, hit } of this.lines) {
      const from = middle.get(`${layer - 1},${source}`), to = middle.get(`${layer},${unit}`);
      if (!from || !to) continue;
      const half = (to.left - from.right) / 2;
      const d = `M${from.right},${from.y.toFixed(1)}c${half},0 ${half},${(to.y - from.y).toFixed(1)} ${2 * half},${(to.y - from.y).toFixed(1)}`;
      line.setAttribute("d", d);
      hit.setAttribute("d", d);
    }
  },

  // ---------------------------------------------------------------- a frame

  paint() {
    const { frame, scene } = app, grid = scene.grid;
    const shown = frame.layers.map((layer) => layer[app.edges]);
    const largest = Math.max(1e-30, ...shown.flat(2).map((x) => Math.abs(x ?? 0)));
    for (const { layer, unit, source, line } of this.lines) {
      const value = shown[layer] ? shown[layer][unit][source] : 0, size = Math.abs(value ?? 0) / largest;
      line.setAttribute("stroke-width", (0.5 + 5.5 * size ** 0.7).toFixed(2));
      const kind = value === null || value === undefined ? "bad" : value < 0 ? "minus" : "plus";
      if (line.dataset.sign !== kind) line.dataset.sign = kind;
    }
    if (!this.featureMap || this.featureScene !== scene) { this.featureMap = bytes(scene.maps.map); this.featureScene = scene; }
    for (const { layer, unit, element, canvas, note } of this.units) {
      paintUnit(canvas, layer < 0 ? this.featureMap : app.maps[layer], unit, grid, scene.inputs);
      const bias = layer < 0 ? null : frame.layers[layer].bias[unit];
      const label = layer < 0 ? `feature ${nameOf(layer, unit)}` : `${nameOf(layer, unit)}, bias ${short(bias)}`;
      if (element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
      if (layer >= 0) {
        const kind = bias === null ? "bad" : bias < 0 ? "minus" : "plus";
        if (note.dataset.sign !== kind) note.dataset.sign = kind;
        note.style.setProperty("--size", Math.min(Math.abs(bias ?? 0), 2) / 2);
      }
    }
    this.read();
  },

  // ---------------------------------------------------------------- looking

  // The unit or edge that is looked at: under the pointer, or else focused.
  looked() { return app.hovered || app.unit; },

  light() {
    const looked = this.looked(), lit = app.why ? lighting() : null;
    this.wires.classList.toggle("dim", Boolean(lit));
    for (const each of this.lines) {
      const own = looked && (looked.source === undefined ? each.layer === looked.layer && each.unit === looked.unit
        : each.layer === looked.layer && each.unit === looked.unit && each.source === looked.source);
      const chosen = app.edge && each.layer === app.edge.layer && each.unit === app.edge.unit && each.source === app.edge.source;
      each.line.classList.toggle("own", Boolean(own));
      each.line.classList.toggle("chosen", Boolean(chosen));
      each.line.classList.toggle("lit", Boolean(lit && lit.edge(each)));
    }
    for (const { layer, unit, element } of this.units) {
      element.classList.toggle("looked", Boolean(looked && looked.source === undefined && looked.layer === layer && looked.unit === unit));
      element.classList.toggle("now", Boolean(lit && lit.now && lit.now[0] === layer && lit.now[1] === unit));
    }
    this.read();
  },

  read() {
    const looked = this.looked();
    if (!looked) {
      const sort = Object.fromEntries(EDGES)[app.edges];
      say(find("readout"), app.edges !== "weight" && !app.frame.layers[0].grad ? `no ${sort} yet: make a step` : `edges show ${sort}; blue is positive, dashed orange negative`);
      return;
    }
    const found = app.frame.layers[looked.layer];
    if (looked.source !== undefined) {
      const { unit, source } = looked, of = (what) => (found[what] ? short(found[what][unit][source]) : "none yet");
      say(find("readout"), `${nameOf(looked.layer - 1, source)} → ${nameOf(looked.layer, unit)}: weight ${of("weight")}, gradient ${of("grad")}, update ${of("update")}`);
    } else if (looked.layer < 0) {
      say(find("readout"), `feature ${nameOf(-1, looked.unit)}`);
    } else {
      const more = found.bias_grad ? `, gradient ${short(found.bias_grad[looked.unit])}, update ${short(found.bias_update[looked.unit])}` : "";
      say(find("readout"), `${nameOf(looked.layer, looked.unit)}: bias ${short(found.bias[looked.unit])}${more}`);
    }
  },

  // ---------------------------------------------------------------- the keyboard

  // One unit is in the page's tab order, the one that was looked at last.
  rove() {
    const at = app.unit || { layer: 0, unit: 0 };
    for (const { layer, unit, element } of this.units) element.tabIndex = layer === at.layer && unit === at.unit ? 0 : -1;
  },

  key(event) {
    const at = event.target.classList.contains("unit") && app.unit;
    const by = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!at || !by) return;
    event.preventDefault();
    const layer = Math.min(Math.max(at.layer + by[0], -1), app.frame.layers.length - 1);
    const unit = Math.min(Math.max(at.unit + by[1], 0), sizeOf(layer) - 1);
    this.unit(layer, unit).element.focus();
  },

  // The edge that is meant when none was chosen: the widest one into the unit that is looked at.
  widest() {
    const { layer, unit } = app.unit && app.unit.layer >= 0 ? app.unit : { layer: 0, unit: 0 };
    const row = app.frame.layers[layer].weight[unit].map((x) => Math.abs(x ?? 0));
    return { layer, unit, source: row.indexOf(Math.max(...row)) };
  },
};
