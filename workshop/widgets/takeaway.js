// Copy a text, take its picture, print it.  Python is asked for the one or the other when it is wanted.

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (refused) { // an address without https, a browser that keeps its clipboard: the old way
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function download(address, name) {
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
}

async function png(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * image.naturalWidth, 2 * image.naturalHeight];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

function render({ model, el }) {
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const actions = [
    ["Copier le texte", () => model.send({ want: "text" })],
    ["Image (PNG)", () => model.send({ want: "picture" })],
    ["Imprimer", () => window.print()],
  ];
  for (const [name, act] of actions) {
    const button = el.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", act);
  }
  el.append(said);
  model.on("msg:custom", async ({ kind, content }) => {
    if (kind === "text") said.textContent = (await copied(content)) ? "Copié." : "Le navigateur n’a pas voulu copier.";
    else {
      const image = await png(content).catch(() => null); // too tall for this browser, for instance
      if (image) download(image, "histoire.png");
      said.textContent = image ? "L’image est dans vos téléchargements." : "Le navigateur n’a pas pu faire cette image.";
    }
  });
}

export default { render };
