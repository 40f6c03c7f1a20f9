// The panel below the network: the program, why a weight changes, lessons, keys.

const PANELS = ["program", "why", "lessons", "keys"];
const KEYS = [
  ["Space", "play or pause"], ["n", "one step"], ["e", "one epoch"], ["b", "one step back"], ["r", "begin anew"], ["arrows", "from unit to unit, in the network"],
  ["w", "why this weight: the widest one into the unit, or the edge that was chosen"], [", .", "one line back, one line on, in why"],
  ["g", "weights, gradients, updates on the edges"], ["c", "the program"], ["l", "the lessons"], ["t", "light or dark"], ["Escape", "close why"], ["?", "these keys"],
];

const panels = {
  shown: "program",

  start() {
    for (const name of PANELS) find(`tab-${name}`).addEventListener("click", () => this.open(name));
    find("tabs").addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.open(PANELS[(PANELS.indexOf(this.shown) + by + PANELS.length) % PANELS.length]);
      find(`tab-${this.shown}`).focus();
    });
    find("keys").append(make("dl", {}, ...KEYS.flatMap(([key, words]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, words)])));
    this.open("program");
  },

  open(name) {
    this.shown = name;
    for (const each of PANELS) {
      find(each).hidden = each !== name;
      find(`tab-${each}`).setAttribute("aria-selected", String(each === name));
      find(`tab-${each}`).tabIndex = each === name ? 0 : -1;
    }
  },
};

// Open a panel, and on a phone the tab that it is on.
function openPanel(name) {
  panels.open(name);
  places.go("panel");
}

const places = {
  start() {
    for (const button of find("places").children) button.addEventListener("click", () => this.go(button.dataset.tab));
    this.go("net");
  },
  go(tab) {
    document.body.dataset.tab = tab;
    for (const button of find("places").children) button.setAttribute("aria-pressed", String(button.dataset.tab === tab));
    network.place();
    outcome.paint();
    chart.paint();
  },
};

// The PyTorch program of what one is looking at; the lines that a control changes light up.
const program = {
  start() {
    this.list = make("code");
    this.ours = make("input", { type: "checkbox", id: "ours" });
    this.ours.addEventListener("change", () => this.show());
    find("program").append(
      make("div", { class: "row" }, make("button", { id: "copy", click: () => this.copy() }, "Copy"), make("button", { id: "save-program", click: () => this.save() }, "Save"),
        make("label", { class: "check" }, this.ours, "for microtensor"), make("output", { id: "copied" })),
      make("pre", { tabindex: 0, "aria-label": "The program of this training" }, this.list));
    app.on("scene", () => this.show());
    app.on("frame", () => this.count());
    const about = (event) => event.target.closest?.("[data-setting]")?.dataset.setting || (event.target.closest?.("#sets, #own") ? "data" : event.target.closest?.("[data-structure]") ? "layers" : null);
    for (const name of ["pointerover", "focusin"]) document.addEventListener(name, (event) => this.light(about(event)));
  },

  texts() {
    const step = app.frame.step || 1000;
    return app.scene.program.map(({ text, settings: names }) => {
      if (names.includes("step")) return `for step in range(${step}):`;
      if (!this.ours.checked) return text;
      return text.replace(/^import torch$/, "import microtensor as torch").replace(/^from torch import/, "from microtensor import");
    });
  },

  show() {
    if (!app.frame) return;
    const before = this.before || [];
    const texts = this.texts();
    this.list.replaceChildren(...app.scene.program.map(({ settings: names }, i) => make("span", { class: `line${before.length && !before.includes(texts[i]) ? " fresh" : ""}`, "data-settings": names.join(" ") }, `${texts[i]}\n`)));
    this.before = texts;
    this.light(this.about);
  },

  count() {
    const line = this.list.querySelector('[data-settings~="step"]');
    if (line) say(line, `for step in range(${app.frame.step || 1000}):\n`);
  },

  light(name) {
    this.about = name;
    let first = null;
    for (const line of this.list.children) {
      const lit = Boolean(name) && line.dataset.settings.split(" ").includes(name);
      line.classList.toggle("lit", lit);
      if (lit && !first) first = line;
    }
    const box = this.list.parentElement;
    if (first) box.scrollTop = Math.max(first.offsetTop - box.clientHeight / 2, 0);
  },

  async copy() {
    const text = this.texts().join("\n") + "\n";
    try {
      await navigator.clipboard.writeText(text);
      say(find("copied"), "copied");
    } catch {
      const range = document.createRange();
      range.selectNodeContents(this.list);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      say(find("copied"), "selected: press Ctrl-C");
    }
  },

  save() { download(new Blob([this.texts().join("\n") + "\n"], { type: "text/x-python" }), "playground.py"); },
};

function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
