// Who trains: a server, or a recording. Both take the same commands and give scenes and frames.

class Live {
  constructor() {
    this.token = new URLSearchParams(location.search).get("token") || "";
    this.page = null;
    this.before = Promise.resolve();
    document.addEventListener("visibilitychange", () => this.seen());
  }

  at(path) { return `${path}?token=${encodeURIComponent(this.token)}`; }

  start() {
    const stream = new EventSource(this.at("/stream"));
    stream.addEventListener("hello", (event) => { this.page = JSON.parse(event.data).page; this.seen(); this.back(); });
    stream.addEventListener("scene", (event) => { this.scene = JSON.parse(event.data); });
    stream.addEventListener("frame", (event) => { this.frame = JSON.parse(event.data); this.soon(); });
    stream.onerror = () => {
      notice("The playground doesn't answer: it has ended, or five pages look at it. python -m microtensor playground starts it.");
      document.body.classList.add("lost");
    };
  }

  back() {
    if (!document.body.classList.contains("lost")) return;
    document.body.classList.remove("lost");
    notice("");
  }

  // Draw the latest frame when the browser is about to draw.
  soon() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = null; arrived(this.scene, this.frame); });
  }

  seen() {
    if (this.page) this.post("/visible", { page: this.page, visible: !document.hidden }).catch(() => {});
  }

  async post(path, what) {
    const body = JSON.stringify(what), headers = { "Content-Type": "application/json" };
    const answer = await fetch(this.at(path), { method: "POST", headers, body });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error);
    return found;
  }

  // One command after the other, in the order in which they were given: two requests at once may overtake each other.
  ask(command) {
    const answer = this.before.then(() => this.post("/command", command));
    this.before = answer.catch(() => {});
    return answer;
  }

  async file(name) {
    const answer = await fetch(this.at(`/${name}`));
    if (!answer.ok) throw new Error((await answer.json()).error);
    return answer.blob();
  }
}

// All frames are here: playing goes through them, and what needs an engine is refused with the way to one.
class Recorded {
  constructor() { this.index = 0; this.timer = null; this.last = given.frames.length - 1; }

  start() { this.go(0); }

  go(index) {
    this.index = Math.min(Math.max(index, 0), this.last);
    const frame = given.frames[this.index], { step, train, test } = given.curve;
    const count = step.findIndex((at) => at > frame.step), until = count < 0 ? step.length : count;
    const curve = { step: step.slice(0, until), train: train.slice(0, until), test: test.slice(0, until) };
    arrived(given.scene, { ...frame, curve, playing: this.timer !== null });
  }

  stop() { clearInterval(this.timer); this.timer = null; }

  play() {
    if (this.index === this.last) this.index = 0;
    this.timer = setInterval(() => {
      if (this.index + 1 >= this.last) this.stop();
      this.go(this.index + 1);
    }, 150);
    this.go(this.index);
  }

  async ask(command) {
    const moves = { step: 1, epoch: 1, back: -1, reset: -Infinity, pause: 0 };
    if (command.do === "play") this.play();
    else if (command.do in moves) { this.stop(); this.go(this.index + moves[command.do]); }
    else if (command.do === "frame") { this.stop(); this.go(command.index); }
    else throw new Error(`This is a recording. With an engine: ${given.command}`);
    return {};
  }

  async file() { return this.ask({ do: "weights" }); }
}

const recorded = given.mode === "recorded";
const engine = recorded ? new Recorded() : new Live();

function notice(text) {
  say(find("notice"), text);
  find("notice").hidden = !text;
}

let fading;
function complain(text) {
  say(find("message"), text);
  find("message").hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { find("message").hidden = true; }, 7000);
}

// Give a command; what is wrong with it is said, and the controls go back to what is.
async function ask(command) {
  try {
    return await engine.ask(command);
  } catch (error) {
    complain(error.message);
    setTimeout(() => { if (app.frame) app.tell("scene"); });
    return null;
  }
}

async function set(changed) {
  const mine = { changed, generation: Infinity };
  app.pending.push(mine);
  const answer = await ask({ do: "set", settings: changed });
  mine.generation = answer ? answer.generation : 0;
  settle();
  return answer;
}

// What has been asked for counts until the scene that has it is there.
function settle() {
  app.pending = app.pending.filter((each) => each.generation > (app.scene ? app.scene.generation : 0));
}

// A scene and a frame have come: all that is shown follows from them.
function arrived(scene, frame) {
  const fresh = !app.scene || scene.generation !== app.scene.generation;
  app.scene = scene;
  app.frame = frame;
  settle();
  app.maps = frame.layers.map((layer) => bytes(layer.map));
  if (fresh) app.tell("scene");
  app.tell("frame");
}
