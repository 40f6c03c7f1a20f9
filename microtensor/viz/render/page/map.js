// The whole drawing in a corner, with the part that can be seen; press or drag to go elsewhere.

class Minimap {
  constructor(view, canvas) {
    Object.assign(this, { view, canvas, pen: canvas.getContext("2d") });
    const go = (event) => {
      if (event.type !== "pointerdown" && !event.buttons) return;
      event.preventDefault();
      event.stopPropagation();
      const r = canvas.getBoundingClientRect(), [w, h] = view.room();
      view.x = w / 2 - ((event.clientX - r.left) / this.sx) * view.scale;
      view.y = h / 2 - ((event.clientY - r.top) / this.sy) * view.scale;
      view.move();
    };
    for (const name of ["pointerdown", "pointermove"]) canvas.addEventListener(name, go);
    view.onMove = () => this.frame();
    view.onRebuild = () => this.rebuild();
    this.rebuild();
  }

  rebuild() {
    const { plan } = this.view;
    const scale = Math.min(170 / plan.w, 120 / plan.h);
    [this.sx, this.sy] = [Math.max(scale, 28 / plan.w), Math.max(scale, 20 / plan.h)];
    [this.canvas.width, this.canvas.height] = [Math.max(8, Math.ceil(plan.w * this.sx)), Math.max(8, Math.ceil(plan.h * this.sy))];
    this.picture = null;
    this.frame();
  }

  // The boxes, drawn once for each layout and theme.
  boxes() {
    const { view, sx, sy } = this, style = getComputedStyle(document.documentElement);
    const picture = Object.assign(document.createElement("canvas"), { width: this.canvas.width, height: this.canvas.height }), pen2 = picture.getContext("2d");
    for (const [key, { x, y, w, h }] of view.plan.boxes) {
      const box = view.boxes.get(key), node = view.model.nodes[box.ids[0]];
      pen2.fillStyle = style.getPropertyValue(box.scope !== null ? "--module-line" : node.root ? "--root" : node.bad ? "--bad" : `--${node.kind}-line`);
      pen2.fillRect(x * sx, y * sy, Math.max(1, w * sx), Math.max(1, h * sy));
    }
    return picture;
  }

  frame() {
    const { view, sx, sy, pen, canvas } = this, [w, h] = view.room();
    const all = view.plan.w * view.scale <= w + 40 && view.plan.h * view.scale <= h + 40;
    canvas.hidden = all;
    if (all) return;
    this.picture ||= this.boxes();
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(this.picture, 0, 0);
    pen.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
    pen.lineWidth = 2;
    const left = Math.max(1, (-view.x / view.scale) * sx), top = Math.max(1, (-view.y / view.scale) * sy);
    const right = Math.min(canvas.width - 1, ((w - view.x) / view.scale) * sx), bottom = Math.min(canvas.height - 1, ((h - view.y) / view.scale) * sy);
    pen.strokeRect(left, top, Math.max(2, right - left), Math.max(2, bottom - top));
  }
}
