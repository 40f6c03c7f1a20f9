// Everything that is set: each control changes one setting, and shows what it is.

const LISTS = {
  loss: () => CHOICES.losses[app.scene.task],
  optimizer: () => CHOICES.optimizers,
  lr: () => ["0.0001", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "3", "10", "100", "1000"],
  batch: () => ["1", "2", "5", "10", "20", "50", "100", "500"],
  penalty: () => CHOICES.penalties,
  rate: () => ["0.0001", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3"],
};
const WORDS = { batch: { 500: "all points" } };
const SETS = { circle: "circle", xor: "XOR", spiral: "spiral", moons: "moons", gaussians: "Gaussians", three: "three classes", sine: "sine", plane: "plane", own: "your own" };

const controls = {
  start() {
    radios(find("sets"), CHOICES.data.map((name) => [name, SETS[name]]), (data) => this.choose(data));
    find("speed").replaceChildren(...CHOICES.speeds.map((speed) => make("option", { value: speed, selected: speed === 0 }, speed ? `${speed} / s` : "full")));
    find("speed").addEventListener("change", () => ask({ do: "speed", speed: Number(find("speed").value) }));
    for (const element of document.querySelectorAll("[data-setting]")) {
      element.addEventListener("change", () => set({ [element.dataset.setting]: String(element.value) }));
      if (element.type === "range") element.addEventListener("input", () => say(element.nextElementSibling, this.said(element)));
    }
    for (const name of ["reset", "back", "step", "epoch"]) find(name).addEventListener("click", () => ask({ do: name }));
    find("play").addEventListener("click", () => this.toggle());
    find("seek").addEventListener("input", () => ask({ do: "frame", index: Number(find("seek").value) }));
    app.on("scene", () => this.show());
    app.on("frame", () => this.state());
    if (recorded) this.grey();
  },

  // What was asked for last, until the frame that shows it is there.
  wanted: { playing: false, number: 0 },
  playing() { return (app.frame.number ?? 0) < this.wanted.number ? this.wanted.playing : app.frame.playing; },

  async toggle() {
    const mine = this.wanted = { playing: !this.playing(), number: Infinity };
    this.state();
    const answer = await ask({ do: mine.playing ? "play" : "pause" });
    mine.number = answer?.number ?? 0;
    this.state();
  },

  // A recording shows all, and changes nothing: what would need an engine is grey, and says how to start one.
  grey() {
    notice(`A recorded training. To change anything, start it with an engine: ${given.command}`);
    find("seek").hidden = false;
    find("seek").max = given.frames.length - 1;
    find("epoch").hidden = true;
    document.body.classList.add("recorded");
    for (const element of document.querySelectorAll("[data-setting], #speed, #sets button, #add, #weights, #link")) {
      element.disabled = true;
      element.title = `needs an engine: ${given.command}`;
    }
  },

  choose(data) {
    if (recorded) return;
    if (data !== "own") { set({ data }); return; }
    const points = [...app.scene.train, ...app.scene.test], usable = app.scene.task !== "regression" && points[0].length === 3;
    const text = usable ? points.map((point) => point.join(",")).join(";") : "-1,-1,0;1,1,0;-1,1,1;1,-1,1";
    set(settings().own ? { data } : { data, own: text });
  },

  said(element) {
    return element.dataset.setting === "train" ? `${element.value} %` : element.dataset.setting === "noise" ? Number(element.value).toFixed(2) : element.value;
  },

  show() {
    const chosen = { ...settings(), lr: String(app.frame.lr ?? settings().lr) };
    check(find("sets"), chosen.data);
    for (const element of document.querySelectorAll("header [data-setting], #data [data-setting]")) {
      const name = element.dataset.setting, value = String(name in LISTS && !isNaN(chosen[name]) ? Number(chosen[name]) : chosen[name]);
      if (element.tagName === "SELECT") this.options(element, name, value);
      else if (document.activeElement !== element || element.type !== "number") element.value = value;
      if (element.type === "range") say(element.nextElementSibling, this.said(element));
    }
    document.querySelector('[data-setting="rate"]').disabled = recorded || chosen.penalty === "none";
    for (const name of ["noise", "points"]) document.querySelector(`[data-setting="${name}"]`).disabled = recorded || chosen.data === "own";
    this.features();
    own.show();
  },

  options(element, name, value) {
    const values = LISTS[name]();
    const all = values.includes(value) ? values : [...values, value].sort((a, b) => a - b);
    const text = all.join("|");
    if (element.dataset.options !== text) {
      element.dataset.options = text;
      element.replaceChildren(...all.map((each) => make("option", { value: each }, WORDS[name]?.[each] ?? each)));
    }
    element.value = value;
  },

  features() {
    const possible = CHOICES.features.filter((name) => app.scene.inputs === 2 || !name.includes("x2"));
    const on = new Set(app.scene.features), now = () => new Set(settings().features.split(","));
    const focused = document.activeElement?.dataset?.feature;
    find("features").replaceChildren(...possible.map((name) => make("button", {
      class: "toggle", "data-feature": name, "data-setting": "features", "aria-pressed": String(on.has(name)), disabled: recorded,
      click: () => set({ features: possible.filter((each) => (each === name) !== now().has(each)).join(",") }) }, FEATURE[name])));
    if (focused) find("features").querySelector(`[data-feature="${focused}"]`)?.focus();
  },

  state() {
    const { frame, scene } = app, epoch = Math.floor(frame.step / scene.epoch);
    const sign = this.playing() ? "❚❚" : "▶︎";
    say(find("play"), sign);
    find("play").setAttribute("aria-label", this.playing() ? "Pause" : "Play");
    find("back").disabled = recorded ? engine.index === 0 : frame.step <= frame.oldest;
    find("count").replaceChildren(make("b", {}, whole(frame.step)), ` step${frame.step === 1 ? "" : "s"}, ${whole(epoch)} epoch${epoch === 1 ? "" : "s"}`);
    if (!recorded && document.activeElement !== find("speed")) find("speed").value = frame.speed;
    if (recorded) find("seek").value = engine.index;
  },
};

// The user's own points: clicked, pasted, or from a file.
const own = {
  label: "1",

  start() {
    radios(find("brush"), ["0", "1", "2"].map((label) => [label, make("span", { class: "dot", "data-class": label }), `class ${label}`]), (label) => { this.label = label; check(find("brush"), label); });
    check(find("brush"), this.label);
    find("undo").addEventListener("click", () => this.put(this.points().slice(0, -1)));
    find("use").addEventListener("click", () => this.paste(find("csv").value));
    find("file").addEventListener("change", async () => {
      const [file] = find("file").files;
      if (file && file.size < 1e6) this.paste(await file.text());
      else if (file) complain("The file is too large: 500 points at most.");
      find("file").value = "";
    });
  },

  show() { find("own").hidden = settings().data !== "own" || recorded; },

  points() { return settings().own.split(";").filter((text) => text); },

  put(points) { return set({ data: "own", own: points.join(";") }); },

  add(x, y) { return this.put([...this.points(), `${x.toFixed(3)},${y.toFixed(3)},${this.label}`]); },

  // Rows of two numbers and a class, which may be any word; a first row of names is skipped.
  paste(text) {
    const rows = text.split(/\r?\n/).map((row) => row.split(/[,;\t]|\s+/).map((cell) => cell.trim()).filter((cell) => cell)).filter((row) => row.length);
    if (rows.length && isNaN(rows[0][0])) rows.shift();
    const wrong = rows.findIndex((row) => row.length < 3 || isNaN(row[0]) || isNaN(row[1]));
    if (!rows.length || wrong >= 0) return complain(rows.length ? `Row ${wrong + 1} is not x1, x2, class: ${rows[wrong].join(", ").slice(0, 60)}` : "There are no rows of x1, x2, class.");
    const names = [...new Set(rows.map((row) => row[2]))];
    if (names.every((name) => ["0", "1", "2"].includes(name))) names.splice(0, 3, "0", "1", "2");
    if (names.length > 3) return complain(`There are ${names.length} classes, and three at most can be learned here.`);
    return this.put(rows.map((row) => `${Number(row[0])},${Number(row[1])},${names.indexOf(row[2])}`));
  },
};
