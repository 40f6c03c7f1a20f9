// Puts the page together, and gives buttons and keys their meaning.

const find = (id) => document.getElementById(id);
const data = JSON.parse(find("data").textContent);
find("title").textContent = data.title;
const model = new Model(data);
const view = new View(model, find("drawing"));
view.sizes = data.flow;
const player = new Player(view, find);

const map = new Minimap(view, find("map"));
const state = new State(view, player);

view.onDetails = (box) => { find("details").replaceChildren(...details(view, box)); find("details").classList.toggle("open", Boolean(box && view.selected)); };
view.onSelect = () => state.changed();
view.onChange = () => { player.go(player.at); search.again(); state.changed(); };
view.onMove = () => { map.frame(); state.changed(); };
player.onStep = () => state.changed();
const sized = () => {
  find("sizes").setAttribute("aria-pressed", String(view.sizes));
  find("kinds").replaceChildren(...legend(data, view.sizes));
  view.paint();
  state.changed();
};

const search = {
  hits: [], at: -1,
  run() {
    this.hits = model.search(find("search").value);
    this.at = -1;
    this.again();
  },
  again() {
    view.mark("match", this.hits);
    view.mark("found", this.at >= 0 ? [this.hits[this.at]] : []);
    const words = find("search").value.trim();
    find("found").textContent = !words ? "" : this.hits.length ? `${this.at >= 0 ? `${this.at + 1} of ` : ""}${this.hits.length}` : "nothing";
  },
  // Go to the next hit: unfold what hides it, and bring it to the middle.
  next(by) {
    if (!this.hits.length) return;
    this.at = (this.at + by + this.hits.length) % this.hits.length;
    if (model.reveal(this.hits[this.at])) view.changed();
    this.again();
    const [key] = view.keysOf(this.hits[this.at]);
    view.show(key, true);
    view.focusOn(key);
  },
};

const isDark = () => document.documentElement.dataset.theme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
const theme = () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  map.rebuild();
  state.changed();
};

const KEYS = [
  ["/", "search; Enter and Shift+Enter go from hit to hit"], ["arrows", "from node to node, in the drawing"],
  ["Enter", "light what leads to the node and from it"], ["f", "fold or unfold the module around the node; so does a double click"],
  ["c, o", "fold, unfold all modules"], ["Space", "play or pause the backward pass"], [", .", "one step back, one step on"],
  ["Home, End", "to the start, to the end of the film"], ["w", "the forward computation or the backward pass"], ["s, p", "save the drawing as SVG, as PNG"], ["+ - 0", "larger, smaller, fit"], ["d, g, t", "turn, gradients, light or dark"], ["Escape", "put out the lights"],
];

const help = () => {
  const closed = find("help").toggleAttribute("hidden");
  find("keys").setAttribute("aria-expanded", String(!closed));
};
find("help").append(make("h2", {}, "Keys"), ...KEYS.map(([key, words]) => line(key, words)));

const clear = () => {
  find("search").value = "";
  search.run();
  if (view.selected) view.pick(view.selected);
  find("help").hidden = true;
  find("drawing").focus();
};

const ACTIONS = {
  "/": () => find("search").focus(), c: () => view.foldAll(true), o: () => view.foldAll(false), " ": () => player.toggle(),
  ",": () => { player.stop(); player.go(player.at - 1); }, ".": () => { player.stop(); player.go(player.at + 1); },
  Home: () => { player.stop(); player.go(0); }, End: () => { player.stop(); player.go(player.steps.length); },
  "+": () => view.zoom(1.25), "=": () => view.zoom(1.25), "-": () => view.zoom(0.8), 0: () => view.fit(), d: () => view.turn(),
  w: () => find("film").click(), s: () => saveSVG(view), p: () => savePNG(view),
  g: () => { view.sizes = !view.sizes; sized(); }, t: theme, "?": help, Escape: clear,
};
document.addEventListener("keydown", (event) => {
  view.touched = true;
  const typing = event.target.id === "search", pressed = ["BUTTON", "INPUT", "SUMMARY"].includes(event.target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey || (typing && event.key !== "Escape") || (pressed && [" ", "Home", "End"].includes(event.key))) return;
  if (!ACTIONS[event.key]) return;
  event.preventDefault();
  ACTIONS[event.key]();
});
find("search").addEventListener("input", () => search.run());
find("search").addEventListener("keydown", (event) => { if (event.key === "Enter") search.next(event.shiftKey ? -1 : 1); });
for (const [id, key] of [["fold", "c"], ["unfold", "o"], ["turn", "d"], ["sizes", "g"], ["fit", "0"], ["theme", "t"], ["keys", "?"], ["svg", "s"], ["png", "p"]]) {
  find(id).addEventListener("click", () => ACTIONS[key]());
}
if (!data.scopes.length) { find("fold").hidden = true; find("unfold").hidden = true; }
find("sizes").hidden = !data.steps.length;
new ResizeObserver(([{ contentRect: now }]) => {
  const [w, h] = view.room();
  if (w === now.width && h === now.height) return;
  view.window = [now.width, now.height];
  if (view.touched) view.move(); else view.open();
}).observe(find("stage"));
for (const name of ["wheel", "pointerdown"]) document.addEventListener(name, () => { view.touched = true; });

sized();
view.onDetails(null);
view.open();
player.go(0);
state.restore();
sized();
