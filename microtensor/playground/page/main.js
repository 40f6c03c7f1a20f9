// Puts the page together, and gives keys their meaning.

const dark = () => document.documentElement.dataset.theme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
const repaint = () => { readColors(); if (app.frame) { app.tell("frame"); app.tell("look"); outcome.legend(); } };
const theme = () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; repaint(); };
find("theme").addEventListener("click", theme);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
addEventListener("resize", () => { outcome.paint(); chart.paint(); });

find("help").addEventListener("click", () => openPanel("keys"));
find("weights").addEventListener("click", () => {
  find("files").hidden = !find("files").hidden;
  find("weights").setAttribute("aria-expanded", String(!find("files").hidden));
});
for (const button of find("files").children) {
  button.addEventListener("click", async () => {
    find("files").hidden = true;
    try {
      download(await engine.file(button.dataset.file), button.dataset.file);
    } catch (error) { complain(error.message); }
  });
}
find("link").addEventListener("click", async () => {
  history.replaceState(null, "", `#${address()}`.replace(/^#$/, location.pathname + location.search));
  const text = `#${address()}`;
  try { await navigator.clipboard.writeText(text); complain(`Copied, to be put behind any playground's address: ${text}`); } catch { complain(`Put this behind any playground's address: ${text}`); }
});

const ACTIONS = {
  " ": () => controls.toggle(), n: () => ask({ do: "step" }), e: () => ask({ do: "epoch" }), b: () => { if (!find("back").disabled) ask({ do: "back" }); }, r: () => ask({ do: "reset" }),
  w: () => (recorded ? openPanel("why") : openWhy()), ",": () => why.move(-1), ".": () => why.move(1), c: () => openPanel("program"), l: () => openPanel("lessons"), t: theme,
  g: () => { const all = EDGES.map(([value]) => value); network.choose(all[(all.indexOf(app.edges) + 1) % all.length]); },
  "?": () => openPanel("keys"), Escape: () => { if (app.why) closeWhy(); },
};
document.addEventListener("keydown", (event) => {
  const { target, key } = event, typing = /^(TEXTAREA|SELECT)$/.test(target.tagName) || (target.tagName === "INPUT" && !/^(checkbox|range)$/.test(target.type));
  const pressing = key === " " && (/^(BUTTON|SUMMARY)$/.test(target.tagName) ? !target.classList.contains("unit") : target.type === "checkbox");
  if (!app.frame || event.ctrlKey || event.metaKey || event.altKey || typing || pressing || !Object.hasOwn(ACTIONS, key)) return;
  event.preventDefault();
  ACTIONS[key]();
});

// The loss is said when training rests, and every five seconds while it runs; the address follows when it rests.
let told = 0, rested = "";
function tell() {
  const { frame } = app, now = performance.now();
  if (frame.playing && now - told < 5000) return;
  told = now;
  const right = frame.test.accuracy === undefined ? "" : `, ${percent(frame.test.accuracy)} of the test points right`;
  say(find("live"), `Step ${frame.step}: loss ${short(frame.train.loss)}, test loss ${short(frame.test.loss)}${right}`);
  if (frame.playing || recorded || pending) return;
  const text = address();
  if (text === rested) return;
  rested = text;
  history.replaceState(null, "", location.pathname + location.search + (text ? `#${text}` : ""));
}

// The page begins with what its address asks for.
let pending = recorded ? null : asked(location.hash);
async function begin() {
  if (!pending) return;
  const wanted = pending;
  if (await ask({ do: "set", whole: true, settings: wanted.settings }) && wanted.step) await ask({ do: "to", step: wanted.step });
  pending = null;
}
addEventListener("hashchange", () => { if (!recorded && app.frame) { pending = asked(location.hash); begin(); } });

readColors();
for (const part of [network, outcome, chart, controls, own, panels, program, why, lessons]) part.start();
places.start();
app.on("frame", tell);
app.on("frame", () => { if (pending && !begin.done) { begin.done = true; begin(); } });
engine.start();
