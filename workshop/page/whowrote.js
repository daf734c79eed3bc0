"use strict";
// « Qui a écrit cette phrase ? » : des phrases des Veillées, et d’autres que le modèle invente sur le moment.

const WhoWrote = (() => {
  const PAIRS = 5;
  const SHORTEST = 40;
  const LONGEST = 220;
  const ALIKE = 0.25;
  const TRIES = 14;
  const TOKENS = 90;
  const { veillees } = Dom.dictionary("sentences");
  let root;
  let quiz = [];
  let answers = [];
  let turn = 0;

  // Une phrase entière : commencée, finie, ses guillemets fermés, sans titre ni chiffre (comme workshop/stories/blind.py).
  const WHOLE = /^(?:—\s?|«\s?)*\p{Lu}.*[.!?…](?:\s?»)?$/su;
  const STRANGE = /[[\]{}<>|*_#=\\/\ufffd\d]|\p{Lu}{4}|(?:^|[^\p{L}])(?:M|MM|Mme|Mmes|Mlle|Mgr|St|Ste|etc)\.$/u;
  const times = (text, letter) => text.split(letter).length;
  const eligible = (text) =>
    text.length >= SHORTEST &&
    text.length <= LONGEST &&
    WHOLE.test(text) &&
    !STRANGE.test(text) &&
    times(text, "«") === times(text, "»") &&
    times(text, "(") === times(text, ")");

  const sentences = (text) =>
    text
      .replace(/\s+/g, " ")
      .split(/(?<=[.!?…](?:\s?»)?) (?=\p{Lu}|«|—)|(?<=[.!?…])(?=—)/u)
      .map((one) => one.trim());

  /** Fait écrire le modèle à partir d’une phrase des Veillées ; de sa suite, ni le début ni la fin, peut-être coupés. */
  const invent = async (opening) => {
    const settings = { ...Settings.ORDINARY, length: TOKENS, seed: Settings.draw() };
    let text = "";
    await Network.generate(
      { model: Network.models[0].name, prompt: opening, settings },
      {
        onToken: (token) => {
          text += token.text;
        },
      },
    );
    return sentences(text)
      .slice(1, -1)
      .filter(eligible)
      .filter((one) => !veillees.includes(one));
  };

  /** Cinq paires de longueurs voisines, pour que la longueur ne trahisse personne. */
  const prepare = async (told) => {
    const authors = Words.shuffled(veillees);
    const pairs = [];
    const seen = new Set();
    for (let i = 0; i < TRIES && pairs.length < PAIRS; i++) {
      for (const machine of (await invent(authors.pop())).slice(0, 2)) {
        const place = authors.findIndex((one) => Math.abs(one.length - machine.length) <= ALIKE * machine.length);
        if (place < 0 || seen.has(machine) || pairs.length === PAIRS) continue;
        seen.add(machine);
        pairs.push([
          { text: machine, machine: true },
          { text: authors.splice(place, 1)[0], machine: false },
        ]);
        told(pairs.length);
      }
    }
    return Words.shuffled(pairs.flat());
  };

  const start = async () => {
    const mine = ++turn;
    const waiting = Dom.make("p", { class: "told", role: "status" }, Words.say("whowrote.waiting"));
    root.replaceChildren(waiting);
    try {
      const made = await prepare((n) => {
        waiting.textContent = Words.count("whowrote.progress", n);
      });
      if (mine !== turn) return;
      if (made.length < 4) throw Object.assign(new Error("few"), { code: "few" });
      quiz = made;
      answers = [];
      ask();
    } catch (error) {
      root.replaceChildren(Dom.make("p", {}, Network.complaint(error)), begin("game.retry"));
    }
  };

  const begin = (key) => Dom.make("button", { class: "primary", type: "button", onclick: start }, Words.say(key));

  const right = () => answers.filter((said, i) => said === quiz[i].machine).length;

  const ask = () => {
    const question = quiz[answers.length];
    const choice = (machine) =>
      Dom.make(
        "button",
        { type: "button", onclick: () => answer(machine) },
        Words.say(machine ? "whowrote.machine" : "whowrote.author"),
      );
    const author = choice(false);
    root.replaceChildren(
      Dom.make("p", { class: "told" }, Words.say("game.place", { n: answers.length + 1, all: quiz.length })),
      Dom.make("blockquote", { class: "prose", lang: "fr" }, Words.typeset(question.text)),
      Dom.make("div", { class: "actions", role: "group", "aria-label": Words.say("whowrote.title") }, author, choice(true)),
      Dom.make("div", { id: "whowrote-result", "aria-live": "polite" }),
    );
    author.focus({ preventScroll: true });
  };

  const answer = (machine) => {
    const question = quiz[answers.length];
    answers.push(machine);
    for (const button of root.querySelectorAll(".actions button")) button.disabled = true;
    const sign = machine === question.machine ? "whowrote.right" : "whowrote.wrong";
    const who = question.machine ? "whowrote.was-machine" : "whowrote.was-author";
    const over = answers.length === quiz.length;
    const next = Dom.make(
      "button",
      { class: "primary", type: "button", onclick: over ? end : ask },
      Words.say(over ? "whowrote.score" : "game.next"),
    );
    Dom.byId("whowrote-result").replaceChildren(
      Dom.make(
        "p",
        {},
        Dom.make("strong", {}, Words.say(sign)),
        ` ${Words.say(who)} ${Words.count("whowrote.count", right(), { all: answers.length })}`,
      ),
      next,
    );
    next.focus({ preventScroll: true });
  };

  /** L’intervalle de Wilson à 95 % : ce que quelques réponses permettent de savoir du vrai taux. */
  const interval = (good, played, z = 1.96) => {
    const share = good / played;
    const spread = 1 + (z * z) / played;
    const middle = (share + (z * z) / (2 * played)) / spread;
    const half = (z / spread) * Math.sqrt((share * (1 - share)) / played + (z * z) / (4 * played * played));
    return [middle - half, middle + half];
  };

  const end = () => {
    const [low, high] = interval(right(), quiz.length);
    const known = low > 0.5 ? "whowrote.better" : high < 0.5 ? "whowrote.worse" : "whowrote.chance";
    const said = Words.say("whowrote.known", { all: quiz.length, low: Math.round(100 * low), high: Math.round(100 * high) });
    const line = (one, i) =>
      Dom.make(
        "li",
        {},
        `${answers[i] === one.machine ? "✓" : "✗"} ${Words.typeset(one.text)} — `,
        Dom.make("em", {}, Words.say(one.machine ? "whowrote.machine" : "whowrote.author")),
      );
    const title = Dom.make(
      "p",
      { class: "verdict", tabindex: "-1" },
      Words.say("whowrote.final", { right: right(), all: quiz.length }),
    );
    root.replaceChildren(
      title,
      Dom.make("p", {}, `${said} ${Words.say(known)}`),
      Dom.make(
        "details",
        {},
        Dom.make("summary", {}, Words.say("whowrote.review")),
        Dom.make("ol", { class: "review", lang: "fr" }, ...quiz.map(line)),
      ),
      begin("game.replay"),
    );
    title.focus({ preventScroll: true });
  };

  return {
    open: (element) => {
      if (root) return;
      root = element;
      root.replaceChildren(begin("whowrote.start"));
    },
  };
})();
