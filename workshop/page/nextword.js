"use strict";
// Le jeu du mot suivant : vous contre le modèle, un point à qui trouve le mot du texte.

const NextWord = (() => {
  const ROUND = 6;
  const WIDTH = 12;
  const LONGEST = 3;
  const FOLLOWING = 300;
  const { clozes, veillees } = Dom.dictionary("sentences");
  let root;
  let questions = [];
  let number = 0;
  let points = [0, 0];
  let played = false;
  let first = true;

  const plain = (word) =>
    word
      .toLowerCase()
      .replace(/’/g, "'")
      .replace(/œ/g, "oe")
      .replace(/æ/g, "ae")
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .replace(/^[\s.,;:!?…'«»—]+|[\s.,;:!?…'«»—]+$/gu, "");
  const same = (one, other) => plain(one) !== "" && plain(one) === plain(other);

  /** Coupe une phrase avant un de ses mots : long, seul, dans sa seconde moitié. */
  const cut = (sentence) => {
    const words = [...sentence.matchAll(/(?<= )\p{Ll}{4,}(?=[ ,;.!?…])/gu)].filter(({ index }) => index > sentence.length / 2);
    const word = Words.shuffled(words)[0];
    return word && { beginning: sentence.slice(0, word.index).trim(), word: word[0], takes: "" };
  };

  const draw = () => {
    if (first) return clozes.slice(0, ROUND);
    return Words.shuffled(veillees).map(cut).filter(Boolean).slice(0, ROUND);
  };

  /**
   * Les dix mots entiers que le modèle attend. Un mot fait souvent plusieurs tokens : sa probabilité est le produit des leurs,
   * et de celle que le mot finisse là. (Comme workshop/generation/words.py, avec moins de débuts.)
   */
  const guess = async (beginning) => {
    const model = Network.models[0].name;
    const chances = new Map();
    const ids = (await Network.encode(model, beginning)).map((token) => token.id);
    const begins = (text) => /^ \p{L}/u.test(text);
    const goesOn = (text) => text === "" || /^[\p{L}'’-]/u.test(text);
    const opening = (await Network.rivals(model, ids, FOLLOWING)).filter((rival) => begins(rival.text));
    const all = opening.reduce((sum, rival) => sum + rival.probability, 0);
    let best = opening.slice(0, WIDTH).map(({ id, text, probability }) => ({ ids: [id], text, chance: probability / all }));
    for (let length = 1; best.length && length <= LONGEST; length++) {
      const longer = [];
      for (const one of best) {
        const more = (await Network.rivals(model, [...ids, ...one.ids], FOLLOWING)).filter((rival) => goesOn(rival.text));
        const going = more.reduce((sum, rival) => sum + rival.probability, 0);
        const word = one.text.trim();
        chances.set(word, (chances.get(word) ?? 0) + one.chance * (1 - going));
        for (const { id, text, probability } of more.slice(0, 4)) {
          longer.push({ ids: [...one.ids, id], text: one.text + text, chance: one.chance * probability });
        }
      }
      best = longer
        .filter((one) => one.chance > 0.004)
        .sort((a, b) => b.chance - a.chance)
        .slice(0, WIDTH / 2);
    }
    return [...chances]
      .map(([word, chance]) => ({ word, chance }))
      .sort((a, b) => b.chance - a.chance)
      .slice(0, 10);
  };

  const score = () => Dom.make("p", { class: "score" }, Words.say("nextword.score", { you: points[0], model: points[1] }));

  const ask = () => {
    played = false;
    const { beginning } = questions[number];
    const word = Dom.make("input", {
      id: "word",
      type: "text",
      autocomplete: "off",
      autocapitalize: "none",
      spellcheck: "false",
      maxlength: 40,
    });
    const play = Dom.make("button", { class: "primary", type: "submit" }, Words.say("nextword.play"));
    const form = Dom.make(
      "form",
      {
        class: "answer",
        onsubmit: (event) => {
          event.preventDefault();
          answer(word, play);
        },
      },
      Dom.make("label", { for: "word" }, Words.say("nextword.word")),
      word,
      play,
    );
    root.replaceChildren(
      Dom.make("p", { class: "told" }, Words.say("game.place", { n: number + 1, all: questions.length })),
      Dom.make(
        "p",
        { class: "prose", lang: "fr" },
        `${Words.typeset(beginning)} `,
        Dom.make("span", { class: "blank", "aria-hidden": "true" }),
        Dom.make("span", { class: "hush" }, Words.say("nextword.blank")),
      ),
      form,
      score(),
      Dom.make("div", { id: "nextword-result", "aria-live": "polite" }),
    );
    if (!first || number) word.focus();
  };

  const answer = async (word, play) => {
    if (played) return;
    played = true;
    word.disabled = play.disabled = true;
    const result = Dom.byId("nextword-result");
    const cloze = questions[number];
    const yours = word.value.trim();
    result.textContent = Words.say("nextword.thinking");
    try {
      const guesses = await guess(cloze.beginning);
      const found = [same(yours, cloze.word), guesses.length > 0 && same(guesses[0].word, cloze.word)];
      points = points.map((have, i) => have + Number(found[i]));
      show(result, cloze, yours, guesses, found);
    } catch (error) {
      played = word.disabled = play.disabled = false;
      result.textContent = Network.complaint(error);
    }
  };

  const show = (result, cloze, yours, guesses, found) => {
    const rank = guesses.findIndex((one) => same(one.word, cloze.word)) + 1;
    const you = found[0] ? Words.say("nextword.found") : yours ? Words.say("nextword.missed", { word: yours }) : "";
    const model =
      rank === 1
        ? Words.say("nextword.model-found")
        : rank
          ? Words.say("nextword.model-rank", { rank })
          : Words.say("nextword.model-lost");
    const most = guesses[0]?.chance ?? 1;
    const bars = guesses.map(({ word, chance }) => {
      const marks = [
        same(word, cloze.word) && Words.say("nextword.right"),
        same(word, yours) && Words.say("nextword.yours"),
      ].filter(Boolean);
      return Dom.make(
        "li",
        { class: same(word, cloze.word) ? "mine" : "" },
        Dom.make(
          "div",
          { class: "row" },
          Look.bar(chance, most, "blue"),
          Dom.make("span", { class: "word" }, Words.typeset(word), ...marks.map((mark) => Dom.make("em", {}, ` ${mark}`))),
          Dom.make("span", { class: "share" }, Words.percent(chance)),
        ),
      );
    });
    const over = number + 1 === questions.length;
    const next = Dom.make(
      "button",
      { class: "primary", type: "button", onclick: goOn },
      Words.say(over ? "nextword.replay" : "game.next"),
    );
    Dom.fill(
      result,
      Dom.make("p", {}, Dom.make("strong", {}, Words.say("nextword.was", { word: cloze.word })), ` ${you} ${model}`),
      Dom.make("ol", { class: "bars", "aria-label": Words.say("nextword.bars") }, ...bars),
      cloze.takes && Dom.make("p", { class: "told" }, Words.typeset(cloze.takes)),
      over && Dom.make("p", { class: "verdict" }, verdict()),
      next,
    );
    root.querySelector(".score").replaceWith(score());
    next.focus({ preventScroll: true });
  };

  const verdict = () =>
    Words.say(points[0] > points[1] ? "nextword.win" : points[0] < points[1] ? "nextword.lose" : "nextword.draw");

  const goOn = () => {
    if (++number < questions.length) return ask();
    first = false;
    start();
  };

  const start = () => {
    questions = draw();
    number = 0;
    points = [0, 0];
    ask();
  };

  return {
    open: (element) => {
      root ??= element;
      if (!questions.length) start();
    },
  };
})();
