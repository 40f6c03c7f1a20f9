// The losses over the steps: two curves, linear or logarithmic, and the values at the cursor.

const chart = {
  canvas: find("chart"), at: null,

  start() {
    app.on("frame", () => this.paint());
    find("log").addEventListener("change", () => this.paint());
    this.canvas.addEventListener("pointermove", (event) => { this.at = this.nearest(event.offsetX); this.paint(); });
    this.canvas.addEventListener("pointerleave", () => { this.at = null; this.paint(); });
    this.canvas.addEventListener("blur", () => { this.at = null; this.paint(); });
    this.canvas.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key], last = app.frame.curve.step.length - 1;
      if (!by) return;
      event.preventDefault();
      this.at = Math.min(Math.max((this.at ?? last) + by, 0), last);
      this.paint();
    });
  },

  scales() {
    const { step, train, test } = app.frame.curve, log = find("log").checked;
    const known = [...train, ...test].filter((y) => y !== null && (!log || y > 0)), f = log ? Math.log10 : (y) => y;
    const high = known.length ? f(Math.max(...known)) : 1, low = known.length ? (log ? f(Math.min(...known)) : 0) : 0;
    const [bottom, top] = high - low < 1e-12 ? [low - (log ? 0.5 : 0), low + 0.5 + (log ? 0 : high * 0.1)] : [low, high + (high - low) * 0.05];
    const box = { left: 46, right: this.canvas.clientWidth - 8, top: 8, bottom: this.canvas.clientHeight - 20 };
    const last = Math.max(step.at(-1) || 0, 1);
    return {
      box, last, bottom, top, log,
      x: (s) => box.left + (s / last) * (box.right - box.left),
      y: (v) => (v === null || (log && v <= 0) ? null : box.bottom - ((f(v) - bottom) / (top - bottom)) * (box.bottom - box.top)),
    };
  },

  nearest(offset) {
    const { x } = this.scales(), steps = app.frame.curve.step;
    return steps.reduce((best, step, i) => (Math.abs(x(step) - offset) < Math.abs(x(steps[best]) - offset) ? i : best), 0);
  },

  // Round numbers that divide a scale in about four.
  ticks({ bottom, top, log }) {
    if (log) {
      const by = Math.max(Math.ceil((top - bottom) / 4), 1), found = [];
      for (let e = Math.ceil(bottom / by) * by; e <= top; e += by) found.push(10 ** e);
      return found.length > 1 ? found : [10 ** bottom, 10 ** top];
    }
    const raw = (top - bottom) / 4, power = 10 ** Math.floor(Math.log10(raw)), by = [1, 2, 5, 10].find((n) => n * power >= raw) * power, found = [];
    for (let y = Math.ceil(bottom / by) * by; y <= top; y += by) found.push(Number(y.toPrecision(6)));
    return found;
  },

  paint() {
    if (!app.frame) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2), { clientWidth: w, clientHeight: h } = this.canvas;
    if (!w) return;
    if (this.canvas.width !== Math.round(w * ratio)) { this.canvas.width = Math.round(w * ratio); this.canvas.height = Math.round(h * ratio); }
    const context = this.canvas.getContext("2d"), scales = this.scales(), { box } = scales;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, w, h);
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = css(SOFT);
    context.strokeStyle = css(RULE);
    context.lineWidth = 1;
    context.textAlign = "right";
    for (const tick of this.ticks(scales)) {
      const y = Math.round(scales.y(tick)) + 0.5;
      context.fillText(short(tick), box.left - 6, y + 3.5);
      context.beginPath(); context.moveTo(box.left, y); context.lineTo(box.right, y); context.stroke();
    }
    context.fillText(`step ${whole(scales.last)}`, box.right, h - 5);
    context.textAlign = "left";
    context.fillText("0", box.left, h - 5);
    this.curve(context, scales, app.frame.curve.test, css(TEST), [5, 3]);
    this.curve(context, scales, app.frame.curve.train, css(INK), []);
    this.cursor(context, scales);
  },

  curve(context, { x, y }, values, color, dash) {
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.setLineDash(dash);
    context.beginPath();
    let begun = false;
    values.forEach((value, i) => {
      const height = y(value);
      if (height === null) { begun = false; return; }
      if (begun) context.lineTo(x(app.frame.curve.step[i]), height); else context.moveTo(x(app.frame.curve.step[i]), height);
      begun = true;
    });
    context.stroke();
    context.setLineDash([]);
  },

  cursor(context, { x, box }) {
    const { step, train, test } = app.frame.curve, i = this.at === null || this.at >= step.length ? step.length - 1 : this.at;
    if (i < 0) return;
    if (this.at !== null) {
      context.strokeStyle = css(INK, 0.5);
      context.beginPath(); context.moveTo(x(step[i]), box.top); context.lineTo(x(step[i]), box.bottom); context.stroke();
    }
    const text = [make("span", { class: "train" }, `training ${short(train[i])}`), make("span", { class: "test" }, `test ${short(test[i])}`), make("span", {}, `step ${whole(step[i])}`)];
    find("cursor").replaceChildren(...text);
    this.canvas.setAttribute("aria-label", `The losses over the steps: training ${short(train[i])}, test ${short(test[i])}, at step ${step[i]}; left and right move the cursor`);
  },
};
