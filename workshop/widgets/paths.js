// The ways that a story has taken: a button each, the one on the page pressed.

function render({ model, el }) {
  const title = document.createElement("div");
  title.textContent = "Les chemins de l’histoire\u00a0: aucun n’est perdu, on peut revenir à chacun.";
  const list = document.createElement("div");
  list.className = "atelier-ways";
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", "Les chemins de l’histoire");
  el.append(title, list);

  function write() {
    const names = model.get("names");
    while (list.childElementCount > names.length) list.lastElementChild.remove();
    names.forEach((name, number) => {
      let button = list.children[number];
      if (!button) {
        button = list.appendChild(document.createElement("button"));
        button.type = "button";
        button.addEventListener("click", () => model.send({ press: number }));
      }
      const said = `${number + 1}. ${name}`;
      if (button.textContent !== said) button.textContent = said;
      button.setAttribute("aria-pressed", String(number === model.get("current")));
    });
  }

  model.on("change", write);
  write();
}

export default { render };
