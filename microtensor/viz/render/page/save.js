// The drawing as it is on the page, as a file of its own: SVG, which carries the page's style, or PNG.

function standalone(view) {
  const { plan } = view, svg = view.svg.cloneNode(true), margin = 16;
  svg.querySelectorAll("[display]").forEach((tile) => tile.removeAttribute("display"));
  svg.querySelector("g").removeAttribute("transform");
  const dark = isDark(), [w, h] = [Math.ceil(plan.w) + 2 * margin, Math.ceil(plan.h) + 2 * margin];
  for (const [name, value] of Object.entries({ xmlns: SVG, width: w, height: h, viewBox: `${-margin} ${-margin} ${w} ${h}`, "data-theme": dark ? "dark" : "light", "font-family": SANS })) svg.setAttribute(name, value);
  for (const name of ["id", "tabindex", "role"]) svg.removeAttribute(name);
  svg.classList.remove("far");
  svg.prepend(make("<rect", { x: -margin, y: -margin, width: w, height: h, fill: getComputedStyle(document.body).backgroundColor }));
  const style = document.querySelector("style").textContent.replace(/html, body[^}]*}|body {[^}]*}/g, "").replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return { text: new XMLSerializer().serializeToString(svg).replace(">", `><style>${style}</style>`), w, h };
}

function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 4000);
}

function fileName(data, ending) {
  return `${data.title.replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_+|_+$/g, "").slice(0, 60) || "graph"}.${ending}`;
}

function saveSVG(view) {
  download(new Blob([standalone(view).text], { type: "image/svg+xml" }), fileName(view.data, "svg"));
}

// Twice as large as on the screen, but no larger than browsers let a canvas be.
function savePNG(view) {
  const { text, w, h } = standalone(view), scale = Math.min(2, 16000 / w, 16000 / h, Math.sqrt(6e7 / (w * h)));
  const image = new Image(), url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  image.onload = () => {
    const canvas = make("canvas", { width: Math.ceil(w * scale), height: Math.ceil(h * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(url);
    canvas.toBlob((blob) => download(blob, fileName(view.data, "png")));
  };
  image.src = url;
}
