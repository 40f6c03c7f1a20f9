// What the page knows, and who is told when it changes.

const given = JSON.parse(find("given").textContent);
const CHOICES = given.choices;

const app = {
  scene: null, frame: null, maps: [], pending: [], edges: "weight", unit: null, edge: null, hovered: null, why: null, line: null,
  listeners: { scene: [], frame: [], look: [] },
  on(name, listener) { this.listeners[name].push(listener); },
  tell(name) { this.listeners[name].forEach((listener) => listener()); },
};

// The settings as they are, with what has been asked for and hasn't arrived yet: two quick clicks are two changes.
const settings = () => Object.assign({}, app.scene.settings, ...app.pending.map((each) => each.changed));
const layersText = () => settings().layers.split(",").filter((text) => text);

// A hidden layer from its text, as `settings` has it, and back.
function layerOf(text) {
  const [units, ...words] = text.split("-");
  const drop = words.find((word) => word.startsWith("drop"));
  const activation = words.find((word) => word !== "norm" && word !== drop);
  return { units: Number(units), activation, norm: words.includes("norm"), dropout: drop ? drop.slice(4) : "0" };
}
const layerText = (layer) => [layer.units, layer.activation, layer.norm && "norm", Number(layer.dropout) > 0 && `drop${layer.dropout}`].filter((x) => x).join("-");

const FEATURE = { x1: "x₁", x2: "x₂", x1x1: "x₁²", x2x2: "x₂²", x1x2: "x₁x₂", sinx1: "sin x₁", sinx2: "sin x₂" };

// What a unit is called: layer -1 has the features, the last one the outputs.
function nameOf(layer, unit) {
  if (layer < 0) return FEATURE[app.scene.features[unit]];
  if (layer < app.scene.layers.length - 1) return `hidden ${layer + 1}, neuron ${unit + 1}`;
  return app.frame.layers[layer].bias.length === 1 ? "output" : `output ${unit + 1}`;
}
const sizeOf = (layer) => (layer < 0 ? app.scene.features.length : app.frame.layers[layer].bias.length);

// The address of this very state: what differs from the defaults, and the step.
function address() {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...app.scene.settings, changes: app.frame.changes })) {
    if (value !== CHOICES.defaults[name]) parts.set(name, value);
  }
  if (app.frame.step) parts.set("step", app.frame.step);
  return parts.toString();
}

// What an address asks for: settings and a step; null if it asks for nothing.
function asked(hash) {
  const parts = Object.fromEntries(new URLSearchParams(hash.replace(/^#/, "")));
  const { step, ...rest } = parts;
  return Object.keys(parts).length ? { settings: rest, step: Number(step) || 0 } : null;
}
