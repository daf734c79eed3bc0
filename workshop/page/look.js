"use strict";
// Un token sous la loupe : les dix qui auraient pu venir, et où le modèle a regardé.

const Look = (() => {
  const { byId, show } = Dom;
  const COUNT = 10;
  const LISTED = 8;
  let chosen = -1;
  let attention = null;
  let turn = 0;

  const positions = () => Network.model(Story.model).config.n_positions;

  /** Les tokens d’avant, autant que le modèle peut en lire. */
  const before = (number) => {
    const first = Math.max(0, number - positions());
    return { first, ids: Story.tokens.slice(first, number).map((token) => token.id) };
  };

  const bar = (share, most, className = "") => {
    const made = Dom.make("span", { class: `bar ${className}`, "aria-hidden": "true" });
    made.style.width = `${Math.max(0.5, (100 * share) / Math.max(most, 1e-9)).toFixed(1)}%`;
    return made;
  };

  const rivalButton = (rival, token, most) => {
    const isChosen = rival.id === token.id;
    const out = rival.kept === 0;
    const lost = rival.text === "" || rival.text.startsWith("<|"); // un morceau de lettre, une fin : pas d’histoire après
    const label = out ? Words.say("rival.out", { share: Words.percent(rival.probability) }) : Words.percent(rival.probability);
    return Dom.make(
      "li",
      { class: [isChosen && "mine", out && "out"].filter(Boolean).join(" ") },
      Dom.make(
        "button",
        {
          type: "button",
          disabled: isChosen || lost,
          "aria-current": isChosen ? "true" : undefined,
          onclick: () => Story.branch(rival),
        },
        bar(rival.probability, most),
        Dom.make("span", { class: "word" }, Words.spelt(rival.text)),
        Dom.make("span", { class: "share" }, isChosen ? `✓ ${label}` : label),
      ),
    );
  };

  const showRivals = async (number, mine) => {
    const token = Story.tokens[number];
    const { ids } = before(number);
    byId("panel-title").textContent = Words.say("panel.title", { word: Words.spelt(token.text) });
    byId("rivals").replaceChildren();
    if (!ids.length) return void (byId("panel-said").textContent = Words.say("panel.first"));
    const rivals = await Network.rivals(Story.model, ids, COUNT, Story.run.settings);
    if (mine !== turn) return;
    const rank = rivals.findIndex((rival) => rival.id === token.id);
    const place =
      rank < 0 ? Words.say("panel.beyond") : rank === 0 ? Words.say("panel.top") : Words.say("panel.rank", { rank: rank + 1 });
    const share = token.probability === null ? "" : Words.say("panel.share", { share: Words.percent(token.probability) });
    const out = rivals.some((rival) => rival.kept === 0) ? Words.say("panel.out") : "";
    byId("panel-said").textContent = `${share} ${place} ${Words.say("panel.choose")} ${out}`.trim();
    const most = Math.max(...rivals.map((rival) => rival.probability));
    byId("rivals").replaceChildren(...rivals.map((rival) => rivalButton(rival, token, most)));
  };

  const showAttention = async (number, mine) => {
    attention = null;
    if (!byId("look").open) return;
    const first = Math.max(0, number + 1 - positions());
    const ids = Story.tokens.slice(first, number + 1).map((token) => token.id);
    const answer = await Network.attention(Story.model, ids, ids.length - 1);
    if (mine !== turn) return;
    attention = { ...answer, first, length: ids.length };
    byId("layer").max = answer.layers;
    byId("head").max = answer.heads;
    drawAttention();
  };

  /** Les parts d’attention d’une tête, du premier token au token choisi. */
  const shares = () => {
    const { weights, heads, length } = attention;
    const row = ((Number(byId("layer").value) - 1) * heads + Number(byId("head").value) - 1) * length;
    return Array.from(weights.slice(row, row + length));
  };

  const drawAttention = () => {
    if (!attention) return;
    const { first } = attention;
    const looked = shares();
    byId("layer-said").textContent = Words.say("of", { n: byId("layer").value, all: attention.layers });
    byId("head-said").textContent = Words.say("of", { n: byId("head").value, all: attention.heads });
    Story.flow.lookAt([...Array(first).fill(0), ...looked]);
    const best = looked
      .map((share, i) => ({ share, i }))
      .sort((a, b) => b.share - a.share)
      .slice(0, LISTED);
    const name = (i) => Words.spelt(Story.tokens[first + i].text);
    const last = looked.length - 1;
    const said = best[0].i === last ? "look.self" : best[0].i === 0 ? "look.rest" : "look.said";
    const share = Words.percent(best[0].share);
    byId("look-said").textContent = Words.say(said, { word: name(last), most: name(best[0].i), share });
    byId("looked").replaceChildren(
      ...best.map(({ share, i }) =>
        Dom.make(
          "li",
          {},
          Dom.make(
            "div",
            { class: "row" },
            bar(share, best[0].share, "blue"),
            Dom.make("span", { class: "word" }, name(i)),
            Dom.make("span", { class: "share" }, Words.percent(share)),
          ),
        ),
      ),
    );
  };

  /** Sur un petit écran la loupe couvre le bas de la page : on remonte ce qu’elle cacherait, le mot ou le curseur que l’on tient. */
  const uncover = (number) => {
    if (getComputedStyle(byId("panel")).position !== "fixed") return;
    const held = document.activeElement === byId("walk") ? byId("walk") : Story.flow.spans[number];
    const hidden = held.getBoundingClientRect().bottom - 0.4 * innerHeight;
    if (hidden > 0) scrollBy({ top: hidden, behavior: Dom.calm.matches ? "auto" : "smooth" });
  };

  /** Ouvre la loupe sur un token ; -1 la ferme. */
  const showToken = async (number) => {
    const mine = ++turn;
    chosen = number;
    show(byId("panel"), number >= 0);
    byId("panel").parentElement.classList.toggle("open", number >= 0);
    Story.flow?.lookAt(null);
    if (number < 0) return;
    uncover(number);
    try {
      await Promise.all([showRivals(number, mine), showAttention(number, mine)]);
    } catch (error) {
      byId("panel-said").textContent = Network.complaint(error);
    }
  };

  /** Ferme la loupe ; qui y était au clavier revient au curseur qui l’a ouverte. */
  const close = () => {
    const inside = byId("panel").contains(document.activeElement);
    Story.choose(-1);
    if (inside) byId("walk").focus();
  };

  const build = () => {
    byId("panel-close").onclick = close;
    for (const id of ["layer", "head"]) byId(id).oninput = drawAttention;
    byId("look").ontoggle = () => {
      if (chosen < 0) return;
      if (byId("look").open)
        showAttention(chosen, turn).catch((error) => {
          byId("look-said").textContent = Network.complaint(error);
        });
      else Story.flow.lookAt(null);
    };
  };

  return { build, show: showToken, close, bar };
})();
