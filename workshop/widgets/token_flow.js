// A text, token by token: each has its tint, its figure under the mouse, and can be chosen, with a click or with the arrow keys.

const MOVES = {
  ArrowRight: (chosen, last) => Math.min(chosen + 1, last),
  ArrowLeft: (chosen) => Math.max(chosen - 1, -1),
  Home: () => 0,
  End: (chosen, last) => last,
};

function element(tag, attributes) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function render({ model, el }) {
  const text = element("div", {
    class: "atelier-text",
    lang: "fr",
    tabindex: "0",
    role: "group",
    "aria-label": "Le texte\u00a0: les flèches gauche et droite choisissent un token",
    "data-lm-suppress-shortcuts": "true", // JupyterLab would take the arrow keys for its cells
  });
  const said = element("div", { class: "atelier-unseen", role: "status" });
  el.append(text, said);

  function write() {
    const [texts, levels, figures] = ["texts", "levels", "figures"].map((name) => model.get(name));
    while (text.childElementCount > texts.length) text.lastElementChild.remove();
    texts.forEach((piece, i) => {
      const span = text.children[i] ?? text.appendChild(document.createElement("span"));
      if (span.textContent !== piece) span.textContent = piece;
      if (i === 0) return; // the prompt
      const look = `atelier-t${levels[i - 1]}${piece.includes("\n") ? " atelier-line" : ""}`;
      if (span.className !== look) span.className = look;
      if (figures.length) span.dataset.figure = figures[i - 1];
      else delete span.dataset.figure;
    });
    text.querySelector("[aria-current]")?.removeAttribute("aria-current");
    text.querySelector(".atelier-forked")?.classList.remove("atelier-forked");
    if (model.get("fork") >= 0) text.children[model.get("fork") + 1]?.classList.add("atelier-forked");
    const chosen = model.get("chosen");
    if (chosen >= 0) text.children[chosen + 1]?.setAttribute("aria-current", "true");
    said.textContent = model.get("said");
  }

  function choose(number) {
    model.set("chosen", number);
    model.save_changes();
  }

  text.addEventListener("click", (event) => {
    const number = [...text.children].indexOf(event.target.closest(".atelier-text > span"));
    if (number >= 0) choose(number - 1);
  });
  text.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(move(model.get("chosen"), text.childElementCount - 2));
  });
  model.on("msg:custom", () => {
    text.scrollIntoView({ block: "center" });
    text.focus({ preventScroll: true });
  });
  model.on("change", write);
  write();
}

export default { render };
