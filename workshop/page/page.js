"use strict";
// Le départ : les vues, le thème, le début qui est déjà là, et le réseau qui se réveille.

const Page = (() => {
  const { byId, show } = Dom;
  const views = { write: null, nextword: NextWord, whowrote: WhoWrote, duo: Duo, shelf: null };

  const open = (view) => {
    for (const button of document.querySelectorAll("nav button")) {
      if (button.dataset.view === view) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
      show(byId(`view-${button.dataset.view}`), button.dataset.view === view);
    }
    views[view]?.open(byId(view));
    if (view === "shelf") Shelf.draw();
  };

  /** Un début qui n’est pas celui qui est là. */
  const another = () => {
    const all = [Words.texts["beginning.first"], ...Words.texts.beginnings];
    const here = all.indexOf(byId("beginning").value);
    byId("beginning").value = all[(here + 1) % all.length];
    fit();
  };

  const fit = () => {
    const area = byId("beginning");
    Dom.fit(area);
    const most = area.maxLength;
    if (Story.state === "fresh" && area.value.length >= most) Story.say(Words.say("beginning.full", { n: Words.french(most) }));
  };

  /** Suit un lien reçu : ses réglages, son début, et le texte s’écrit. */
  const follow = async () => {
    const carried = Link.read(location.hash);
    if (!carried) return;
    if (carried.trouble) return Dom.notice(carried.trouble);
    await Story.stop();
    open("write");
    Settings.put(carried.settings);
    byId("beginning").value = carried.prompt;
    if (carried.missing !== undefined) {
      Story.edit();
      return Dom.notice(Words.say("link.no-model", { name: carried.missing }));
    }
    Story.useModel(carried.model);
    Story.begin(carried);
  };

  /** Qui écrit ? Là où la page porte plusieurs modèles. */
  const chooseModel = () => {
    if (Network.models.length < 2) return;
    const list = Dom.make(
      "select",
      {
        id: "model",
        onchange: () => {
          Story.useModel(list.value);
          Story.settingsMoved();
        },
      },
      ...Network.models.map(({ name, title }) => Dom.make("option", { value: name }, title)),
    );
    byId("settings-body").prepend(
      Dom.make("div", { class: "control" }, Dom.make("label", { for: "model" }, Words.say("model")), list),
    );
  };

  const themeButton = () => byId("theme").setAttribute("aria-pressed", String(Theme.isDark()));

  const tell = ({ milliseconds, models }) => {
    const parameters = models?.[0]?.parameters;
    const said = parameters
      ? Words.say("ready.parameters", { millions: Words.french(parameters / 1e6, 1), title: Network.models[0].title })
      : Words.say("ready.model", { title: Network.models[0].title });
    byId("model-said").textContent = said.charAt(0).toUpperCase() + said.slice(1);
    document.documentElement.dataset.ready = String(Math.round(milliseconds ?? 0));
  };

  /** Lit d’avance le début qui est là : quand on appuie, le premier token arrive aussitôt. */
  const readAhead = async () => {
    if (Story.state !== "fresh" || !byId("beginning").value.trim()) return;
    const { name } = Network.models[0];
    const tokens = await Network.encode(name, byId("beginning").value.trimEnd());
    await Network.score(
      name,
      tokens.map((token) => token.id),
    );
  };

  const start = () => {
    Settings.build(() => Story.settingsMoved());
    chooseModel();
    Look.build();
    drawLegend(byId("legend"));
    Story.build((state) => {
      if (state === "fresh") fit();
    });
    Shelf.build(
      (n) => {
        byId("kept-count").textContent = n ? `(${Words.french(n)})` : "";
      },
      (story) => {
        open("write");
        Story.take(story).catch((error) => Dom.notice(Network.complaint(error)));
      },
    );
    for (const button of document.querySelectorAll("nav button")) button.onclick = () => open(button.dataset.view);
    byId("theme").onclick = () => {
      Theme.toggle();
      themeButton();
    };
    byId("another").onclick = another;
    byId("notice-close").onclick = () => {
      Dom.notice("");
      byId("main").focus();
    };
    byId("beginning").oninput = fit;
    byId("keep").onclick = () => {
      Shelf.keep(Story.kept);
      byId("keep").disabled = true;
    };
    document.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      if (Story.state === "running") Story.stop();
      else if (!byId("panel").hidden) Look.close();
    });
    window.addEventListener("resize", fit);
    window.addEventListener("hashchange", follow);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeButton);
    themeButton();
    fit();
    Network.ready.then(readAhead).catch(() => {}); // ce qui ne va pas sera dit quand on écrira
    Network.ready.then(tell, (error) => Dom.notice(Network.complaint(error)));
    Draft.build();
    if (!Draft.restore()) follow();
    fit();
  };

  start();
  return { started: true };
})();
