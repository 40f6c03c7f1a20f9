// The panel at the side: all that is known of the node under the pointer, or of the one that was chosen.

function line(name, ...content) {
  return make("div", { class: "line" }, make("span", { class: "label" }, name), make("span", { class: "content" }, ...content));
}

function section(title, ...lines) {
  const found = lines.flat().filter((item) => item);
  return found.length ? make("section", {}, make("h3", {}, title), ...found) : null;
}

// A table of numbers, coloured by sign and size; the colours are those of the largest size in it.
function table(rows) {
  const size = Math.max(...rows.flat().map((x) => Math.abs(Number(x))).filter(Number.isFinite), 1e-300);
  const cell = (x) => {
    const value = Number(x), strength = Number.isFinite(value) ? Math.round((Math.abs(value) / size) * 4) : 0;
    const kind = !Number.isFinite(value) ? "bad" : value < 0 ? `minus${strength}` : `plus${strength}`;
    return make("td", { class: kind }, short(value));
  };
  return make("table", {}, make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell)))));
}

function short(x) {
  if (Number.isNaN(x)) return "nan";
  if (x === 0 || !Number.isFinite(x)) return String(x).replace("Infinity", "inf");
  return Math.abs(x) < 1e-3 || Math.abs(x) >= 1e5 ? x.toExponential(2) : String(Number(x.toPrecision(4)));
}

// An array in a few lines: the number, or statistics, and its elements if they are few.
function array(found) {
  if (!found) return [];
  if (found.number) return [line("number", found.number)];
  const lines = found.stats.map(([name, value]) => line(name, value));
  if (found.heat) return [...lines, heatmap(found)];
  return found.rows.length ? [...lines, make("div", { class: "scroll" }, table(found.rows))] : lines;
}

function details(view, box) {
  const { model, data } = view;
  if (!box) return [make("p", { class: "hint" }, "Point at a node for its shape, its values and what it saves. Click it to light what it was computed from, and what is computed from it.")].concat(
    data.notes.map((note) => make("p", { class: "note" }, note)));
  if (box.scope !== null) return moduleDetails(view, box);
  const node = model.nodes[box.ids[0]];
  const names = model.operands[node.id].map((edge) => line(edge.arg.length > 1 ? edge.arg : "operand", `${model.nodes[edge.s].label} ${model.nodes[edge.s].type}`, edge.cast ? ` broadcast from ${edge.cast}` : ""));
  return [
    make("h2", {}, node.label), make("p", { class: "what" }, node.what + (node.checkpoint ? "; a checkpoint has dropped what it saved: the backward pass computes it again" : "")),
    node.bad ? make("p", { class: "note bad" }, "Its gradient is not finite: it holds NaN or infinities.") : null,
    section("Result", node.shape ? line("shape", node.shape) : null, node.dtype ? line("dtype", node.dtype) : null,
      node.path ? line("in", node.path) : null, ...node.params.map(([name, value]) => line(name, value))),
    section("Operands", names),
    section("Value", array(node.value)),
    section("Gradient", array(node.grad)),
    section("Derivatives, from the gradient g of the result", node.formulas.map(([name, text]) => line(name, make("code", {}, text)))),
    section("Saved for the backward pass", node.saved.map(([name, text]) => line(name, text))),
    section("Time", node.time ? line("ms", node.time) : null),
    section("Line", node.line ? make("code", {}, node.line) : null),
  ].filter((item) => item);
}

function moduleDetails(view, box) {
  const scope = view.data.scopes[box.scope], nodes = box.ids.map((id) => view.model.nodes[id]);
  const ops = nodes.filter((node) => !node.leaf), counts = new Map();
  ops.forEach((node) => counts.set(node.op, (counts.get(node.op) || 0) + 1));
  const learnt = nodes.filter((node) => node.kind === "parameter");
  return [
    make("h2", {}, scope.title), make("p", { class: "what" }, scope.title.startsWith("operations ") ? "operations that follow each other, folded" : scope.guessed ? "a module, folded; which operations are its own is guessed from its parameters" : "a module, folded"),
    section("Inside", [...counts].map(([op, count]) => line(op, `× ${count}`))),
    section("Parameters", learnt.map((node) => line(node.name || node.label, node.type))),
  ].filter((item) => item);
}

const KINDS = [
  ["op", "operation"], ["parameter", "parameter"], ["input", "leaf that requires a gradient"], ["constant", "constant"],
  ["module", "folded module"], ["op root", "result that was drawn"], ["op order1", "recorded by a backward pass"],
];

function legend(data, sized) {
  const kinds = new Set(data.nodes.flatMap((node) => [node.kind, node.root && !node.leaf ? "op root" : "", node.order ? "op order1" : ""]));
  if (data.scopes.length) kinds.add("module");
  const items = KINDS.filter(([kind]) => kinds.has(kind)).map(([kind, words]) => make("div", { class: "entry" }, make("i", { class: `swatch ${kind}` }), words));
  items.push(make("div", { class: "entry" }, make("i", { class: "stroke" }), "operand: values down, gradients back"));
  items.push(make("div", { class: "entry" }, make("i", { class: "stroke cut" }), "no gradient goes here"));
  if (data.nodes.some((node) => node.checkpoint)) items.push(make("div", { class: "entry" }, make("i", { class: "swatch op checkpoint" }), "computed again by a checkpoint"));
  if (sized) {
    const { low, high } = data.scale;
    const sizes = high > low ? [4, 3, 2, 1, 0].map((i) => [String(i), (10 ** (low + ((high - low) * (i + 0.5)) / 5)).toExponential(0)]) : [["4", (10 ** high).toExponential(0)]];
    items.push(make("h3", {}, "gradient (root mean square)"));
    items.push(...[...sizes, ["none", "vanished"], ["bad", "NaN or infinity"]].map(([name, words]) => make("div", { class: "entry" }, make("i", { class: "stroke", "data-size": name }), words)));
  }
  return items;
}
