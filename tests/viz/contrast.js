// All text of the page whose contrast with what is behind it is below 4.5, by WCAG 2.2's formula.
() => {
  const rgb = (text) => { const p = text.match(/[\d.]+/g).map(Number); return [p[0], p[1], p[2], p[3] ?? 1]; };
  const over = ([r, g, b, a], under) => [r, g, b].map((x, i) => a * x + (1 - a) * under[i]);
  const linear = (x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  const light = (color) => color.map((x, i) => linear(x / 255) * [0.2126, 0.7152, 0.0722][i]).reduce((a, b) => a + b);
  const ratio = (a, b) => { const [p, q] = [light(a), light(b)].sort((x, y) => y - x); return (p + 0.05) / (q + 0.05); };
  const paper = rgb(getComputedStyle(document.body).backgroundColor).slice(0, 3);
  const ground = (element) => {
    const all = [];
    for (let at = element; at; at = at.parentElement) all.push(rgb(getComputedStyle(at).backgroundColor));
    return all.reverse().reduce((under, color) => over(color, under), paper);
  };
  const found = [];
  for (const element of document.querySelectorAll(".box text, .heading text")) {
    const style = getComputedStyle(element), behind = getComputedStyle(element.parentElement.querySelector("rect"));
    const fill = rgb(behind.fill), color = rgb(style.fill);
    fill[3] *= Number(behind.fillOpacity);
    color[3] *= Number(style.opacity);
    const under = over(fill, paper);
    if (color[3]) found.push([ratio(over(color, under), under), element.textContent]);
  }
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || element.closest("svg") || !element.offsetParent) continue;
    const under = ground(element), color = rgb(getComputedStyle(element).color);
    found.push([ratio(over(color, under), under), `${element.tagName}.${element.className}: ${element.textContent}`]);
  }
  return found.length ? found.filter(([contrast]) => contrast < 4.5) : ["nothing was looked at"];
}
