// A layered layout for graphs whose nodes lie in nested frames.
//
// Each frame is laid out by itself, the innermost first, and is then one large box of the frame around
// it.  An edge that leaves or enters a frame does so at a port on its lower or upper side.  So no frame
// covers what is not inside of it.  Within a frame: layers by the longest path, order by barycentres (Sugiyama,
// Tagawa, Toda 1981), and places by isotonic regression, which is the exact answer to "as near to the
// neighbours as possible without overlap".  Values flow downwards; another direction is a change of axes at the end.
// A link over many layers bends in each of them, which for a graph of thousands of nodes may be millions of bends: the
// longest links then run beside the drawing, and the more there is to place, the fewer rounds refine it.

const SPACE = 16, PADDING = 12, HEADER = 26, BENDS = 12000, WORK = 90000;

function layout(boxes, frames, edges, sideways) {
  const turned = new Map([...boxes].map(([key, b]) => [key, sideways ? { ...b, w: b.h, h: b.w } : { ...b }]));
  const scenes = new Map([["", new Scene("", null, sideways)]]);
  for (const frame of frames) scenes.set(frame.key, new Scene(frame.key, frame, sideways));
  for (const box of turned.values()) scenes.get(box.parent).add(box);
  const routes = edges.map((edge) => route(edge, turned, scenes));
  const deepest = [...frames].sort((a, b) => b.depth - a.depth);
  for (const frame of deepest) scenes.get(frame.parent).add(scenes.get(frame.key).arrange());
  scenes.get("").arrange();
  return placed(turned, frames, scenes, routes, sideways);
}

// The frames around a box, the outermost first, beginning with the whole drawing.
function chainOf(key, scenes) {
  const chain = [];
  for (let at = key; at; at = scenes.get(at).frame.parent) chain.unshift(at);
  return ["", ...chain];
}

// Cut an edge into links, one in each frame that it crosses.
function route(edge, boxes, scenes) {
  const from = chainOf(boxes.get(edge.from).parent, scenes), to = chainOf(boxes.get(edge.to).parent, scenes);
  let common = 0;
  while (common < Math.min(from.length, to.length) && from[common] === to[common]) common += 1;
  const parts = [], out = `out ${edge.from}`, into = `in ${edge.from}`;
  let here = [edge.from, ""];
  for (let i = from.length - 1; i >= common; i -= 1) {
    parts.push([from[i], scenes.get(from[i]).link(here, [out, ""], "out")]);
    here = [from[i], out];
  }
  for (let i = common - 1; i < to.length; i += 1) {
    const last = i === to.length - 1;
    parts.push([to[i], scenes.get(to[i]).link(here, last ? [edge.to, ""] : [to[i + 1], into], i >= common ? "in" : "")]);
    here = [into, ""];
  }
  return parts;
}

// One frame, or the whole drawing.
class Scene {
  constructor(key, frame, sideways) {
    Object.assign(this, { key, frame, items: new Map(), links: new Map() });
    const head = frame ? HEADER : 0, pad = frame ? PADDING : 0;
    this.pad = sideways ? { left: Math.max(head, pad), right: pad, top: pad, bottom: pad }
      : { left: pad, right: pad, top: Math.max(head, pad), bottom: pad };
    this.least = frame ? (sideways ? [0, frame.title + 20] : [frame.title + 20, 0]) : [0, 0];
  }

  add(item) { this.items.set(item.key, Object.assign(item, { ports: item.ports || {} })); }

  link(from, to, port) {
    if (port === "in" && !this.items.has(from[0])) this.add({ key: from[0], w: 6, h: 0, port: "in" });
    if (port === "out" && !this.items.has(to[0])) this.add({ key: to[0], w: 6, h: 0, port: "out" });
    const key = `${from.join("|")}>${to.join("|")}`;
    if (!this.links.has(key)) this.links.set(key, { from: from[0], fromPort: from[1], to: to[0], toPort: to[1] });
    return key;
  }

  arrange() {
    const items = [...this.items.values()], links = [...this.links.values()];
    rank(items, links, this.items);
    this.bypass(links);
    const arcs = withBends(this.items, links);
    const layers = [];
    for (const item of this.items.values()) (layers[item.rank] ||= []).push(item);
    for (let i = 0; i < layers.length; i += 1) layers[i] ||= [];
    for (const item of this.items.values()) Object.assign(item, { above: [], below: [] });
    for (const arc of arcs) { arc.a.below.push(arc); arc.b.above.push(arc); }
    const share = Math.min(1, WORK / (this.items.size + arcs.length));
    order(layers, Math.max(2, Math.round(14 * share)));
    place(layers, Math.max(6, Math.round(24 * share)));
    return this.finish(layers, links);
  }

  // If there would be too many bends, the longest links get none.
  bypass(links) {
    const spans = links.filter((link) => !link.back).map((link) => [this.items.get(link.to).rank - this.items.get(link.from).rank, link]);
    let total = spans.reduce((sum, [span]) => sum + span - 1, 0);
    spans.sort((p, q) => q[0] - p[0]);
    for (const [span, link] of spans) {
      if (total <= BENDS + 2 * this.items.size || span < 4) break;
      link.beside = true;
      total -= span - 1;
    }
  }

  // Heights of layers, the size of the frame, and the points of the links.
  finish(layers, links) {
    const { pad } = this, all = layers.flat();
    let left = Infinity, right = -Infinity;
    for (const item of all) {
      left = Math.min(left, item.x - item.w / 2);
      right = Math.max(right, item.x + item.w / 2);
    }
    const width = Math.max(right - left + pad.left + pad.right, this.least[0]);
    const slack = (width - (right - left) - pad.left - pad.right) / 2;
    for (const item of all) item.x += pad.left + slack - left;
    let y = layers[0].some((item) => item.port) ? 0 : pad.top;
    layers.forEach((layer, i) => {
      const height = Math.max(...layer.map((item) => item.h), 0);
      layer.top = y;
      layer.bottom = y + height;
      for (const item of layer) item.y = item.above.length || item.port ? y : y + height - item.h;
      const reach = Math.max(0, ...layer.flatMap((item) => item.below.map((arc) => Math.abs(arc.b.x - item.x))));
      const next = layers[i + 1];
      y += height + (next ? Math.min(66, 26 + 0.09 * reach) : 0);
      if (next && i === 0 && layer.some((item) => item.port)) y = Math.max(y, pad.top + 6);
      if (next && next.some((item) => item.port === "out")) y -= 8;
    });
    const ends = layers.at(-1).some((item) => item.port === "out");
    const aside = links.some((link) => link.beside) ? 2 * SPACE : 0;
    const height = Math.max(ends ? layers.at(-1).top : y + pad.bottom, this.least[1]);
    if (ends) { layers.at(-1).top = layers.at(-1).bottom = height; layers.at(-1).forEach((item) => { item.y = height; }); }
    for (const item of all) spread(item);
    const lane = width - pad.right + (links.some((link) => link.beside) ? SPACE : 0);
    for (const link of links) link.points = link.beside ? besides(link, layers, this.items, lane) : pointsOf(link, layers, this.items);
    const ports = {};
    for (const item of all) if (item.port) ports[item.key] = item.x;
    return Object.assign(this, { w: width + aside, h: height, ports });
  }
}

// Layers: every link leads downwards, except for those that close a cycle.
function rank(items, links, byKey) {
  const below = new Map(items.map((item) => [item, []])), state = new Map(), sorted = [];
  for (const link of links) below.get(byKey.get(link.from)).push(link);
  for (const start of items) {
    const stack = state.has(start) ? [] : [[start, 0]];
    if (stack.length) state.set(start, 1);
    while (stack.length) {
      const top = stack.at(-1), link = below.get(top[0])[top[1]];
      top[1] += 1;
      if (!link) {
        state.set(top[0], 2);
        sorted.push(stack.pop()[0]);
        continue;
      }
      const next = byKey.get(link.to);
      link.back = state.get(next) === 1;
      if (!state.has(next)) { state.set(next, 1); stack.push([next, 0]); }
    }
  }
  sorted.reverse();
  const ports = items.some((item) => item.port === "in");
  for (const item of items) Object.assign(item, { rank: item.port === "in" || !ports ? 0 : 1, degree: 0 });
  const forward = (item) => below.get(item).filter((link) => !link.back).map((link) => byKey.get(link.to));
  for (const item of sorted) {
    for (const next of forward(item)) { next.rank = Math.max(next.rank, item.rank + 1); next.degree += 1; }
  }
  const last = items.reduce((most, item) => Math.max(most, item.rank + (item.port === "out" ? 0 : 1)), 0);
  for (const item of items) if (item.port === "out") item.rank = last;
  for (const item of sorted.reverse()) {
    const next = forward(item);
    if (!item.port && next.length && item.degree <= next.length) item.rank = Math.min(...next.map((n) => n.rank)) - 1;
  }
}

// A link over several layers bends once in each; links from one place share their bends.
function withBends(items, links) {
  const arcs = new Map();
  const join = (a, aPort, b, bPort) => {
    const key = `${a.key}|${aPort}>${b.key}|${bPort}`;
    if (!arcs.has(key)) arcs.set(key, { a, aPort, b, bPort, shift: 0, weight: a.bend && b.bend ? 4 : a.leaf ? 0.04 : 1 });
    return arcs.get(key);
  };
  for (const link of links) {
    link.arcs = [];
    if (link.back || link.beside) continue;
    const end = items.get(link.to);
    let at = items.get(link.from), port = link.fromPort;
    for (let i = at.rank + 1; i < end.rank; i += 1) {
      const key = `bend ${link.from}|${link.fromPort}|${i}`;
      if (!items.has(key)) items.set(key, { key, w: 4, h: 0, rank: i, bend: true, leaf: items.get(link.from).leaf, ports: {} });
      link.arcs.push(join(at, port, items.get(key), ""));
      [at, port] = [items.get(key), ""];
    }
    link.arcs.push(join(at, port, end, link.toPort));
  }
  return [...arcs.values()];
}

// How far from an item's middle a port is.
const offset = (item, port) => (port ? item.ports[port] - item.w / 2 : 0);

function pack(layer) {
  let x = 0;
  for (const item of layer) { item.x = x + item.w / 2; x += item.w + SPACE; }
  for (const item of layer) item.x -= x / 2;
}

// Where a neighbour is, and how much that counts: a leaf stands beside the path of the operations, not in it.
const fromAbove = (item) => item.above.map((arc) => [arc.a.x + offset(arc.a, arc.aPort), arc.weight]);
const fromBelow = (item) => item.below.map((arc) => [arc.b.x + offset(arc.b, arc.bPort), arc.weight]);
// The same for placing, where frames stand below each other by their middles, or a tower of them would lean.
const over = (item) => item.above.map((arc) => [arc.a.x, arc.weight]);
const under = (item) => item.below.map((arc) => [arc.b.x, arc.weight]);
const total = (near) => near.reduce((sum, [, weight]) => sum + weight, 0);
const mean = (near) => near.reduce((sum, [x, weight]) => sum + x * weight, 0) / total(near);

// Order the items of each layer by where their neighbours are, and keep the order with fewest crossings.
function order(layers, rounds) {
  layers.forEach(pack);
  let best = layers.map((layer) => [...layer]), fewest = crossings(layers);
  for (let round = 0; round < rounds && fewest > 0; round += 1) {
    const down = round % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const wanted = new Map(layer.map((item) => {
        const near = down ? fromAbove(item) : fromBelow(item);
        return [item, near.length ? mean(near) : item.x];
      }));
      layer.sort((a, b) => wanted.get(a) - wanted.get(b));
      pack(layer);
    }
    const count = crossings(layers);
    if (count < fewest) { fewest = count; best = layers.map((layer) => [...layer]); }
  }
  layers.forEach((layer, i) => { layer.splice(0, layer.length, ...best[i]); pack(layer); });
}

function crossings(layers) {
  let count = 0;
  for (const layer of layers) {
    const ends = layer.flatMap((item) => item.below.map((arc) => [item.x + offset(item, arc.aPort), arc.b.x + offset(arc.b, arc.bPort)]));
    ends.sort((p, q) => p[0] - q[0] || p[1] - q[1]);
    count += inversions(ends.map((end) => end[1]));
  }
  return count;
}

// How many pairs are in the wrong order, counted while they are merged.
function inversions(values) {
  if (values.length < 2) return 0;
  const half = values.length >> 1, left = values.slice(0, half), right = values.slice(half);
  let count = inversions(left) + inversions(right), i = 0, j = 0;
  for (let k = 0; k < values.length; k += 1) {
    if (j === right.length || (i < left.length && left[i] <= right[j])) { values[k] = left[i]; i += 1; } else { values[k] = right[j]; j += 1; count += left.length - i; }
  }
  return count;
}

function place(layers, rounds) {
  for (let round = 0; round < rounds; round += 1) {
    const down = round % 2 === 0, last = round >= (2 * rounds) / 3;
    for (const layer of down ? layers : [...layers].reverse()) {
      const near = layer.map((item) => (last ? [...over(item), ...under(item)] : down ? over(item) : under(item)));
      settle(layer, layer.map((item, i) => (near[i].length ? mean(near[i]) : item.x)), near.map((some) => total(some) || 0.05));
    }
  }
}

// The places nearest to the wanted ones, in the given order and without overlap: pool adjacent violators.
function settle(layer, wanted, weights) {
  const sums = [0];
  for (let i = 1; i < layer.length; i += 1) {
    const [a, b] = [layer[i - 1], layer[i]];
    sums.push(sums[i - 1] + (a.w + b.w) / 2 + (a.bend && b.bend ? 8 : SPACE));
  }
  const blocks = [];
  layer.forEach((item, i) => {
    blocks.push({ x: wanted[i] - sums[i], weight: weights[i], count: 1 });
    while (blocks.length > 1 && blocks.at(-2).x > blocks.at(-1).x) {
      const b = blocks.pop(), a = blocks.at(-1), weight = a.weight + b.weight;
      Object.assign(a, { x: (a.x * a.weight + b.x * b.weight) / weight, weight, count: a.count + b.count });
    }
  });
  let i = 0;
  for (const block of blocks) for (let n = 0; n < block.count; n += 1, i += 1) layer[i].x = block.x + sums[i];
}

// Edges that arrive at one box do so side by side.
function spread(item) {
  if (item.bend || item.port || Object.keys(item.ports).length) return;
  const arcs = [...item.above].sort((p, q) => p.a.x - q.a.x);
  const step = Math.min(16, (0.6 * item.w) / Math.max(arcs.length, 1));
  arcs.forEach((arc, i) => { arc.shift = (i - (arcs.length - 1) / 2) * step; });
}

function pointsOf(link, layers, items) {
  const a = items.get(link.from), b = items.get(link.to);
  const start = a.x + offset(a, link.fromPort), end = b.x + offset(b, link.toPort);
  if (link.back) return [[start, a.y + a.h], [end, b.y]];
  const points = [[start, a.y + a.h], [start, layers[a.rank].bottom]];
  for (const arc of link.arcs.slice(0, -1)) points.push([arc.b.x, layers[arc.b.rank].top], [arc.b.x, layers[arc.b.rank].bottom]);
  const x = end + link.arcs.at(-1).shift;
  return [...points, [x, layers[b.rank].top], [x, b.y]];
}

// A long link beside the drawing: out of its box, to the lane, along it, and back into its box.
function besides(link, layers, items, lane) {
  const a = items.get(link.from), b = items.get(link.to);
  const start = a.x + offset(a, link.fromPort), end = b.x + offset(b, link.toPort);
  const top = layers[a.rank].bottom, bottom = layers[b.rank].top;
  return [[start, a.y + a.h], [start, top], [lane, top + 20], [lane, bottom - 20], [end, bottom], [end, b.y]];
}

// Absolute places, and the axes as they are wanted.
function placed(boxes, frames, scenes, routes, sideways) {
  const corner = new Map([["", [0, 0]]]), turn = (x, y) => (sideways ? [y, x] : [x, y]);
  const rectangle = (item, at) => {
    const [x, y] = turn(at[0] + item.x - item.w / 2, at[1] + item.y), [w, h] = turn(item.w, item.h);
    return { x, y, w, h };
  };
  const found = { boxes: new Map(), frames: new Map() };
  for (const frame of [...frames].sort((a, b) => a.depth - b.depth)) {
    const at = corner.get(frame.parent), item = scenes.get(frame.key);
    corner.set(frame.key, [at[0] + item.x - item.w / 2, at[1] + item.y]);
    found.frames.set(frame.key, rectangle(item, at));
  }
  for (const [key, box] of boxes) found.boxes.set(key, rectangle(box, corner.get(box.parent)));
  found.routes = routes.map((parts) => parts.flatMap(([key, link]) => {
    const at = corner.get(key);
    return scenes.get(key).links.get(link).points.map(([x, y]) => turn(x + at[0], y + at[1]));
  }));
  [found.w, found.h] = turn(scenes.get("").w, scenes.get("").h);
  return found;
}

// The path through the points of a route, smooth where it changes its lane.
function pathOf(points, sideways) {
  const parts = [`M${points[0]}`];
  for (let i = 1; i < points.length; i += 1) {
    const [p, q] = [points[i - 1], points[i]];
    const along = sideways ? q[0] - p[0] : q[1] - p[1], across = sideways ? q[1] - p[1] : q[0] - p[0];
    if (Math.abs(along) + Math.abs(across) < 0.1) continue;
    if (Math.abs(across) < 0.5) { parts.push(`L${q}`); continue; }
    const reach = along > 0 ? along / 2 : 60;
    parts.push(sideways ? `C${p[0] + reach},${p[1]} ${q[0] - reach},${q[1]} ${q}` : `C${p[0]},${p[1] + reach} ${q[0]},${q[1] - reach} ${q}`);
  }
  return parts.join("");
}
