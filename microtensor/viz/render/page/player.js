// Two films: the forward computation, and the backward pass, node by node, in the order in which the engine took it.

class Player {
  constructor(view, find) {
    Object.assign(this, { view, steps: view.data.steps, at: 0, timer: null, forward: false });
    this.find = find;
    find("film").hidden = !view.data.forward.length || !this.steps.length;
    find("film").addEventListener("click", () => { this.stop(); this.turnTo(!this.forward); this.go(0); });
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

  // Change to the other film.
  turnTo(forward) {
    if (!this.view.data.forward.length || !this.view.data.steps.length) return;
    this.forward = forward;
    this.steps = forward ? this.view.data.forward : this.view.data.steps;
    this.at = 0;
    this.parts.slider.max = this.steps.length;
    this.parts.slider.setAttribute("aria-label", `Step of the ${forward ? "forward computation" : "backward pass"}`);
    this.find("film").textContent = forward ? "Forward ↓" : "Backward ↑";
    this.find("film").setAttribute("aria-label", `Playing the ${forward ? "forward computation" : "backward pass"}: change`);
    this.find("player").classList.toggle("forward", forward);
    this.view.svg.classList.toggle("computing", forward);
  }

  toggle() { if (this.timer) this.stop(); else this.play(); }

  play() {
    if (!this.steps.length) return;
    if (this.at === this.steps.length) { this.turnTo(false); this.go(0); }
    this.label("Pause", "❚❚");
    const on = () => {
      this.go(this.at + 1);
      if (this.forward && this.at === this.steps.length) {
        this.timer = setTimeout(() => { this.turnTo(false); this.go(0); on(); }, 2 * this.pause());
        return;
      }
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
    const back = !this.forward, to = step ? (back ? step.sent.map((s) => s.to) : step.from) : [];
    this.view.flown = back ? new Set(past.map((s) => s.node)) : undefined;
    this.view.flowing = back && step && step.sent.length ? step.node : undefined;
    this.view.marks.set("done", new Set(back ? past.slice(0, -1).map((s) => s.node) : []));
    this.view.marks.set("born", new Set(back ? [] : past.map((s) => s.node)));
    this.view.marks.set("now", new Set(step ? [step.node] : []));
    this.view.mark("target", to);
    this.refresh();
    this.view.playing = step ? this.view.keysOf(step.node)[0] : null;
    if (step) this.view.show(this.view.playing, this.view.scale < 0.5);
    this.view.tell();
    this.parts.card.replaceChildren(...(step ? (back ? this.card(step) : this.made(step)) : back ? this.start() : this.before()));
    if (this.onStep) this.onStep();
  }

  before() {
    return [make("div", { class: "what" }, make("b", {}, "Before the forward computation. "), "Each operation computes its value from those of its operands, the oldest first. Press Play.")];
  }

  // What a step of the forward computation has made.
  made(step) {
    const found = step.found, what = make("div", { class: "what" }, make("b", {}, step.title), " ", step.numbers ? make("span", { class: "numbers" }, `= ${step.numbers} `) : "", "= ", make("b", { class: "v" }, found ? found.brief : step.type));
    return [make("div", { class: "left" }, what), found ? small(found) : null].filter((x) => x);
  }

  // The gradients that the boxes show after this step: numbers add up as they arrive, arrays are shown when complete.
  refresh() {
    const texts = new Map(), sums = new Map();
    for (const step of this.forward ? [] : this.steps.slice(0, this.at)) {
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

  // The chain rule, told apart: what has arrived, times what this operation does with its operand.
  product(arrived, sent) {
    const chip = (kind, word, text) => make("span", { class: `chip ${kind}` }, make("i", {}, word), ` ${text}`);
    return [chip("upstream", "upstream", arrived ? arrived.brief : "g"), make("span", {}, "×"), chip("local", "local", sent.local), make("span", {}, "=")];
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
      make("code", {}, sent.formula || "?"), make("span", {}, "="), ...(sent.local ? this.product(arrived[0], sent) : [sent.numbers ? make("span", { class: "numbers" }, `${sent.numbers} =`) : null]),
      make("b", { class: "g", title: "what is sent on" }, sent.found ? sent.found.brief : "?"), sent.found ? small(sent.found) : null));
    const shown = step.sent.length ? null : arrived.map(small);
    return [make("div", { class: "left" }, what, ...[arrived.length && step.sent.length ? small(arrived[0]) : null, shown].flat().filter((x) => x)), make("div", { class: "sents" }, ...rows)];
  }
}

// The elements of a small array, unless they are written out already.
function small(found) {
  if (found.heat && found.heat.r <= 32) return heatmap(found);
  return !found.number && found.brief[0] !== "[" && found.rows.length && found.rows.length <= 8 ? make("div", { class: "scroll" }, table(found.rows)) : null;
}
