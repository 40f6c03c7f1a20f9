// The drawing: boxes, frames and edges as SVG, pan and zoom, folding, the keyboard.

const SVG = "http://www.w3.org/2000/svg";

// An element with attributes and children; a string among the children is text, never markup.
function make(name, attributes = {}, ...children) {
  const element = name[0] === "<" ? document.createElementNS(SVG, name.slice(1)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const pen = document.createElement("canvas").getContext("2d");

const widths = new Map();

function widthOf(text, font) {
  const key = `${font}|${text}`;
  if (!widths.has(key)) { pen.font = font; widths.set(key, pen.measureText(text).width); }
  return widths.get(key);
}

const SANS = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif';
const TITLE = `600 13px ${SANS}`, ROW = `12px ${SANS}`;
const LINE = 17, LARGE = 600, TILE = 1200;

class View {
  constructor(model, svg) {
    Object.assign(this, { model, svg, data: model.data, sideways: /[LR]{2}/.test(model.data.direction), turned: false });
    this.scale = 1; this.x = 0; this.y = 0;
    this.marks = new Map();
    this.selected = null; this.current = null;
    this.world = make("<g");
    svg.append(this.world);
    this.onDetails = this.onSelect = () => {};
    this.listen();
    this.rebuild();
  }

  // ---------------------------------------------------------------- what stands in a box

  rowsOf(box) {
    if (box.scope !== null) {
      const scope = this.data.scopes[box.scope], learnt = box.ids.reduce((n, id) => n + this.model.nodes[id].parameters, 0);
      const count = box.ids.filter((id) => !this.model.nodes[id].leaf).length;
      const rows = [`▸ ${scope.title}`, `${count} operation${count === 1 ? "" : "s"}`];
      if (learnt) rows.push(`${learnt.toLocaleString("en")} parameters`);
      return rows;
    }
    const node = this.model.nodes[box.ids[0]], rows = [node.label];
    if (node.plain) return rows;
    if (node.type) rows.push(node.type);
    if (node.value && node.value.number) rows.push(`= ${node.value.number}`);
    if (this.data.steps.length && node.graded) rows.push("");
    return rows;
  }

  sized(box) {
    const rows = this.rowsOf(box), wide = this.data.steps.length && box.scope === null ? 116 : 34;
    const width = Math.max(...rows.map((row, i) => widthOf(row, i ? ROW : TITLE)), rows.at(-1) === "" ? wide : 0);
    return { ...box, rows, leaf: box.scope === null && this.model.nodes[box.ids[0]].leaf, w: Math.ceil(width) + 22, h: rows.length * LINE + 12 };
  }

  // ---------------------------------------------------------------- building

  rebuild() {
    const { boxes, frames, edges } = this.model.visible();
    this.boxes = new Map([...boxes].map(([key, box]) => [key, this.sized(box)]));
    this.frames = [...frames.values()].map((frame) => {
      const title = this.data.scopes[frame.scope].title;
      return { ...frame, label: `▾ ${title}`, title: widthOf(`▾ ${title}`, TITLE) };
    });
    this.edges = [...edges.values()];
    this.plan = layout(this.boxes, this.frames, this.edges, this.sideways);
    if (/BT|RL/.test(this.data.direction)) this.mirror();
    this.drawn = new Map(); this.lines = new Map();
    const wires = new Tiles(), boxed = new Tiles(), rects = this.plan.boxes;
    const panels = make("<g", {}, ...this.frames.map((frame) => this.frame(frame))), headings = make("<g", {}, ...this.frames.map((frame) => this.heading(frame)));
    this.edges.forEach((edge, i) => wires.add(this.edge(edge, this.plan.routes[i]), around(this.plan.routes[i])));
    for (const box of this.boxes.values()) boxed.add(this.box(box), rects.get(box.key));
    this.tiles = [...wires.all.values(), ...boxed.all.values()];
    this.world.replaceChildren(panels, ...wires.groups(), headings, ...boxed.groups());
    this.cull();
    this.paint();
    if (this.onRebuild) this.onRebuild();
  }

  // Of a large drawing only what can be seen is laid out by the browser, and text only where it can be read.
  cull() {
    if (!this.tiles || this.boxes.size < LARGE) return;
    const [w, h] = this.room(), left = -this.x / this.scale, top = -this.y / this.scale, right = left + w / this.scale, bottom = top + h / this.scale;
    this.svg.classList.toggle("far", this.scale < 0.3);
    for (const tile of this.tiles) {
      const seen = tile.left < right && tile.right > left && tile.top < bottom && tile.bottom > top;
      if (seen !== tile.seen) { tile.seen = seen; if (seen) tile.group.removeAttribute("display"); else tile.group.setAttribute("display", "none"); }
    }
  }

  // The size of the window on the drawing, asked of the browser once, because asking makes it lay everything out.
  room() { this.window ||= [this.svg.clientWidth, this.svg.clientHeight]; return this.window; }

  mirror() {
    const { plan, sideways } = this;
    for (const r of [...plan.boxes.values(), ...plan.frames.values()]) {
      if (sideways) r.x = plan.w - r.x - r.w; else r.y = plan.h - r.y - r.h;
    }
    plan.routes = plan.routes.map((points) => points.map(([x, y]) => (sideways ? [plan.w - x, y] : [x, plan.h - y])));
  }

  frame(frame) {
    const { x, y, w, h } = this.plan.frames.get(frame.key);
    return make("<rect", { class: `frame depth${Math.min(frame.depth, 3)}`, x, y, width: w, height: h, rx: 9 });
  }

  heading(frame) {
    const { x, y } = this.plan.frames.get(frame.key), scope = this.data.scopes[frame.scope];
    const group = make("<g", { class: "heading", role: "button", tabindex: -1, "data-frame": frame.scope, "aria-label": `Fold ${scope.title}` },
      make("<rect", { x: x + 4, y: y + 3, width: frame.title + 10, height: 19, rx: 5 }),
      make("<text", { x: x + 9, y: y + 17 }, frame.label));
    group.addEventListener("click", (event) => { event.stopPropagation(); this.toggle(frame.scope); });
    return group;
  }

  edge(edge, points) {
    const carries = edge.members.some((member) => member.carries);
    const line = make("<path", { class: "wire", d: pathOf(points, this.sideways) });
    const [x, y] = points.at(-1), back = /BT|RL/.test(this.data.direction) ? -1 : 1;
    const d = this.sideways ? `M${x},${y}l${-7 * back},-4v8z` : `M${x},${y}l-4,${-7 * back}h8z`;
    const group = make("<g", { class: `edge${carries ? "" : " cut"}` }, line, make("<path", { class: "tip", d }));
    this.lines.set(edge.key, { edge, group });
    return group;
  }

  box(box) {
    const { x, y, w, h } = this.plan.boxes.get(box.key), node = this.model.nodes[box.ids[0]];
    const kind = box.scope !== null ? "module" : node.kind + (node.bad ? " bad" : "") + (node.checkpoint ? " checkpoint" : "") + (node.root && !node.leaf ? " root" : "") + (node.order ? ` order${Math.min(node.order, 2)}` : "");
    const group = make("<g", { class: `box ${kind}`, role: "button", "data-key": box.key, "aria-label": this.spoken(box, ""), transform: `translate(${x},${y})` },
      make("<rect", { width: w, height: h, rx: node.leaf && box.scope === null ? h / 2 > 16 ? 12 : h / 2 : 6 }));
    box.rows.forEach((row, i) => group.append(make("<text", { class: i ? (row.startsWith("= ") ? "row value" : "row") : "name", x: w / 2, y: 18.5 + i * LINE }, row)));
    group.addEventListener("click", (event) => { event.stopPropagation(); this.pick(box.key); });
    group.addEventListener("dblclick", (event) => { event.stopPropagation(); this.foldAround(box.key); });
    group.addEventListener("pointerenter", () => this.onDetails(box));
    group.addEventListener("pointerleave", () => this.tell());
    this.drawn.set(box.key, { group, box, last: group.lastChild });
    return group;
  }

  // What a screen reader says of a box: what stands in it, what kind it is, and its gradient.
  spoken(box, grad) {
    const node = this.model.nodes[box.ids[0]], kind = box.scope !== null ? "folded module" : node.leaf ? node.what : "";
    const rows = box.rows.map((row) => row.replace(/^[▸▾] /, "").replace(/^= /, "value ")).filter(Boolean);
    return [...rows, kind, node.bad && box.scope === null ? "gradient not finite" : "", grad.replace("grad ", "gradient ")].filter(Boolean).join(", ");
  }

  // The boxes that show a node: one, or copies of a leaf beside its uses.
  keysOf(id) {
    const key = this.model.keyOf(id);
    return this.boxes.has(key) ? [key] : [...this.boxes.keys()].filter((other) => other.startsWith(`${key}/`));
  }

  // ---------------------------------------------------------------- light

  mark(name, ids) {
    this.marks.set(name, new Set(ids));
    this.paint();
  }

  paint() {
    const lit = this.lineage();
    const is = (name, box) => this.marks.has(name) && box.ids.some((id) => this.marks.get(name).has(id));
    for (const { group, box } of this.drawn.values()) {
      for (const name of ["match", "found", "now", "done", "target", "born"]) group.classList.toggle(name, is(name, box));
      group.classList.toggle("selected", box.key === this.selected);
      group.classList.toggle("before", Boolean(lit) && box.ids.some((id) => lit.before.has(id)));
      group.classList.toggle("after", Boolean(lit) && box.ids.some((id) => lit.after.has(id)));
    }
    const within = (set, ids) => ids.some((id) => set.has(id));
    for (const { edge, group } of this.lines.values()) {
      const sources = edge.members.map((m) => m.s), targets = edge.members.map((m) => m.t);
      group.classList.toggle("before", Boolean(lit) && within(lit.before, sources) && within(lit.before, targets));
      group.classList.toggle("after", Boolean(lit) && within(lit.after, sources) && within(lit.after, targets));
      group.classList.toggle("flown", this.flown ? edge.members.some((m) => m.carries && this.flown.has(m.t)) : false);
      group.classList.toggle("flowing", this.flowing !== undefined && edge.members.some((m) => m.carries && m.t === this.flowing));
      this.size(edge, group);
    }
    this.svg.classList.toggle("lit", Boolean(lit));
  }

  lineage() {
    const box = this.boxes.get(this.selected);
    return box ? { before: this.model.ancestors(box.ids), after: this.model.descendants(box.ids) } : null;
  }

  // Width and colour of an edge by the size of the gradient on it.
  size(edge, group) {
    const bad = edge.members.some((m) => m.carries && m.bad), { low, high } = this.data.scale;
    const sizes = edge.members.filter((m) => m.carries && m.rms !== null).map((m) => m.rms);
    group.removeAttribute("data-size");
    group.firstChild.style.strokeWidth = "";
    group.classList.toggle("bad", bad);
    if (!this.sizes || !(sizes.length || bad)) return;
    const worst = sizes.length ? Math.min(...sizes) : 1;
    const at = high > low ? (Math.log10(worst) - low) / (high - low) : 1;
    const name = bad ? "bad" : worst <= 1e-10 ? "none" : String(Math.min(4, Math.floor(at * 5)));
    group.setAttribute("data-size", name);
    group.firstChild.style.strokeWidth = `${bad ? 4 : worst <= 1e-10 ? 1.6 : 1.2 + 3.8 * at}px`;
  }

  // Write the gradient that has arrived so far into the last row of each box.
  grads(texts) {
    for (const { box, last } of this.drawn.values()) {
      if (box.scope === null && box.rows.at(-1) === "") {
        last.textContent = texts.get(box.ids[0]) || "grad";
        last.classList.toggle("none", !texts.has(box.ids[0]));
        this.drawn.get(box.key).group.setAttribute("aria-label", this.spoken(box, texts.get(box.ids[0]) || ""));
      }
    }
  }

  // ---------------------------------------------------------------- choosing and folding

  pick(key) {
    this.selected = this.selected === key ? null : key;
    this.focusOn(this.selected);
    this.paint();
    this.onSelect(this.boxes.get(this.selected) || null);
  }

  // Tell of the node that was chosen; if there is none, of that which the film has come to.
  tell() { this.onDetails(this.boxes.get(this.selected) || this.boxes.get(this.playing) || null); }

  focusOn(key) {
    this.current = key;
    for (const { group, box } of this.drawn.values()) group.classList.toggle("focus", box.key === key);
    if (key) this.onDetails(this.boxes.get(key) || null); else this.tell();
  }

  toggle(scope) {
    const { folded } = this.model, before = this.where(scope);
    if (!folded.delete(scope)) folded.add(scope);
    this.changed();
    const after = this.where(scope);
    if (before && after) { this.x += (before[0] - after[0]) * this.scale; this.y += (before[1] - after[1]) * this.scale; this.move(); }
  }

  where(scope) {
    const place = this.plan.frames.get(`f${scope}`) || this.plan.boxes.get(`s${scope}`);
    return place && [place.x, place.y];
  }

  foldAround(key) {
    const box = this.boxes.get(key), scope = box.scope === null ? this.model.nodes[box.ids[0]].scope : box.scope;
    if (scope !== null) this.toggle(scope);
  }

  foldAll(all) {
    const change = () => {
      this.model.folded.clear();
      const flat = this.data.scopes.every((scope) => scope.parent === null);
      if (all) this.data.scopes.forEach((scope) => { if (scope.parent !== null || flat) this.model.folded.add(scope.id); });
      this.changed();
    };
    const box = this.boxes.get(this.current || this.selected);
    if (box) this.keeping(box.ids.find((id) => !this.model.nodes[id].leaf) ?? box.ids[0], change);
    else { change(); this.open(); }
  }

  // Do something that lays the drawing out anew, and leave the box of a node where it was.
  keeping(id, action) {
    const place = () => { const [key] = this.keysOf(id), r = this.plan.boxes.get(key); return [key, r.x + r.w / 2, r.y + r.h / 2]; };
    const [, x, y] = place();
    action();
    const [key, x2, y2] = place();
    this.x += (x - x2) * this.scale; this.y += (y - y2) * this.scale;
    this.move();
    this.focusOn(key);
    this.show(key);
  }

  changed() {
    this.rebuild();
    if (!this.boxes.has(this.selected)) { this.selected = null; this.paint(); }
    if (this.onChange) this.onChange();
  }

  turn() {
    this.sideways = !this.sideways;
    this.changed();
    this.fit();
  }

  // ---------------------------------------------------------------- pan and zoom

  move() {
    this.world.setAttribute("transform", `translate(${this.x},${this.y}) scale(${this.scale})`);
    this.cull();
    if (this.onMove) this.onMove();
  }

  fit() {
    const [w, h] = this.room();
    this.scale = Math.min(1.4, Math.max(0.01, Math.min((w - 48) / this.plan.w, (h - 48) / this.plan.h)));
    this.x = (w - this.plan.w * this.scale) / 2;
    this.y = (h - this.plan.h * this.scale) / 2;
    this.move();
  }

  // As the page opens: all of it, or, if that would be too small to read, its end, where a backward pass begins.
  open() {
    this.fit();
    const root = this.model.nodes.find((node) => node.root);
    if (this.scale < 0.45 && root) {
      this.scale = 0.75;
      const [key] = this.keysOf(root.id), { x, y, w, h } = this.plan.boxes.get(key);
      this.x = this.room()[0] * (this.sideways ? 0.8 : 0.5) - (x + w / 2) * this.scale;
      this.y = this.room()[1] * (this.sideways ? 0.5 : 0.8) - (y + h / 2) * this.scale;
      this.move();
    }
  }

  zoom(factor, cx = this.room()[0] / 2, cy = this.room()[1] / 2) {
    const scale = Math.min(5, Math.max(0.01, this.scale * factor)), f = scale / this.scale;
    this.x = cx - (cx - this.x) * f; this.y = cy - (cy - this.y) * f; this.scale = scale;
    this.move();
  }

  // Bring a box into view; with `always`, into the middle.
  show(key, always = false) {
    const r = this.plan.boxes.get(key), [w, h] = this.room();
    if (!r) return;
    if (always && this.scale < 0.6) this.scale = 0.9;
    const x = this.x + (r.x + r.w / 2) * this.scale, y = this.y + (r.y + r.h / 2) * this.scale;
    if (always || x < 60 || y < 40 || x > w - 60 || y > h - 40) {
      this.x = w / 2 - (r.x + r.w / 2) * this.scale;
      this.y = h / 2 - (r.y + r.h / 2) * this.scale;
      this.move();
    }
  }

  listen() {
    const { svg } = this;
    let held = null;
    svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      const r = svg.getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.clientX - r.left, event.clientY - r.top);
    }, { passive: false });
    const fingers = new Map();
    svg.addEventListener("pointerdown", (event) => {
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      held = { x: event.clientX, y: event.clientY, moved: false };
    });
    window.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      const [ox, oy] = fingers.get(event.pointerId), before = spanOf(fingers);
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      if (fingers.size === 2) { this.zoom(spanOf(fingers) / before); held.moved = true; return; }
      if (Math.hypot(event.clientX - held.x, event.clientY - held.y) > 4) held.moved = true;
      if (held.moved) { this.x += event.clientX - ox; this.y += event.clientY - oy; this.move(); svg.classList.add("held"); }
    });
    for (const name of ["pointerup", "pointercancel"]) {
      window.addEventListener(name, (event) => { fingers.delete(event.pointerId); svg.classList.remove("held"); });
    }
    svg.addEventListener("click", (event) => {
      if (held && held.moved) { event.stopPropagation(); held = null; } else if (event.target === svg && this.selected) this.pick(this.selected);
    }, true);
    svg.addEventListener("keydown", (event) => this.key(event));
  }

  // From node to node: to an operand, to a use, to the one before or after in the program's order.
  key(event) {
    const keys = [...this.boxes.keys()], at = keys.indexOf(this.current);
    const near = (from, to) => { const found = this.edges.find((edge) => edge[from] === this.current); return found && found[to]; };
    const [up, down, left, right] = this.sideways ? ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"] : ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
    const goes = {
      [up]: () => near("to", "from"), [down]: () => near("from", "to"),
      [left]: () => keys[Math.max(at - 1, 0)], [right]: () => keys[Math.min(at + 1, keys.length - 1)],
    };
    if (goes[event.key]) {
      const next = at < 0 ? keys[0] : goes[event.key]() || this.current;
      this.focusOn(next);
      this.show(next);
    } else if (event.key === "Enter" && at >= 0) this.pick(this.current);
    else if (event.key === "f" && at >= 0) {
      const scope = this.boxes.get(this.current).scope ?? this.model.nodes[this.boxes.get(this.current).ids[0]].scope;
      if (scope === null) return;
      this.toggle(scope);
      this.focusOn(this.boxes.has(`s${scope}`) ? `s${scope}` : [...this.boxes.keys()].find((key) => this.model.around(this.model.nodes[this.boxes.get(key).ids[0]].scope).includes(scope)) || null);
    } else return;
    event.preventDefault();
  }
}

// Elements in groups by where they are, so that those of a group can be left out together.
class Tiles {
  constructor() { this.all = new Map(); }

  add(element, { x, y, w, h }) {
    const long = w > 2 * TILE || h > 2 * TILE, key = long ? `long ${Math.floor(y / (8 * TILE))}` : `${Math.floor(x / TILE)},${Math.floor(y / TILE)}`;
    if (!this.all.has(key)) this.all.set(key, { group: make("<g"), left: x, top: y, right: x, bottom: y, seen: true });
    const tile = this.all.get(key);
    tile.group.append(element);
    Object.assign(tile, { left: Math.min(tile.left, x - 40), top: Math.min(tile.top, y - 40), right: Math.max(tile.right, x + w + 40), bottom: Math.max(tile.bottom, y + h + 40) });
  }

  groups() { return [...this.all.values()].map((tile) => tile.group); }
}

function around(points) {
  let [left, top] = points[0], [right, bottom] = points[0];
  for (const [x, y] of points) { left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y); }
  return { x: left, y: top, w: right - left, h: bottom - top };
}

function spanOf(fingers) {
  const [a, b] = [...fingers.values()];
  return b ? Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1])) : 1;
}
