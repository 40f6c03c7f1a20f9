// The backward pass, node by node, in the order in which the engine took it.

class Player {
  constructor(view, find) {
    Object.assign(this, { view, steps: view.data.steps, at: 0, timer: null });
    this.parts = { slider: find("slider"), count: find("count"), card: find("card"), play: find("play"), speed: find("speed") };
    if (!this.steps.length) {
      this.parts.card.replaceChildren(make("p", { class: "hint" }, view.data.why));
      find("player").classList.add("empty");
      return;
    }
    find("player").classList.toggle("tall", this.steps.some((step) => step.arrived.some((found) => found && small(found))));
    this.parts.slider.max = this.steps.length;
    this.parts.slider.addEventListener("input", () => { this.stop(); this.go(Number(this.parts.slider.value)); });
    for (const [name, action] of [["first", () => this.go(0)], ["back", () => this.go(this.at - 1)], ["step", () => this.go(this.at + 1)]]) {
      find(name).addEventListener("click", () => { this.stop(); action(); });
    }
    this.parts.play.addEventListener("click", () => this.toggle());
    this.go(0);
  }

  toggle() { if (this.timer) this.stop(); else this.play(); }

  play() {
    if (!this.steps.length) return;
    if (this.at === this.steps.length) this.go(0);
    this.label("Pause", "❚❚");
    const on = () => {
      this.go(this.at + 1);
      this.timer = this.at < this.steps.length ? setTimeout(on, this.pause()) : null;
      if (!this.timer) this.label("Play", "▶︎");
    };
    this.timer = setTimeout(on, 150);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.label("Play", "▶︎");
  }

  label(words, sign) {
    this.parts.play.textContent = sign;
    this.parts.play.setAttribute("aria-label", words);
  }

  pause() { return 1400 / 2 ** Number(this.parts.speed.value); }

  // Show the state after `at` steps; 0 is before the pass.
  go(at) {
    if (!this.steps.length) return;
    this.at = Math.min(Math.max(at, 0), this.steps.length);
    const step = this.steps[this.at - 1], past = this.steps.slice(0, this.at);
    this.parts.slider.value = this.at;
    this.parts.slider.setAttribute("aria-valuetext", step ? `${step.title}` : "before the pass");
    this.parts.count.textContent = `${this.at} / ${this.steps.length}`;
    this.view.flown = new Set(past.map((s) => s.node));
    this.view.flowing = step && step.sent.length ? step.node : undefined;
    this.view.marks.set("done", new Set(past.slice(0, -1).map((s) => s.node)));
    this.view.marks.set("now", new Set(step ? [step.node] : []));
    this.view.mark("target", step ? step.sent.map((s) => s.to) : []);
    this.refresh();
    if (step) this.view.show(this.view.keysOf(step.node)[0], this.view.scale < 0.5);
    this.parts.card.replaceChildren(...(step ? this.card(step) : this.start()));
  }

  // The gradients that the boxes show after this step: numbers add up as they arrive, arrays are shown when complete.
  refresh() {
    const texts = new Map(), sums = new Map();
    for (const step of this.steps.slice(0, this.at)) {
      const [arrived] = step.arrived.filter((found) => found);
      if (arrived) texts.set(step.node, `grad ${arrived.size}`);
      for (const sent of step.sent) {
        if (!sent.found || !sent.found.number || this.view.model.nodes[sent.to].boxed) continue;
        sums.set(sent.to, (sums.get(sent.to) || 0) + Number(sent.found.exact));
        texts.set(sent.to, `grad ${short(sums.get(sent.to))}${sent.last ? "" : " + …"}`);
      }
    }
    this.view.grads(texts);
  }

  start() {
    const first = this.steps[0];
    return [make("div", { class: "what" }, make("b", {}, "Before the backward pass. "),
      "It starts at ", make("b", {}, first.title), " with the gradient ", first.arrived[0] ? first.arrived[0].brief : "?", " and pulls it back, the youngest node first. Press Play.")];
  }

  card(step) {
    const arrived = step.arrived.filter((found) => found);
    const what = make("div", { class: "what" }, make("b", {}, step.title), step.sent.length ? " receives " : " has its whole gradient: ",
      make("b", { class: "g" }, arrived.length ? arrived.map((found) => found.brief).join(", ") : "nothing"));
    const rows = step.sent.map((sent) => make("div", { class: "sent" },
      make("span", { class: "to" }, sent.name), make("span", { class: "arrow" }, "←"),
      make("code", {}, sent.formula || "?"), sent.numbers ? make("span", { class: "numbers" }, `= ${sent.numbers}`) : null,
      make("span", {}, "="), make("b", { class: "g" }, sent.found ? sent.found.brief : "?"), sent.found ? small(sent.found) : null));
    const shown = step.sent.length ? null : arrived.map(small);
    return [make("div", { class: "left" }, what, ...[arrived.length && step.sent.length ? small(arrived[0]) : null, shown].flat().filter((x) => x)), make("div", { class: "sents" }, ...rows)];
  }
}

// The elements of a small array, unless they are written out already.
function small(found) {
  return !found.number && found.brief[0] !== "[" && found.rows.length && found.rows.length <= 8 ? make("div", { class: "scroll" }, table(found.rows)) : null;
}
