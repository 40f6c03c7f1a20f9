// What of the graph is visible: modules that are folded are one box, and a leaf with many uses stands
// beside each of them.  Nothing here draws.

const BUSY = 6;

class Model {
  constructor(data) {
    this.data = data;
    this.nodes = data.nodes;
    this.folded = new Set(data.folded);
    this.operands = data.nodes.map(() => []);
    this.uses = data.nodes.map(() => []);
    for (const edge of data.edges) {
      this.operands[edge.t].push(edge);
      this.uses[edge.s].push(edge);
    }
  }

  // The scopes around a node, the outermost first.
  around(scope) {
    const chain = [];
    for (let id = scope; id !== null; id = this.data.scopes[id].parent) chain.unshift(id);
    return chain;
  }

  // The key of the box that shows a node: its own, or that of the outermost folded module around it.
  keyOf(id) {
    const hiding = this.around(this.nodes[id].scope).find((scope) => this.folded.has(scope));
    return hiding === undefined ? `n${id}` : `s${hiding}`;
  }

  // Unfold whatever hides a node; whether anything did.
  reveal(id) {
    const hiding = this.around(this.nodes[id].scope).filter((scope) => this.folded.has(scope));
    hiding.forEach((scope) => this.folded.delete(scope));
    return hiding.length > 0;
  }

  // All nodes that a node was computed from (operands), or that were computed from it (uses).
  lineage(ids, edges, end) {
    const seen = new Set(ids), todo = [...ids];
    while (todo.length) {
      for (const edge of edges[todo.pop()]) {
        if (!seen.has(edge[end])) {
          seen.add(edge[end]);
          todo.push(edge[end]);
        }
      }
    }
    return seen;
  }

  ancestors(ids) { return this.lineage(ids, this.operands, "s"); }

  descendants(ids) { return this.lineage(ids, this.uses, "t"); }

  // Boxes, frames and edges between boxes, as they are to be laid out.
  visible() {
    const boxes = new Map(), frames = new Map(), edges = new Map();
    const shownIn = (scope) => {
      const chain = this.around(scope);
      chain.forEach((id, depth) => {
        const parent = depth ? `f${chain[depth - 1]}` : "";
        if (!frames.has(`f${id}`)) frames.set(`f${id}`, { key: `f${id}`, scope: id, parent, depth });
      });
      return chain.length ? `f${chain.at(-1)}` : "";
    };
    const put = (id, key) => {
      if (boxes.has(key)) { boxes.get(key).ids.push(id); return; }
      const scope = key[0] === "s" ? Number(key.slice(1)) : null;
      const outer = scope === null ? this.nodes[id].scope : this.data.scopes[scope].parent;
      boxes.set(key, { key, scope, ids: [id], parent: shownIn(outer) });
    };
    const keys = this.nodes.map((node) => this.keyOf(node.id));
    const busy = (id) => this.nodes[id].leaf && keys[id][0] === "n" && !this.nodes[id].root && !this.operands[id].length
      && new Set(this.uses[id].map((edge) => keys[edge.t])).size > BUSY;
    const many = this.nodes.map((node) => busy(node.id));
    this.nodes.forEach((node) => { if (!many[node.id]) put(node.id, keys[node.id]); });
    for (const edge of this.data.edges) {
      const to = keys[edge.t];
      let from = keys[edge.s];
      if (many[edge.s]) {
        from = `n${edge.s}/${to}`;
        if (!boxes.has(from)) boxes.set(from, { key: from, scope: null, ids: [edge.s], parent: boxes.get(to).parent });
      }
      if (from === to) continue;
      const key = `${from}>${to}`;
      if (!edges.has(key)) edges.set(key, { key, from, to, members: [] });
      edges.get(key).members.push(edge);
    }
    return { boxes, frames, edges };
  }

  // The nodes that a search finds: by name, operation, kind, or shape, however it is written.
  search(words) {
    const wanted = words.trim().toLowerCase();
    if (!wanted) return [];
    const dense = wanted.replace(/[\s()[\]]/g, "").replace(/x(?=\d)/g, ",");
    const isShape = /^[\d,]+$/.test(dense) && /[,x(]/.test(wanted);
    return this.nodes.filter((node) => {
      if (isShape) return (node.shape || "").replace(/[\s()]/g, "").replace(/,$/, "") === dense.replace(/,$/, "");
      return [node.name, node.op, node.label, node.grad_fn, node.what, node.path].some(
        (text) => text && text.toLowerCase().includes(wanted));
    }).map((node) => node.id);
  }
}
