// What ipywidgets' own controls do not say: which button is chosen, the name of a slider, that a line has changed, what is open.
// And the keyboard keeps its place: when what has it is disabled, hidden or gone, the next control takes it, else the last before.

const newId = () => `atelier-name-${Math.random().toString(36).slice(2)}`; // each panel has a copy of this script: no counter

function name(handle) {
  const label = handle.closest(".widget-inline-hbox, .widget-slider")?.querySelector(".widget-label");
  if (label?.textContent && handle.getAttribute("aria-label") !== label.textContent) handle.setAttribute("aria-label", label.textContent);
}

function say(button, attribute, yes) {
  const value = String(yes);
  if (button.getAttribute(attribute) !== value) button.setAttribute(attribute, value);
}

function mend(panel) {
  for (const button of panel.querySelectorAll(".widget-toggle-buttons button, .widget-toggle-button"))
    say(button, "aria-pressed", button.classList.contains("mod-active"));
  for (const button of panel.querySelectorAll(".atelier-fold"))
    say(button, "aria-expanded", button.classList.contains("atelier-opened"));
  panel.querySelectorAll(".noUi-handle").forEach(name);
  for (const bar of panel.querySelectorAll(".widget-hprogress:not([aria-hidden])"))
    bar.setAttribute("aria-hidden", "true"); // the line beside it says it in words
  for (const group of panel.querySelectorAll(".widget-toggle-buttons:not([role])")) {
    const label = group.querySelector(".widget-label");
    group.setAttribute("role", "group");
    if (label) group.setAttribute("aria-labelledby", (label.id ||= newId()));
  }
  for (const line of panel.querySelectorAll(".atelier-status > .widget-html-content:not([role])"))
    line.setAttribute("role", "status"); // it stays: what is in it changes, and is said
}

const CONTROLS = ":is(button, input, select, textarea, summary, a[href], [tabindex='0']):not([tabindex='-1'])";
const SETTLED = 200; // milliseconds: several buttons change together
const usable = (one) => one.isConnected && !one.disabled && one.getClientRects().length > 0;

function handOver(panel, lost) {
  const all = [...panel.querySelectorAll(CONTROLS)].filter(usable);
  const after = (one) => !lost.isConnected || lost.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
  (all.find(after) ?? all.at(-1))?.focus({ preventScroll: true });
}

function render({ el }) {
  let panel = null;
  let held = null; // what has the keyboard, in this panel
  let settling = 0;
  const isLost = () => held && !usable(held) && [document.body, held].includes(document.activeElement);
  const settle = () => {
    settling = 0;
    if (isLost()) handOver(panel, held);
  };
  const hold = ({ target }) => (held = panel?.contains(target) ? target : null);
  const letGo = () => (held = null);
  document.addEventListener("focusin", hold);
  document.addEventListener("pointerdown", letGo, true);
  let asked = 0;
  const watcher = new MutationObserver(() => (asked ||= requestAnimationFrame(seen)));
  const seen = () => {
    asked = 0;
    mend(panel);
    if (isLost()) settling ||= setTimeout(settle, SETTLED);
  };
  let wait = requestAnimationFrame(function begin() {
    panel = el.closest(".atelier");
    if (!panel) return void (wait = requestAnimationFrame(begin)); // it is not on the page yet
    mend(panel);
    watcher.observe(panel, { subtree: true, childList: true, attributes: true, attributeFilter: ["class", "disabled", "style"] });
  });
  return () => {
    cancelAnimationFrame(wait);
    clearTimeout(settling);
    watcher.disconnect();
    document.removeEventListener("focusin", hold);
    document.removeEventListener("pointerdown", letGo, true);
  };
}

export default { render };
