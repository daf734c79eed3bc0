"use strict";
// Un lien qui porte un début, des réglages et une graine : qui l’ouvre lit le même texte.
// Tout est après le « # » : rien n’en part vers un serveur, et la page lit ce qu’elle y trouve avec méfiance.

const Link = (() => {
  const KEYS = { temperature: "temperature", topK: "top-k", topP: "top-p", length: "longueur", seed: "graine" };
  const LONGEST = 4000; // lettres d’un début, tokens d’un chemin

  // Les numéros des tokens d’un chemin, deux octets chacun, en lettres que les adresses acceptent.
  const pack = (ids) =>
    btoa(String.fromCharCode(...ids.flatMap((id) => [id & 255, id >> 8])))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const unpack = (text) => {
    const bytes = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Array.from(
      { length: Math.floor(bytes.length / 2) },
      (_, i) => bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8),
    );
  };

  /** run : { prompt } ou { prompt, ids, given } (un chemin pris en route), settings, model. */
  const make = ({ prompt, ids, given, settings, model }) => {
    const parts = new URLSearchParams({ debut: prompt });
    for (const [name, key] of Object.entries(KEYS)) parts.set(key, String(settings[name]));
    parts.set("modele", model);
    if (ids) {
      parts.set("chemin", pack(ids));
      parts.set("donnes", String(given));
    }
    return `${location.href.split("#")[0]}#${parts}`;
  };

  const trouble = (what) => ({ trouble: Words.say("link.damaged", { what }) });

  /** Lit un fragment : null s’il n’en est pas un, { trouble } s’il n’a pas de sens, sinon ce qu’il porte. */
  const read = (fragment) => {
    const text = fragment.replace(/^#/, "");
    if (!text.includes("=")) return null;
    const parts = new URLSearchParams(text);
    if (/%(?![0-9a-f]{2})/i.test(text) || !parts.has("debut")) return trouble(Words.say("link.no-beginning"));
    const prompt = parts.get("debut");
    if (prompt.length > LONGEST || prompt.includes("\ufffd")) return trouble(Words.say("link.no-beginning"));
    const settings = { ...Settings.ORDINARY };
    for (const [name, key] of Object.entries(KEYS)) {
      if (!parts.has(key)) continue;
      const { value, trouble: said } = Settings.read(name, parts.get(key));
      if (said) return trouble(said);
      settings[name] = value;
    }
    const model = parts.get("modele") ?? Network.models[0].name;
    if (!Network.model(model)) return { prompt, settings, missing: Words.firstWords(model, 40) };
    return parts.has("chemin") ? path(parts, { prompt, settings, model }) : { prompt, settings, model };
  };

  /** Un chemin que ce modèle peut lire : des numéros de son vocabulaire, dont les « given » premiers sont le début. */
  const soundPath = (ids, given, { config }, longest = LONGEST) =>
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.length <= longest &&
    ids.every((id) => Number.isInteger(id) && id >= 0 && id < config.vocab_size) &&
    Number.isInteger(given) &&
    given >= 0 &&
    given <= ids.length;

  const path = (parts, carried) => {
    const given = Number(parts.get("donnes"));
    let ids = [];
    try {
      ids = unpack(parts.get("chemin"));
    } catch (refused) {
      /* pas du base64 : la liste reste vide */
    }
    return soundPath(ids, given, Network.model(carried.model)) ? { ...carried, ids, given } : trouble(Words.say("link.no-path"));
  };

  /** Donne le lien à copier : dans le presse-papiers si le navigateur le permet, et toujours sous les yeux. */
  const offer = async (run) => {
    const field = Dom.byId("link-text");
    field.value = make(run);
    Dom.show(Dom.byId("link"), true);
    field.focus();
    field.select();
    let copied = false;
    try {
      await navigator.clipboard.writeText(field.value);
      copied = true;
    } catch (refused) {
      copied = document.execCommand?.("copy") ?? false;
    }
    const where = Words.say(location.protocol === "file:" ? "link.file" : "link.told");
    const told = `${Words.say(copied ? "link.copied" : "link.copy")} ${where}`;
    Dom.byId("link-told").textContent = told;
    Dom.announce(told);
  };

  return { read, offer, soundPath };
})();
