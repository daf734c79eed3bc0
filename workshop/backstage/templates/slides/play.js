// Lay every slide out at 1280 by 720, as large as it can be read whole, then hand over to reveal.js.
(() => {
  const SIZES = [1.22, 1.12, 1.04, 0.97, 0.9, 0.84, 0.78, 0.72];
  const PICTURES = [530, 470, 420, 370, 320]; // the tallest a picture may be, before everything else is made smaller
  const SEEN = 390; // the height, on the screen, below which the words around a picture should rather shrink
  const LETTER = 12; // pixels on the screen: the smallest letters of a picture, where that can be had
  const FIGURE = (13 * 110) / 72; // the smallest letters of a figure, in its own pixels: 13 points, 110 pixels an inch (plots/style.py)
  const show = document.getElementById("show");
  const leaves = [...show.querySelectorAll("section")].filter((one) => !one.querySelector("section"));

  const wrap = (section, title) => {
    const matter = document.createElement("div"), notes = section.querySelectorAll("aside.notes");
    matter.className = "matter";
    matter.append(...section.childNodes);
    const sheet = document.createElement("div");
    sheet.className = "sheet";
    sheet.append(matter);
    const above = document.createElement("div");
    above.className = "above";
    above.innerHTML = "<span></span><span></span>";
    above.children[0].textContent = document.body.dataset.heading;
    above.children[1].textContent = title;
    section.append(above, sheet, ...notes); // reveal.js would keep the notes of a fragment until it is shown
  };

  // Code is read from the last row: 18 pixels on the screen, whatever the size of the words around it; a line too long for that is
  // broken, and only a function that fills more than a page is set smaller.  What a cell prints may be smaller, since tables of text lose their shape when they wrap; a paragraph on
  // one line has none to lose.
  const WIDTH = 1168, CODE = 18, OUTPUT = 17, ASPECT = 0.602, SMALLEST_OUTPUT = 14, PARAGRAPH = 136;
  const setCode = (matter, size, code) => {
    let whole = true;
    for (const pre of matter.querySelectorAll("pre")) {
      const longest = Math.max(...pre.textContent.split("\n").map((line) => line.length));
      const fitting = (WIDTH / size - 44) / (longest * ASPECT), printed = pre.closest(".jp-OutputArea"), wraps = longest > PARAGRAPH;
      const least = printed ? SMALLEST_OUTPUT : code / size, most = Math.max(least, OUTPUT);
      pre.style.fontSize = (printed && wraps ? OUTPUT : Math.min(most, Math.max(least, fitting))) + "px";
      whole &&= wraps || fitting >= least;
    }
    return whole;
  };

  const overflows = (matter) => {
    const sheet = matter.parentElement, room = sheet.getBoundingClientRect();
    return matter.getBoundingClientRect().height > room.height + 1 || sheet.scrollWidth > sheet.clientWidth + 1;
  };

  // Blank lines take half a line.
  const closeGaps = (pre) => {
    const walker = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) if (/\n[ \t]*\n/.test(walker.currentNode.data)) found.push(walker.currentNode);
    for (const text of found) {
      const pieces = text.data.split(/\n(?:[ \t]*\n)+/).flatMap((piece, i) => {
        const gap = document.createElement("span");
        gap.className = "gap";
        gap.textContent = "\n"; // a line is still a line, for who copies the code
        return i ? [gap, piece] : [piece];
      });
      text.replaceWith(...pieces);
    }
  };

  // The output takes the place of the code, where there is one of each and no room for both.
  const swap = (matter) => {
    const cells = matter.querySelectorAll(".jp-CodeCell"), output = cells[0]?.querySelector(":scope > .fragment");
    const code = cells[0]?.querySelector(".jp-Cell-inputWrapper");
    if (cells.length !== 1 || !output || !code || cells[0].querySelector(".exercise")) return false;
    cells[0].classList.add("swap");
    code.classList.add("fragment", "fade-out");
    return true;
  };

  // The height of the smallest letters of a picture, in its own pixels: a drawing says it, a figure has the style of all figures.
  const letters = (picture) => {
    const [kind, data] = picture.src.split(",");
    if (!kind.startsWith("data:image/svg")) return FIGURE;
    return Math.min(...[...atob(data).matchAll(/font-size="([\d.]+)/g)].map((found) => Number(found[1])));
  };

  const fit = (section) => {
    const matter = section.querySelector(".matter");
    matter.querySelectorAll("pre").forEach(closeGaps);
    const pictures = [...matter.querySelectorAll(".jp-OutputArea img")];
    const legible = (one) => letters(one) * one.getBoundingClientRect().width >= LETTER * one.naturalWidth;
    const fits = (sizes, { seen = true, unbroken = false, code = CODE } = {}) =>
      sizes.some((size) =>
        (pictures.length ? PICTURES : PICTURES.slice(0, 1)).some((tallest) => {
          matter.style.setProperty("--size", size);
          const whole = setCode(matter, size, code);
          matter.style.setProperty("--picture", tallest + "px");
          Object.assign(section.dataset, { size, picture: tallest });
          const read = !pictures.length || !seen || (size * tallest >= SEEN && pictures.every(legible));
          return (!unbroken || whole) && read && !overflows(matter);
        }));
    const large = SIZES.filter((size) => size > 0.8);
    if (fits(large, { unbroken: true }) || fits(large) || (swap(matter) && fits(SIZES))) return;
    if (fits(large, { seen: false }) || fits(SIZES, { seen: false })) return;
    if ([16, 14, 12].some((code) => fits(SIZES, { seen: false, code }))) return;
    section.dataset.size = "overflow"; // the tests look for this word
    matter.parentElement.style.overflowY = "auto"; // all can still be read
  };

  // What comes after something that fades out takes its place, at the same key.
  const number = (section) => {
    let index = -1, replaced = false;
    for (const fragment of section.querySelectorAll(".fragment")) {
      fragment.dataset.fragmentIndex = replaced ? index : ++index;
      replaced = fragment.classList.contains("fade-out");
    }
  };

  let heading = "";
  for (const section of leaves) {
    const own = section.querySelector("h2")?.textContent.replace("¶", "");
    if (section.querySelector("h1")) section.classList.add("opening");
    wrap(section, own ? "" : heading);
    heading = own ?? heading;
  }
  const keys = document.createElement("div");
  keys.className = "keys";
  keys.textContent = document.body.dataset.keys;
  leaves[0].append(keys);

  const start = async () => {
    await document.fonts.ready;
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
    leaves.forEach(fit);
    leaves.forEach(number);
    show.classList.add("reveal");
    for (const section of leaves) {
      section.querySelectorAll("details").forEach((one) => (one.name = "answer")); // opening one closes the others
      section.addEventListener("toggle", () => fit(section), true);
    }
    await Reveal.initialize({
      width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
      navigationMode: "linear", controls: true, pdfSeparateFragments: false, pdfMaxPagesPerSlide: 1, plugins: [RevealNotes],
    });
    // N: the notes under the slide, for who has one screen only, or a browser that blocks the window that S opens.
    const notes = document.createElement("div");
    notes.className = "notes-below";
    notes.hidden = true;
    document.body.append(notes);
    const tell = () => (notes.innerHTML = Reveal.getSlideNotes() || "<p>Pas de note pour cette diapositive.</p>");
    Reveal.on("slidechanged", tell);
    Reveal.addKeyBinding({ keyCode: 78, key: "N", description: "Notes sous la diapositive" }, () => {
      notes.hidden = !notes.hidden;
      tell();
    });
  };
  start();
})();
