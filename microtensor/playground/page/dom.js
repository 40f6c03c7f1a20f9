// Elements, and words for numbers.

const find = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

// An element with attributes and children; a string among the children is text, never markup.
function make(name, attributes = {}, ...children) {
  const element = name[0] === "<" ? document.createElementNS(SVG, name.slice(1)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Four digits; what is not finite comes as null.
function short(x) {
  if (x === null || x === undefined) return "NaN";
  if (x === 0) return "0";
  return Math.abs(x) < 1e-3 || Math.abs(x) >= 1e5 ? x.toExponential(2) : String(Number(x.toPrecision(4)));
}

const percent = (x) => (x === null || x === undefined ? "" : `${(100 * x).toFixed(1)} %`);
const whole = (n) => n.toLocaleString("en");

// Change a text only if it differs: a live region or a selection is left in peace.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The bytes of a text in base64, as signed numbers.
function bytes(text) {
  const binary = atob(text), found = new Int8Array(binary.length);
  for (let i = 0; i < binary.length; i++) found[i] = binary.charCodeAt(i);
  return found;
}

// One of several buttons is chosen: a radio group with arrow keys.
function radios(group, names, choose, attributes = {}) {
  const buttons = names.map(([value, ...content]) => make("button", {
    role: "radio", "data-value": value, "aria-checked": "false", tabindex: -1, click: () => choose(value), ...attributes }, ...content));
  group.replaceChildren(...buttons);
  group.onkeydown = (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const all = [...group.children], to = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
    to.focus();
    to.click();
  };
}

function check(group, value) {
  const chosen = [...group.children].filter((button) => button.dataset.value === value);
  for (const button of group.children) {
    button.setAttribute("aria-checked", String(button === chosen[0]));
    button.tabIndex = button === chosen[0] || (!chosen.length && button === group.firstChild) ? 0 : -1;
  }
}
