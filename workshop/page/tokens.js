/* tokens.js : du texte aux numéros des tokens (chapitre 02), et retour.

   Couper le texte en tokens est le travail de la bibliothèque @huggingface/tokenizers (vendor/tokenizers.js), la même qu’en
   Python. Le retour est ici : chaque token est une suite d’octets, et une lettre accentuée, qui en prend deux, peut être
   partagée entre deux tokens. */
"use strict";

/** Les 256 octets comme le vocabulaire les écrit : ceux qui se lisent tels quels, les autres décalés (Ġ est l’espace, Ċ la fin
    de ligne). Rend l’octet de chaque signe. */
function byteOfSign() {
  const readable = (byte) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  const signs = new Map();
  for (let byte = 0, hidden = 256; byte < 256; byte++) signs.set(String.fromCharCode(readable(byte) ? byte : hidden++), byte);
  return signs;
}

class Vocabulary {
  /** `json` est le tokenizer.json du modèle, `library` la bibliothèque. */
  constructor(json, library) {
    this.library = new library.Tokenizer(json, {});
    this.special = new Set(json.added_tokens.filter(({ special }) => special).map(({ id }) => id));
    const added = new Map(json.added_tokens.map(({ id, content }) => [id, new TextEncoder().encode(content)]));
    const signs = byteOfSign();
    this.names = this.library.model.vocab;
    this.bytes = Array.from(this.names, (name, id) => added.get(id) ?? Uint8Array.from(name ?? "", (sign) => signs.get(sign)));
  }

  /** Les numéros des tokens d’un texte. Une moitié de caractère (un « surrogate » isolé) ne s’écrit pas en octets : comme
      partout ailleurs, elle devient U+FFFD. */
  encode(text) {
    return this.library.encode(text.replace(/\p{Surrogate}/gu, "\ufffd"), { add_special_tokens: false }).ids;
  }

  /** Rend une fonction à qui l’on donne les tokens l’un après l’autre, et qui rend ce que chacun ajoute au texte : rien tant
      que manque un octet du caractère, que rend alors le token qui le complète. */
  reader() {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return (id) => (this.special.has(id) ? "" : decoder.decode(this.bytes[id], { stream: true }));
  }

  /** Ce que chacun de ces tokens ajoute au texte : mis bout à bout, le texte exact. */
  pieces(ids) {
    return ids.map(this.reader());
  }

  /** Comment un token s’écrit quand il est seul : son texte, ou son nom s’il n’est qu’un morceau de caractère. */
  spell(id) {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.bytes[id]);
    return text.includes("\ufffd") ? this.names[id] : text;
  }
}

if (typeof module !== "undefined") module.exports = { Vocabulary };
