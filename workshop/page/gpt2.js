/* gpt2.js : un GPT-2 entier, sans bibliothèque : le modèle du chapitre 04, avec les réglages du chapitre 05.

   De haut en bas : quatre opérations (le produit scalaire, la couche dense, la normalisation, softmax), le bloc de GPT-2
   (l’attention, puis les neurones), le réseau qui empile les blocs, et le tirage du token suivant.

   Un vecteur est un Float32Array. Un token est un numéro ; le réseau en lit un à la fois et garde en mémoire (le « cache »)
   ce que l’attention devra revoir : il ne lit donc jamais deux fois le même. */
"use strict";

// Quatre opérations -------------------------------------------------------------------------------------------------------

/** Le produit scalaire de `length` nombres de `a` (à partir de `i`) et de `b` (à partir de `j`). Presque tout le temps de
    calcul se passe ici : quatre sommes côte à côte vont deux fois plus vite qu’une seule, où chaque addition attend l’autre. */
function dot(a, i, b, j, length) {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, n = 0;
  for (; n + 3 < length; n += 4, i += 4, j += 4) {
    s0 += a[i] * b[j];
    s1 += a[i + 1] * b[j + 1];
    s2 += a[i + 2] * b[j + 2];
    s3 += a[i + 3] * b[j + 3];
  }
  for (; n < length; n++) s0 += a[i++] * b[j++];
  return s0 + s1 + s2 + s3;
}

/** Une couche dense : chaque neurone pèse tout ce qui entre, avec sa rangée de poids, puis ajoute son biais. */
function dense({ weight, bias }, input) {
  const output = Float32Array.from(bias);
  for (let neuron = 0; neuron < output.length; neuron++) {
    output[neuron] += dot(weight, neuron * input.length, input, 0, input.length);
  }
  return output;
}

/** La normalisation : moyenne 0 et écart-type 1, puis une échelle et un décalage appris, pour que rien n’enfle ni ne s’éteigne. */
function normalise({ weight, bias }, input, epsilon) {
  const mean = input.reduce((sum, x) => sum + x, 0) / input.length;
  const variance = input.reduce((sum, x) => sum + (x - mean) ** 2, 0) / input.length;
  const scale = 1 / Math.sqrt(variance + epsilon);
  return input.map((x, n) => (x - mean) * scale * weight[n] + bias[n]);
}

/** Des scores aux probabilités : l’exponentielle de chacun, divisée par leur somme. Soustraire le plus grand ne change pas
    les rapports, et rien ne déborde. La température, s’il y en a une, divise d’abord les scores. */
function softmax(scores, temperature = 1) {
  const chances = new Float64Array(scores.length);
  let highest = -Infinity, sum = 0;
  for (const score of scores) highest = Math.max(highest, score);
  for (let n = 0; n < chances.length; n++) sum += chances[n] = Math.exp((scores[n] - highest) / temperature);
  for (let n = 0; n < chances.length; n++) chances[n] /= sum;
  return chances;
}

/** L’activation de GPT-2 : elle laisse passer ce qui est positif et éteint, en douceur, ce qui est négatif. */
const gelu = (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

const add = (a, b) => a.map((x, n) => x + b[n]);

// Le réseau ---------------------------------------------------------------------------------------------------------------

/** Ce qu’une lecture garde : les tokens lus et, pour chaque bloc, leurs clés et leurs valeurs (le « cache KV »). */
class Cache {
  constructor(blocks) {
    this.tokens = [];
    this.blocks = Array.from({ length: blocks }, () => ({ keys: [], values: [] }));
    this.attention = []; // où regardait le dernier token lu : une liste de poids par tête, bloc après bloc
  }

  /** Oublie tout ce qui suit les `length` premiers tokens. */
  rewind(length) {
    for (const list of [this.tokens, ...this.blocks.flatMap(({ keys, values }) => [keys, values])]) list.length = length;
  }
}

class GPT2 {
  /** `config` est le config.json du modèle ; `tensors`, ses tableaux de nombres par leur nom (voir unpack). */
  constructor(config, tensors) {
    const layer = (name) => ({ weight: tensors[`${name}.weight`], bias: tensors[`${name}.bias`] });
    this.config = config;
    this.tokenTable = tensors["wte.weight"]; // un vecteur par token du vocabulaire
    this.positionTable = tensors["wpe.weight"]; // un vecteur par position
    this.blocks = Array.from({ length: config.n_layer }, (_, n) => ({
      beforeAttention: layer(`h.${n}.ln_1`),
      queriesKeysValues: layer(`h.${n}.attn.c_attn`),
      afterAttention: layer(`h.${n}.attn.c_proj`),
      beforeNeurons: layer(`h.${n}.ln_2`),
      neurons: layer(`h.${n}.mlp.c_fc`),
      afterNeurons: layer(`h.${n}.mlp.c_proj`),
    }));
    this.last = layer("ln_f");
    this.output = { weight: this.tokenTable, bias: new Float32Array(config.vocab_size) }; // la même table, relue à l’envers
  }

  cache() {
    return new Cache(this.config.n_layer);
  }

  /** Lit un token de plus et rend le vecteur que le réseau s’est fait de lui, à cette place, après tout ce qui précède. */
  read(token, cache) {
    const { n_embd: width, layer_norm_epsilon: epsilon } = this.config;
    const position = cache.tokens.push(token) - 1;
    const row = (table, n) => table.subarray(n * width, (n + 1) * width);
    let x = add(row(this.tokenTable, token), row(this.positionTable, position)); // ce qu’il est, et où il est
    cache.attention = [];
    this.blocks.forEach((block, n) => {
      // Chaque étape ajoute sa retouche au vecteur sans l’effacer : c’est la connexion résiduelle.
      x = add(x, this.attend(block, normalise(block.beforeAttention, x, epsilon), cache, cache.blocks[n]));
      x = add(x, dense(block.afterNeurons, dense(block.neurons, normalise(block.beforeNeurons, x, epsilon)).map(gelu)));
    });
    return normalise(this.last, x, epsilon);
  }

  /** L’attention : le token pose une question (requête), la compare à l’étiquette (clé) de chaque token déjà lu, et mélange
      ce qu’ils portent (valeurs) d’autant plus que l’étiquette répond. Les tokens à venir ne sont pas encore dans le cache :
      personne ne voit le futur. Plusieurs têtes regardent en même temps, chacune avec sa part du vecteur. */
  attend(block, input, cache, { keys, values }) {
    const width = input.length, size = width / this.config.n_head;
    const qkv = dense(block.queriesKeysValues, input); // les trois, bout à bout
    keys.push(qkv.slice(width, 2 * width));
    values.push(qkv.slice(2 * width));
    const gathered = new Float32Array(width), scores = new Float32Array(keys.length);
    for (let start = 0; start < width; start += size) {
      for (let n = 0; n < keys.length; n++) scores[n] = dot(qkv, start, keys[n], start, size) / Math.sqrt(size);
      const weights = softmax(scores);
      for (let n = 0; n < values.length; n++) {
        for (let i = start; i < start + size; i++) gathered[i] += weights[n] * values[n][i];
      }
      cache.attention.push(weights);
    }
    return dense(block.afterAttention, gathered);
  }

  /** Le score de chaque token du vocabulaire pour la place suivante : son vecteur ressemble-t-il à celui qu’a rendu `read` ? */
  scores(vector) {
    return dense(this.output, vector);
  }
}

/** Les poids tels que la page les porte. « int8 » : chaque rangée (un neurone, ou un token) a son échelle, et ses nombres
    sont arrondis à l’un des 255 entiers de −127 à 127. Quatre fois moins de place, et le texte n’y perd rien : c’est mesuré. */
function unpack(bytes, tensors) {
  return Object.fromEntries(tensors.map(({ name, shape, scheme, offset }) => {
    const count = shape.reduce((product, n) => product * n, 1), rows = shape[0];
    if (scheme === "f32") return [name, new Float32Array(bytes, offset, count)];
    const scales = new Float32Array(bytes, offset, rows), rounded = new Int8Array(bytes, offset + 4 * rows, count);
    const columns = count / rows, numbers = new Float32Array(count);
    for (let n = 0; n < count; n++) numbers[n] = rounded[n] * scales[Math.floor(n / columns)];
    return [name, numbers];
  }));
}

// Le token suivant --------------------------------------------------------------------------------------------------------

/** Les tokens déjà là deviennent moins probables (1 : sans effet). */
function penalise(scores, previous, penalty) {
  const lowered = scores.slice();
  for (const token of new Set(previous)) lowered[token] *= scores[token] < 0 ? penalty : 1 / penalty;
  return lowered;
}

/** Les probabilités parmi lesquelles on tire : la température, puis top-k (0 : sans limite), puis top-p (1 : sans limite). */
function distribution(scores, { temperature = 1, topK = 0, topP = 1, repetitionPenalty = 1 }, previous = []) {
  const chances = softmax(repetitionPenalty === 1 ? scores : penalise(scores, previous, repetitionPenalty), temperature);
  const ranked = () => chances.slice().sort().reverse(); // de la plus grande à la plus petite
  const keep = (lowest) => { // les autres n’ont plus aucune chance, et ce qui reste se partage la leur
    let sum = 0;
    for (let n = 0; n < chances.length; n++) sum += chances[n] = chances[n] >= lowest ? chances[n] : 0;
    for (let n = 0; n < chances.length; n++) chances[n] /= sum;
  };
  if (topK > 0 && topK < chances.length) keep(ranked()[topK - 1]);
  if (topP < 1) {
    let sum = 0;
    keep(ranked().find((chance) => (sum += chance) >= topP) ?? 0); // celui qui fait franchir la ligne est gardé
  }
  return chances;
}

/** Tire un token au sort : le hasard désigne un point entre 0 et 1, et les probabilités, bout à bout, disent à qui il est. */
function draw(chances, random) {
  let point = random();
  for (let token = 0; token < chances.length; token++) {
    if (point < chances[token]) return token;
    point -= chances[token];
  }
  return chances.findLastIndex((chance) => chance > 0); // les arrondis laissent parfois un reste
}

/** Un hasard que l’on peut rejouer : la même graine donne les mêmes nombres, entre 0 et 1, dans tous les navigateurs.
    C’est « mulberry32 », de Tommy Ettinger (domaine public). */
function seededRandom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (typeof module !== "undefined") module.exports = { GPT2, unpack, softmax, distribution, draw, seededRandom };
