"use strict";
// La page d’accueil avec JavaScript : le texte s’écrit sous les yeux, token après token. Sans lui, le formulaire suffit.

(() => {
  const form = Dom.byId("ask");
  const story = Dom.byId("story");
  const keep = Dom.byId("keep");
  const NUMBERS = ["max_new_tokens", "temperature", "top_p", "seed"];
  const LOST = "La connexion au serveur s’est coupée : ce qui est écrit est là. Recommencez dans un instant.";
  let leaving = null; // de quoi arrêter le texte qui s’écrit

  const say = (text) => {
    Dom.byId("state").textContent = Words.typeset(text);
  };
  /** Montre ce qui ne va pas, les champs appelés comme sur la page : l’API leur donne d’autres noms. */
  const complain = (text) => {
    let said = Words.typeset(text);
    for (const label of form.querySelectorAll("label[for]"))
      said = said.replaceAll(`«\u00a0${label.htmlFor}\u00a0»`, `«\u00a0${label.textContent}\u00a0»`);
    Dom.byId("trouble").textContent = said;
  };

  /** Ce que l’API attend : des nombres où il en faut ; ce qui n’en est pas part tel quel, et l’API dit quoi mettre. */
  const asked = () => {
    const said = {};
    for (const [name, typed] of new FormData(form)) {
      const value = name === "prompt" ? typed : typed.trim();
      if (name === "csrf_token" || value === "") continue;
      const number = NUMBERS.includes(name) ? Words.number(value) : NaN;
      said[name] = Number.isNaN(number) ? value : number;
    }
    return said;
  };

  /** Lit les évènements d’une réponse, l’un après l’autre. */
  async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let waiting = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (waiting + value).split("\n\n");
      waiting = parts.pop();
      for (const part of parts) {
        const said = Object.fromEntries(part.split("\n").map((line) => line.split(/: (.*)/s, 2)));
        if (said.event) yield [said.event, JSON.parse(said.data)];
      }
    }
  }

  /** Prépare de quoi garder l’histoire telle qu’elle s’est écrite. */
  const fillKeep = (said, text, done) => {
    const values = { ...said, text, language: done.language, model: done.model, seed: done.seed };
    for (const input of keep.querySelectorAll("input:not([name=csrf_token])")) input.value = values[input.name] ?? "";
    Dom.show(keep, true);
  };

  /** Montre le texte, composé comme un imprimeur si c’est du français. */
  const show = (prompt, text, language) => {
    const pieces = [prompt.replace(/[ \u00a0]+$/, ""), text];
    const [given, written] = language === "fr" ? Words.typesetPieces(pieces) : pieces;
    Dom.fill(story, Dom.make("span", { class: "given" }, given), written);
  };

  const write = async () => {
    const said = asked();
    const language = form.elements.language.value || "fr";
    let text = "";
    leaving = new AbortController();
    working(true);
    try {
      const response = await fetch(form.dataset.stream, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "text/event-stream", "X-CSRFToken": form.elements.csrf_token.value },
        body: JSON.stringify(said),
        signal: leaving.signal,
      });
      if (!response.ok) return complain((await response.json()).error.message);
      story.lang = language;
      show(said.prompt, "", language);
      Dom.show(keep, false);
      Dom.show(Dom.byId("written"), true);
      for await (const [name, data] of events(response)) {
        if (name === "queue") say(`Le modèle écrit pour d’autres : ${data.ahead} avant vous…`);
        if (name === "token") {
          if (!text) say("Il écrit…");
          text += data.text;
          show(said.prompt, text, language);
        }
        if (name === "error") return complain(data.error.message);
        if (name === "done") {
          story.lang = data.language;
          show(said.prompt, text, data.language);
          if (!text.trim()) return complain("Le modèle n’a rien ajouté : changez le début, ou la graine.");
          fillKeep(said, text, data);
          return say(`L’histoire est écrite (graine ${data.seed}).`);
        }
      }
      complain(LOST);
    } catch (error) {
      if (error.name === "AbortError") say("Arrêté. « Une autre suite » recommence.");
      else complain(LOST);
    } finally {
      working(false);
    }
  };

  /** Montre qu’un texte s’écrit, ou qu’il ne s’écrit plus. */
  const working = (on) => {
    story.setAttribute("aria-busy", String(on));
    Dom.byId("write").disabled = on;
    Dom.show(Dom.byId("stop"), on);
    if (on) {
      say("Le modèle lit le début…");
      complain("");
      return;
    }
    leaving = null;
    Dom.byId("write").textContent = "Une autre suite";
    if (Dom.byId("trouble").textContent) say("");
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!leaving) write();
  });
  Dom.byId("stop").addEventListener("click", () => leaving?.abort());
  form.addEventListener("change", (event) => {
    if (event.target.name === "language") Dom.byId("prompt").lang = event.target.value;
  });
})();
