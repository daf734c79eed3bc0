// A setting that slides or is typed, in French figures: « 1,3 » and « 1.3 » are the same number.

const newId = () => `atelier-slider-${Math.random().toString(36).slice(2)}`; // each widget has a copy of this script: no counter

const figures = (value) => String(Math.round(value * 1000) / 1000).replace(".", ",").replace("-", "−");
const typed = (text) => {
  const plain = text.replace(/[\s\u00a0\u202f]/g, "").replace("−", "-").replace(",", ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN; // no « 1e2 », no « 0x10 »
};

function element(tag, attributes) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function render({ model, el }) {
  const id = newId();
  const label = element("label", { for: id });
  const free = { "data-lm-suppress-shortcuts": "true" }; // JupyterLab would take the arrow keys for its cells
  const slide = element("input", { type: "range", id, ...free });
  const figure = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", ...free });
  const trouble = element("div", { class: "atelier-trouble", role: "alert" });
  el.append(label, figure, slide, trouble);

  const shown = (value) => model.get("names")[value] ?? figures(value);

  function write() {
    const [value, low, high, name] = ["value", "min", "max", "description"].map((trait) => model.get(trait));
    label.textContent = name;
    figure.setAttribute("aria-label", `${name}, en chiffres`);
    Object.assign(slide, { min: low, max: high, step: model.get("step"), value, disabled: model.get("disabled") });
    slide.setAttribute("aria-valuetext", shown(value));
    figure.disabled = model.get("disabled");
    if (model.get("names").length) {
      // a word, which the slider says already
      Object.assign(figure, { readOnly: true, tabIndex: -1, ariaHidden: "true" });
    }
    if (document.activeElement !== figure || !figure.dataset.typing) figure.value = shown(value);
  }

  function complain(wrong) {
    const [low, high] = [model.get("min"), model.get("max")];
    trouble.textContent = wrong ? `Écrivez un nombre de ${figures(low)} à ${figures(high)}.` : "";
    figure.setAttribute("aria-invalid", String(wrong));
  }

  function set(value) {
    complain(false);
    model.set("value", value);
    model.save_changes();
    write();
  }

  slide.addEventListener("input", () => set(Number(slide.value)));
  figure.addEventListener("input", () => (figure.dataset.typing = "1"));
  function read() {
    if (!figure.dataset.typing) return;
    delete figure.dataset.typing;
    const [value, low, high] = [typed(figure.value), model.get("min"), model.get("max")];
    const wrong = !(value >= low && value <= high);
    complain(wrong);
    if (wrong) write();
    else set(Number.isInteger(model.get("step")) ? Math.round(value) : value);
  }

  figure.addEventListener("change", read);
  figure.addEventListener("keydown", (event) => event.key === "Enter" && read()); // JupyterLab keeps Enter from making a change
  model.on("change:value", () => complain(false)); // moved by something else
  model.on("change", write);
  write();
}

export default { render };
