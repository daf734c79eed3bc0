"use strict";
// Le brouillon : l’histoire, ses chemins et le début en cours survivent à un rechargement, chacun dans son onglet.

const Draft = (() => {
  const KEY = "atelier.page";
  const byId = Dom.byId;

  const chance = (value) => value === null || (value >= 0 && value <= 1);

  /** Un chemin que cette page peut montrer, et dont elle peut écrire la suite. */
  const sound = ({ tokens, given, run, fork }) => {
    const model = Network.model(run.model);
    const path = (ids, many) => Link.soundPath(ids, many, model, Infinity);
    const ids = tokens.map((token) => token.id);
    return (
      Settings.sound(run.settings) &&
      typeof run.prompt === "string" &&
      Number.isInteger(fork) &&
      path(ids, given) &&
      (run.ids === undefined || path(run.ids, run.given)) &&
      tokens.every(({ text, probability }) => typeof text === "string" && chance(probability))
    );
  };

  /** Garde ce qui est sur la page ; faux si le navigateur n’a pas voulu. */
  const save = () => {
    const draft = { hash: location.hash, beginning: byId("beginning").value, ...Story.draft };
    try {
      sessionStorage.setItem(KEY, JSON.stringify(draft));
      return true;
    } catch (refused) {
      return false;
    }
  };

  /** Remet ce qui était là ; faux s’il n’y a rien, si rien ne s’en lit, ou si un lien demande autre chose. */
  const restore = () => {
    try {
      const draft = JSON.parse(sessionStorage.getItem(KEY));
      if (draft?.hash !== location.hash) return false;
      const paths = draft.paths.filter(sound);
      if (typeof draft.beginning === "string") byId("beginning").value = draft.beginning;
      if (paths.length) Story.back(paths, paths.indexOf(draft.paths[draft.current]));
      return paths.length > 0 || !location.hash;
    } catch (damaged) {
      return false;
    }
  };

  const build = () => {
    addEventListener("pagehide", save);
    document.addEventListener("visibilitychange", () => document.hidden && save());
    addEventListener("beforeunload", (event) => {
      if (Story.draft.paths.length && !save()) event.preventDefault(); // rien ne part sans qu’on le demande
    });
  };

  return { build, restore, save };
})();
