"use strict";
// Les textes de la page, et la typographie : la même que celle de workshop/base/typography.py.

const Words = (() => {
  const texts = Dom.dictionary("texts");
  const NBSP = "\u00a0";
  const NARROW = "\u202f";
  const SPACES = "[ \\t\\u00a0\\u2009\\u202f]*";
  const LETTER = "\\p{L}\\p{N}_";

  const TYPESETTING = [
    [new RegExp(`^—${SPACES}`, "gmu"), `—${NBSP}`],
    [new RegExp(`(\\S)—(?=[${LETTER}«(…])`, "gu"), `$1 —${NBSP}`],
    [new RegExp(`«${SPACES}`, "gu"), `«${NBSP}`],
    [new RegExp(`${SPACES}»`, "gu"), `${NBSP}»`],
    [new RegExp(`([${LETTER}»)…'’])${SPACES}:(?!//)(?=\\s|$)`, "gu"), `$1${NBSP}:`],
    [new RegExp(`([${LETTER}»)…'’])${SPACES}([;!?])`, "gu"), `$1${NARROW}$2`],
    [/'/gu, "’"],
  ];

  /** Compose un texte comme un imprimeur : ’, espaces insécables dans « » et devant ; : ! ? */
  const typeset = (text) => TYPESETTING.reduce((so_far, [pattern, by]) => so_far.replace(pattern, by), text);

  const isSpace = (letter) => " \t\u00a0\u2009\u202f".includes(letter);

  /** Compose un texte coupé en morceaux, et le rend coupé aux mêmes endroits : les espaces changent, les lettres gardent leur rang. */
  const typesetPieces = (pieces) => {
    const shown = Array.from(typeset(pieces.join("")));
    let place = 0;
    const cuts = pieces.map((piece) => {
      const start = place;
      let wanted = Array.from(piece).filter((letter) => !isSpace(letter)).length;
      while (wanted && place < shown.length) wanted -= !isSpace(shown[place++]);
      return shown.slice(start, place).join("");
    });
    if (cuts.length) cuts[cuts.length - 1] += shown.slice(place).join("");
    return cuts;
  };

  /** Écrit un nombre en français : 0,25 et 12 345. */
  const french = (number, digits) =>
    number.toLocaleString(
      "fr-FR",
      digits === undefined ? { maximumFractionDigits: 3 } : { minimumFractionDigits: digits, maximumFractionDigits: digits },
    );

  /** Lit un nombre, à virgule ou à point ; ce qui n’en est pas un donne NaN. */
  const number = (typed) => {
    const plain = typed
      .trim()
      .replace(/[\s\u00a0\u202f]/g, "")
      .replace(",", ".")
      .replace("−", "-");
    return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN;
  };

  const percent = (share) => (share > 0 && share < 0.0005 ? `moins de 0,1${NBSP}%` : `${french(100 * share, 1)}${NBSP}%`);

  /** Une phrase de fr.json, ses {blancs} remplis, composée. Les valeurs restent du texte. */
  const say = (key, values = {}) =>
    typeset((texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)));

  /** Comme say, au singulier ou au pluriel : « key » pour un, « key.s » pour plusieurs. */
  const count = (key, n, values = {}) => say(n > 1 ? `${key}.s` : key, { n: french(n), ...values });

  /** Un token comme un mot à lire : ce qui ne se voit pas est nommé. */
  const spelt = (text) => {
    if (text.startsWith("<|")) return say("token.end");
    if (/^[\p{Z}\p{C}]*$/u.test(text)) {
      if (text.includes("\n")) return say("token.line");
      return say(/[\t\p{Z}]/u.test(text) ? "token.space" : "token.piece");
    }
    return typeset(text.replace(/^ +| +$/g, "").replace(/\n/g, "↵"));
  };

  /** Un texte sur une seule ligne ; le tiret d’un dialogue y devient une incise. */
  const flat = (text) => text.trim().replace(/\s+/g, " ").replace(/ —/g, "—");

  const firstWords = (text, longest = 60) => {
    const line = flat(text);
    if (line.length <= longest) return line;
    return `${line
      .slice(0, longest)
      .replace(/\s\S*$/, "")
      .replace(/(\s\p{L}{1,2})?[\s.,;:!?…—«]+$/u, "")}…`;
  };

  /** Une liste dans un ordre tiré au sort. */
  const shuffled = (list) =>
    list
      .map((one) => [Math.random(), one])
      .sort((a, b) => a[0] - b[0])
      .map(([, one]) => one);

  return { texts, typeset, typesetPieces, french, number, percent, say, count, spelt, flat, firstWords, shuffled };
})();
