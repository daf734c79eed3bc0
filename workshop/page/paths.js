"use strict";
// Les chemins d’une histoire : chacun est le texte tel qu’il était avant qu’on en choisisse un autre.

const Paths = (() => {
  const MOST = 40; // au-delà, le plus ancien s’en va
  const piece = (path, from, to) =>
    path.tokens
      .slice(Math.max(0, from), to)
      .map((token) => token.text)
      .join("");

  /** Le nom d’un chemin : les quelques mots autour du token qui l’a fait quitter l’autre. */
  const nameOf = (path, number) => {
    if (!number) return Words.say("path.first");
    const at = path.fork || path.given; // une autre histoire : là où finit son début
    const before = piece(path, at - 5, at).replace(/^\S*/, "");
    const after = piece(path, at, at + 6).replace(/\s\S*$/, "");
    return Words.say("path.name", { words: Words.flat(before + after) });
  };

  /** Les chemins, le texte « mine » à sa place, et une seule fois s’il est le même qu’un autre. */
  const settled = (paths, place, mine) => {
    const text = ({ tokens }) => tokens.map((token) => token.id).join();
    const others = paths.filter((one, i) => i !== place && text(one) !== text(mine));
    others.splice(place, 0, mine);
    return others.slice(-MOST);
  };

  /** Montre les chemins ; onTake(numéro) : quand on en reprend un. */
  const draw = (paths, current, onTake) => {
    const buttons = paths.map((path, number) =>
      Dom.make(
        "button",
        { type: "button", "aria-current": number === current && "true", onclick: () => onTake(number) },
        nameOf(path, number),
      ),
    );
    Dom.fill(Dom.byId("path-list"), ...buttons.map((button) => Dom.make("li", {}, button)));
  };

  return { draw, settled };
})();
