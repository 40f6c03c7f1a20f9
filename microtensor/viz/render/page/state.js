// What is shown, in the address, so that a link, a reload or the back of a slide shows it again.

const STATE = { folded: "fold", selected: "node", sideways: "turned", sizes: "gradients" };

class State {
  constructor(view, player) {
    Object.assign(this, { view, player, timer: null });
    this.first = this.text();
  }

  text() {
    const { view, player } = this, found = new URLSearchParams();
    if (player.at || player.forward) found.set("step", `${player.forward ? "forward" : "backward"}.${player.at}`);
    found.set(STATE.folded, [...view.model.folded].sort((a, b) => a - b).join("."));
    if (view.selected) found.set(STATE.selected, view.selected);
    found.set(STATE.sideways, view.sideways ? "1" : "");
    found.set(STATE.sizes, view.sizes ? "1" : "");
    if (view.touched) found.set("at", [view.x, view.y].map(Math.round).concat(view.scale.toFixed(3)).join(","));
    if (document.documentElement.dataset.theme) found.set("theme", document.documentElement.dataset.theme);
    return String(found);
  }

  // Written when nothing has changed for a moment.
  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!/^(file|https?):$/.test(location.protocol)) return;
      const now = this.text();
      history.replaceState(null, "", now === this.first ? location.pathname + location.search : `#${now}`);
    }, 150);
  }

  // Show what the address says; whatever in it does not fit this graph is left alone.
  restore() {
    const said = new URLSearchParams(location.hash.slice(1)), { view, player } = this;
    if (![...said].length) return;
    const theme = said.get("theme");
    if (["light", "dark"].includes(theme)) document.documentElement.dataset.theme = theme;
    const scopes = (said.get(STATE.folded) || "").split(".").filter(Boolean).map(Number).filter((id) => view.data.scopes[id]);
    if (said.has(STATE.folded)) view.model.folded = new Set(scopes);
    view.sideways = said.get(STATE.sideways) === "1";
    view.sizes = said.get(STATE.sizes) === "1";
    view.rebuild();
    view.open();
    const [film, step] = (said.get("step") || "").split(".");
    if (Number(step) >= 0 && film) { player.turnTo(film === "forward"); player.go(Number(step)); }
    if (view.boxes.has(said.get(STATE.selected))) view.pick(said.get(STATE.selected));
    const at = (said.get("at") || "").split(",").map(Number);
    if (at.length === 3 && at.every(Number.isFinite) && at[2] > 0) { [view.x, view.y, view.scale] = at; view.touched = true; view.move(); }
  }
}
