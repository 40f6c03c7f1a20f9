// Lessons: cards with something to try, and goals that are compared with the facts of each frame.

const COMPARE = { ">=": (a, b) => a >= b, "<=": (a, b) => a <= b, "==": (a, b) => a === b };
const holds = (goal, facts) => goal.every(([fact, sign, value]) => facts[fact] !== null && facts[fact] !== undefined && COMPARE[sign](facts[fact], value));

const lessons = {
  lesson: null, card: 0, reached: new Set(), showing: false,

  start() {
    this.list();
    app.on("frame", () => this.look());
  },

  list() {
    this.lesson = null;
    find("lessons").replaceChildren(...given.lessons.map((lesson) => make("button", { class: "lesson", disabled: recorded, click: () => this.open(lesson) },
      make("b", {}, lesson.title), make("span", { class: "hint" }, `${lesson.cards.length} cards`))),
    recorded ? make("p", { class: "hint" }, `Lessons need an engine: ${given.command}`) : null);
  },

  open(lesson) {
    this.lesson = lesson;
    this.reached = new Set();
    this.go(0, true);
  },

  async go(card, fresh = false) {
    this.card = card;
    this.showing = false;
    const { settings: begin } = this.lesson.cards[card];
    if (begin && (fresh || !this.reached.has(card))) await ask({ do: "set", whole: true, settings: begin });
    this.show();
  },

  show() {
    const { title, cards } = this.lesson, card = cards[this.card], last = this.card === cards.length - 1;
    const done = !card.goal.length || this.reached.has(this.card);
    find("lessons").replaceChildren(
      make("div", { class: "row" }, make("button", { id: "all-lessons", click: () => this.list() }, "All lessons"), make("b", {}, title), make("span", { class: "hint" }, `card ${this.card + 1} of ${cards.length}`)),
      make("p", { class: "card" }, card.text),
      card.goal.length ? make("p", { id: "goal", class: done ? "goal done" : "goal" }, done ? "✓ Reached: " : "Goal: ", card.wanted) : null,
      make("div", { class: "row" },
        make("button", { id: "card-back", disabled: this.card === 0, click: () => this.go(this.card - 1) }, "Back"),
        card.goal.length ? make("button", { id: "solve", click: () => this.solve() }, "Show me") : null,
        make("button", { id: "card-on", class: "strong", disabled: !done, click: () => (last ? this.list() : this.go(this.card + 1)) }, last ? "Done" : "Next")));
  },

  // Set what reaches the goal, and play until it is reached.
  async solve() {
    const card = this.lesson.cards[this.card];
    if (card.solution) await ask({ do: "set", settings: card.solution, anew: !card.keep });
    if (card.speed) await ask({ do: "speed", speed: card.speed });
    this.showing = true;
    await ask({ do: "play" });
  },

  look() {
    if (!this.lesson) return;
    const card = this.lesson.cards[this.card];
    if (!card.goal.length || this.reached.has(this.card) || !holds(card.goal, app.frame.facts)) return;
    this.reached.add(this.card);
    if (this.showing) ask({ do: "pause" });
    this.showing = false;
    this.show();
    say(find("live"), `Goal reached: ${card.wanted}`);
  },
};
