"use strict";
// Les histoires gardées dans ce navigateur : elles n’en sortent que si on les exporte.

const Shelf = (() => {
  const KEY = "atelier.histoires";
  const { byId, make } = Dom;
  let memory = [];
  let refused = false;
  let onCount = () => {};

  const texts = ["title", "beginning", "text", "model", "keptAt"];
  const sound = (story) =>
    story &&
    typeof story === "object" &&
    texts.every((name) => typeof story[name] === "string") &&
    (!story.start || typeof story.start.prompt === "string") &&
    !Number.isNaN(Date.parse(story.keptAt)) &&
    story.settings &&
    Settings.sound(story.settings);

  /** Ce qui est gardé ; ce qui n’est pas lisible est mis de côté, pas perdu. */
  const read = () => {
    if (refused) return memory; // plein, ou défendu : ce qui est gardé ne l’est qu’ici
    try {
      const text = localStorage.getItem(KEY);
      if (text === null) return [];
      let list = null;
      try {
        list = JSON.parse(text);
      } catch (damaged) {
        /* list reste null */
      }
      if (!Array.isArray(list) || !list.every(sound)) {
        localStorage.setItem(`${KEY}.abîmées`, text);
        const kept = Array.isArray(list) ? list.filter(sound) : [];
        localStorage.setItem(KEY, JSON.stringify(kept));
        Dom.notice(Words.say("shelf.damaged"));
        return kept;
      }
      return list;
    } catch (unavailable) {
      refused = true;
      return memory;
    }
  };

  /** Écrit la liste ; faux si le navigateur n’a pas voulu (elle vit alors jusqu’à la fermeture de la page). */
  const write = (list) => {
    memory = list;
    try {
      localStorage.setItem(KEY, JSON.stringify(list));
      refused = false;
    } catch (unavailable) {
      refused = true;
    }
    draw();
    return !refused;
  };

  const keep = (story) => {
    const title = Words.firstWords(story.beginning + story.text);
    const kept = write([{ ...story, title, keptAt: new Date().toISOString() }, ...read()]);
    const said = Words.say(kept ? "shelf.kept" : "shelf.refused", { title });
    byId("state").textContent = said;
    Dom.announce(said);
  };

  const remove = (place) => {
    const list = read();
    const [gone] = list.splice(place, 1);
    write(list);
    Dom.notice(Words.say("shelf.gone", { title: gone.title }), Words.say("shelf.undo"), () => {
      const back = read();
      back.splice(Math.min(place, back.length), 0, gone);
      write(back);
      Dom.announce(Words.say("shelf.back", { title: gone.title }));
    });
    byId("notice-act").focus();
  };

  // Ce que Markdown prendrait pour un signe à lui reste du texte.
  const plain = (text) =>
    text
      .replace(/[\\`*_[\]<>|$~]/g, "\\$&")
      .replace(/^[#+\-=]/, "\\$&")
      .replace(/^(\d+)([.)])/, "$1\\$2");

  const when = (story) => new Date(story.keptAt).toLocaleString("fr-FR", { dateStyle: "short", timeStyle: "short" });

  const facts = (story) =>
    [
      Network.model(story.model)?.title ?? story.model,
      Settings.said(story.settings),
      Words.say("shelf.when", { when: when(story) }),
    ].join(" · ");

  const markdown = (stories) =>
    [
      `# ${Words.say("shelf.export-title")}\n`,
      ...stories.map((story) => {
        const lines = Words.typeset(story.beginning + story.text)
          .split("\n")
          .map((line) => line.trim())
          .filter(Boolean);
        return `## ${plain(Words.typeset(story.title))}\n\n*${plain(facts(story))}*\n\n${lines.map(plain).join("\n\n")}\n`;
      }),
    ].join("\n");

  const save = (stories) => {
    const address = URL.createObjectURL(new Blob([markdown(stories)], { type: "text/markdown;charset=utf-8" }));
    const day = new Date().toISOString().slice(0, 10);
    make("a", { href: address, download: `histoires-${day}.md` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    Dom.notice(Words.count("shelf.exported", stories.length));
  };

  const card = (onTake) => (story, place) =>
    make(
      "li",
      { class: "card" },
      make("h2", {}, Words.typeset(story.title)),
      make("p", { class: "told" }, facts(story)),
      make(
        "details",
        {},
        make("summary", {}, Words.say("shelf.read")),
        make(
          "p",
          { class: "prose small", lang: "fr" },
          make("strong", {}, Words.typeset(story.beginning)),
          Words.typeset(`\u2060${story.text}`).slice(1),
        ),
      ),
      make(
        "div",
        { class: "actions" },
        make("button", { type: "button", onclick: () => onTake(story) }, Words.say("shelf.take")),
        make("button", { class: "quiet", type: "button", onclick: () => save([story]) }, Words.say("shelf.export")),
        make("button", { class: "quiet", type: "button", onclick: () => remove(place) }, Words.say("shelf.delete")),
      ),
    );

  let take = () => {};
  const draw = () => {
    const stories = read();
    onCount(stories.length);
    byId("shelf-lead").textContent = Words.say(refused ? "shelf.unavailable" : stories.length ? "shelf.lead" : "shelf.empty");
    byId("shelf").hidden = !stories.length;
    byId("shelf").replaceChildren(
      make(
        "div",
        { class: "actions" },
        make("button", { id: "export-all", type: "button", onclick: () => save(read()) }, Words.say("shelf.export-all")),
      ),
      make("ul", { class: "cards" }, ...stories.map(card((story) => take(story)))),
    );
  };

  const build = (counted, taken) => {
    onCount = counted;
    take = taken;
    addEventListener("beforeunload", (event) => {
      if (refused && memory.length) event.preventDefault(); // elles partiraient avec la page
    });
    window.addEventListener("storage", ({ key }) => {
      if (key === KEY || key === null) draw();
    });
    draw();
  };

  return { build, keep, draw };
})();
