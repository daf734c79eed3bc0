// The rivals of a token: a sentence, then a button for each bar.  Python draws the bars (bars.py) and says what a press does.

function newButton(model, number) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "atelier-rival";
  button.addEventListener("click", () => model.send({ press: number, place: model.get("place") }));
  return button;
}

function render({ model, el }) {
  const title = document.createElement("div");
  const bars = document.createElement("div");
  el.append(title, bars);

  function write() {
    const rows = model.get("rows");
    bars.dataset.place = model.get("place");
    title.innerHTML = model.get("title");
    while (bars.childElementCount > rows.length) bars.lastElementChild.remove();
    rows.forEach((row, number) => {
      // a button that is there stays, and the keyboard on it
      const button = bars.children[number] ?? bars.appendChild(newButton(model, number));
      button.innerHTML = row.picture;
      button.setAttribute("aria-label", row.description);
      button.title = row.tooltip;
      button.disabled = row.disabled;
    });
  }

  model.on("change", write);
  write();
}

export default { render };
