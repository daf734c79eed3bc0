// What ipywidgets' own controls do not say: which button is chosen, the name of a slider, that a line has changed, what is open.

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

function render({ el }) {
  let panel = null;
  let asked = 0;
  const watcher = new MutationObserver(() => (asked ||= requestAnimationFrame(() => ((asked = 0), mend(panel)))));
  let wait = requestAnimationFrame(function begin() {
    panel = el.closest(".atelier");
    if (!panel) return void (wait = requestAnimationFrame(begin)); // it is not on the page yet
    mend(panel);
    watcher.observe(panel, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
  });
  return () => (cancelAnimationFrame(wait), watcher.disconnect());
}

export default { render };
