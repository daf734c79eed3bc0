"use strict";
// Trois outils pour la page. Tout texte y entre par textContent : « <b> » dans un début reste « <b> » à l’écran.

const Dom = (() => {
  const byId = (id) => document.getElementById(id);

  /** Fabrique un élément : make("button", { class: "quiet", onclick: … }, "Garder"). */
  const make = (tag, properties = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter(Boolean));
    return made;
  };

  /** Remplace ce que contient un élément ; ce qui est vide ou faux n’y entre pas. */
  const fill = (element, ...children) => element.replaceChildren(...children.filter(Boolean));

  const show = (element, shown) => {
    element.hidden = !shown;
  };

  /** Rend une zone de texte aussi haute que ce qu’on y a écrit. */
  const fit = (area) => {
    area.style.height = "auto";
    if (area.scrollHeight) area.style.height = `${area.scrollHeight}px`;
  };

  /** Dit une phrase à qui n’a que le lecteur d’écran. */
  const announce = (text) => {
    byId("announcer").textContent = text;
  };

  /** Montre une phrase au bas de la page, avec un bouton si l’on peut y faire quelque chose ; une phrase vide l’efface. */
  const notice = (text, label = "", act = null) => {
    const button = byId("notice-act");
    byId("notice-text").textContent = text;
    show(byId("notice"), Boolean(text));
    show(button, Boolean(label));
    button.textContent = label;
    button.onclick = () => {
      notice("");
      act();
    };
  };

  /** Qui a demandé à son système que rien ne bouge. */
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const dictionary = (id) => JSON.parse(byId(id).textContent);

  return { byId, make, fill, show, fit, announce, notice, calm, dictionary };
})();
