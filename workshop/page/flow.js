"use strict";
// Un texte fait de tokens : chacun est un <span> que l’on peut teinter et choisir.

/** La teinte d’une probabilité : du plus attendu au plus surprenant. */
const LEVELS = [
  { least: 0.5, name: "expected" },
  { least: 0.1, name: "likely" },
  { least: 0.01, name: "possible" },
  { least: 0, name: "surprising" },
];
const levelOf = (probability) => LEVELS.findIndex(({ least }) => probability >= least);

class Flow {
  /** element : où écrire ; onChoose(numéro) : quand on clique un token. */
  constructor(element, onChoose = null) {
    this.element = element;
    this.tokens = [];
    this.spans = [];
    this.chosen = -1;
    if (!onChoose) return;
    element.addEventListener("click", ({ target }) => {
      const span = target.closest(".token");
      if (span && !String(getSelection())) onChoose(this.spans.indexOf(span)); // sélectionner du texte n’est pas choisir
    });
  }

  /** Montre des tokens, dont les « given » premiers sont le début ; seuls les <span> qui changent sont touchés. */
  show(tokens, given) {
    const pieces = Words.typesetPieces(tokens.map((token) => token.text));
    while (this.spans.length > tokens.length) this.spans.pop().remove();
    tokens.forEach((token, i) => {
      if (i === this.spans.length) {
        this.spans.push(Dom.make("span", { class: "token" }));
        this.element.append(this.spans[i]);
      }
      const span = this.spans[i];
      if (span.textContent !== pieces[i]) span.textContent = pieces[i];
      span.classList.toggle("given", i < given);
      if (this.tokens[i] === token) return;
      span.title = token.probability === null ? "" : Words.percent(token.probability);
      span.dataset.level = token.probability === null ? "" : LEVELS[levelOf(token.probability)].name;
    });
    this.tokens = [...tokens];
  }

  get text() {
    return this.spans.map((span) => span.textContent).join("");
  }

  /** Souligne ou non chaque token selon sa probabilité. */
  tint(on) {
    this.element.classList.toggle("tinted", on);
  }

  choose(number) {
    this.spans[this.chosen]?.classList.remove("chosen");
    this.chosen = number;
    this.spans[number]?.classList.add("chosen");
  }

  /** Teinte les tokens selon l’attention qu’ils reçoivent (une part par token) ; null : plus de teinte. */
  lookAt(shares) {
    this.element.classList.toggle("looked", Boolean(shares));
    const most = shares ? Math.max(...shares, 1e-9) : 1;
    this.spans.forEach((span, i) =>
      span.style.setProperty("--share", shares?.[i] === undefined ? 0 : (shares[i] / most).toFixed(3)),
    );
  }
}

/** Ce que disent les teintes, dans la liste « list ». */
const drawLegend = (list) => {
  for (const { name } of LEVELS) {
    const sample = Dom.make("span", { class: "token", "data-level": name }, Words.say(`level.${name}`));
    list.append(Dom.make("li", {}, sample, ` ${Words.say(`level.${name}.range`)}`));
  }
};

/** Montre les tokens un par image, pour qu’on les voie venir, même si le réseau va plus vite que l’œil. */
class Pace {
  constructor(onToken) {
    this.onToken = onToken;
    this.queue = [];
    this.empty = Promise.resolve();
  }

  push(token) {
    this.queue.push(token);
    if (this.queue.length > 1) return;
    this.empty = new Promise((done) => {
      const turn = () => {
        if (this.queue.length) this.onToken(this.queue[0]);
        this.queue.shift();
        if (this.queue.length) this.next(turn);
        else done();
      };
      this.next(turn);
    });
  }

  // une page cachée ne se dessine pas : on n’attend pas l’image suivante
  next(turn) {
    document.hidden || Dom.calm.matches ? setTimeout(turn) : requestAnimationFrame(turn);
  }

  /** Oublie ce qui n’est pas encore à l’écran. */
  drop() {
    this.queue.length = Math.min(this.queue.length, 1);
  }
}
