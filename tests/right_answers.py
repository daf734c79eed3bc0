# ruff: noqa: E501
"""Right answers in other styles than the workshop's own, at least five for each exercise: none may be refused.

Each is an expression, a body, or a whole function, as attendees write them in a cell.  Those of chapters 06 and 07, which are
longer, are functions of two files of their own.
"""

import inspect

from tests import right_answers_06, right_answers_07
from workshop.exercises.core import find

STRIP = "start = {start}\nend = {end}\nreturn text[start:end]"
LINES = """
lines = text.splitlines()
first, last = 0, len(lines)
for number, line in enumerate(lines):
    if line.startswith(("*** START OF", "***START OF")):
        first = number + 1
    if line.startswith(("*** END OF", "***END OF")):
        last = number
        break
return "\\n".join(lines[first:last])
"""
PARTS = """
from datasets import Dataset, DatasetDict
train, validation, test = [], [], []
for book in books:
    rows = [dict(text=p, book=book.title, chapter=c) for p, c in zip(book.paragraphs, book.chapters)]
    if book.role == "test":
        test.extend(rows)
        continue
    cut = {cut}
    train.extend(rows[:cut])
    validation.extend(rows[cut:])
if {empty}:
    raise WorkshopError("Une partie est vide : ajoutez un livre.")
return DatasetDict({{"train": Dataset.from_list(train), "validation": Dataset.from_list(validation), "test": Dataset.from_list(test)}})
"""
NETWORK = """
import keras
from keras import layers
keras.utils.set_random_seed(seed)
model = {model}
{layers}
model.compile(optimizer={optimizer}, loss={loss}, metrics={metrics})
return model
"""
STACK = [
    "keras.Input((window,))", "layers.Embedding(vocab_size, 64)", "layers.Bidirectional(layers.LSTM(units, return_sequences=True))",
    "layers.Dropout(dropout)", "layers.Bidirectional(layers.LSTM(units))",
    "layers.Dense(2 * units, 'relu', kernel_regularizer=keras.regularizers.l2(l2))", "layers.Dense(vocab_size, 'softmax')",
]  # fmt: skip
LOSS = "'sparse_categorical_crossentropy'"
GROWN = "\n".join(f"model.add({layer})" for layer in STACK)
FUNCTIONAL = "read = x = keras.Input(shape=(window,), dtype='int32')\n" + "\n".join(f"x = {layer}(x)" for layer in STACK[1:])


def network(
    model="keras.Sequential()", layers=GROWN, optimizer="keras.optimizers.Adam(learning_rate)", loss=LOSS, metrics="['accuracy']"
):
    """Return the body of a network."""
    return NETWORK.format(model=model, layers=layers, optimizer=optimizer, loss=loss, metrics=metrics)


POSITIVE = "if temperature <= 0:\n    raise WorkshopError('La température est un nombre positif.')\n"
AT_LEAST_ONE = "if k < 1:\n    raise WorkshopError('Gardez au moins un token.')\n"
SHARE = "if p <= 0 or p > 1:\n    raise WorkshopError('p est entre 0 et 1')\n"
BLOCKS = "if block_size < 1:\n    raise WorkshopError('Un bloc a au moins un token.')\n"

RIGHT: dict[str, list[str]] = {
    "0.1": [
        "1 / (1 + np.exp(-(np.dot(inputs, weights) + bias)))",
        "total = (inputs * weights).sum(axis=-1) + bias\nreturn 1.0 / (1.0 + np.exp(-total))",
        "z = bias + inputs @ weights\nreturn np.exp(z) / (1 + np.exp(z))",
        "(1 + np.tanh((inputs @ weights + bias) / 2)) / 2",
        "np.array(1 / (1 + np.e ** -(np.matmul(inputs, weights) + bias)))",
        "import torch\nreturn torch.sigmoid(torch.tensor(inputs @ weights + bias)).numpy()",
        "np.reciprocal(1 + np.exp(-np.einsum('...i,i->...', inputs, weights) - bias))",
    ],
    "0.2": [
        "gaps = neuron(inputs, weights, bias) - labels\n"
        "return weights - learning_rate * inputs.T @ gaps / len(gaps), bias - learning_rate * np.mean(gaps)",
        "gap = neuron(inputs, weights, bias) - labels\n"
        "return weights - learning_rate * (gap[:, None] * inputs).mean(axis=0), bias - learning_rate * gap.sum() / gap.size",
        "slope, slope_b = np.zeros(2), 0\nfor x, y in zip(inputs, labels):\n    e = neuron(x, weights, bias) - y\n    slope += e * x\n"
        "    slope_b += e\nn = len(inputs)\nreturn weights - learning_rate * slope / n, bias - learning_rate * slope_b / n",
        "e = labels - neuron(inputs, weights, bias)\n"
        "return weights + learning_rate * (e @ inputs) / len(e), bias + learning_rate * np.average(e)",
        "e = neuron(inputs, weights, bias) - labels\nw = weights.copy()\nw -= learning_rate * (e @ inputs) / inputs.shape[0]\n"
        "b = bias\nb -= learning_rate * e.mean()\nreturn w, float(b)",
    ],
    "1.1": [
        "Path(keras.utils.get_file(name, url, cache_dir=settings().cache, cache_subdir='books'))",
        "path = keras.utils.get_file(fname=name, origin=url, cache_dir=str(settings().cache), cache_subdir='books')\nreturn Path(path)",
        "Path(keras.utils.get_file(name, origin=url, cache_dir=settings().cache / 'books', cache_subdir=''))",
        "from keras.utils import get_file\nreturn Path(get_file(name, url, cache_subdir='books', cache_dir=settings().cache))",
        "target = settings().cache / 'books' / name\nif not target.exists():\n    from urllib.request import urlretrieve\n"
        "    urlretrieve(url, target)\nreturn target",
    ],
    "1.2": [
        LINES,
        "start = re.search(r'^\\*\\*\\* ?START OF.*$', text, re.M)\nend = re.search(r'^\\*\\*\\* ?END OF', text, re.M)\n"
        "return text[start.end() if start else 0 : end.start() if end else len(text)].strip()",
        "text = re.sub(r'(?s).*^\\*+ ?START OF[^\\n]*\\n', '', text, count=1, flags=re.M)\n"
        "return re.sub(r'(?ms)^\\*+ ?END OF.*', '', text)",
        "kept, keep = [], not re.search(r'(?m)^\\*+ ?START OF', text)\nfor line in text.split('\\n'):\n"
        "    if re.match(r'\\*+ ?END OF', line):\n        break\n    if keep:\n        kept.append(line)\n"
        "    if re.match(r'\\*+ ?START OF', line):\n        keep = True\nreturn '\\n'.join(kept)",
        "lines = text.splitlines(keepends=True)\n"
        "start = next((i + 1 for i, l in enumerate(lines) if l.replace('*** ', '***').startswith('***START OF')), 0)\n"
        "end = next((i for i, l in enumerate(lines) if l.replace('*** ', '***').startswith('***END OF')), None)\n"
        "return ''.join(lines[start:end]).strip() + '\\n'",
        # what the last hint leads to
        "start, end = (re.search(rf'(?m)^\\*+ ?{word} OF.*', text) for word in ('START', 'END'))\nif end: text = text[: end.start()]\n"
        "if start: text = text[start.end() :]\nreturn text",
        "_, mark, rest = text.partition('START OF THE PROJECT GUTENBERG')\nrest = rest.partition('\\n')[2] if mark else text\n"
        "return re.split(r'\\*+ ?END OF THE PROJECT', rest)[0]",
    ],
    "1.3": [
        "paragraphs, current = [], ''\nfor line in text.split('\\n') + ['']:\n    line = line.strip()\n    if not line:\n"
        "        if current:\n            paragraphs.append(current)\n        current = ''\n"
        "    elif re.search(r'\\w-$', current):\n        current += line\n    else:\n        current = f'{current} {line}'.strip()\n"
        "return paragraphs",
        "out = []\nfor block in re.split(r'\\n[ \\t]*\\n', text):\n    joined = ' '.join(block.split())\n    if joined:\n"
        "        lines = [line.strip() for line in block.strip().split('\\n')]\n        result = lines[0]\n"
        "        for line in lines[1:]:\n            glue = '' if re.search(r'\\w-$', result) else ' '\n            result += glue + line\n"
        "        out.append(result)\nreturn out",
        "text = re.sub(r'[ \\t]+$|^[ \\t]+', '', text, flags=re.M)\ntext = re.sub(r'(?<=\\w-)\\n(?=\\w)', '', text)\n"
        "return [p.replace('\\n', ' ') for p in re.split(r'\\n{2,}', text.strip('\\n')) if p]",
        "from itertools import groupby\nlines = [line.strip() for line in text.splitlines()]\n"
        "groups = [list(g) for full, g in groupby(lines, bool) if full]\n"
        "return [re.sub(r'(\\w-)\\n(\\w)', r'\\1\\2', '\\n'.join(g)).replace('\\n', ' ') for g in groups]",
        "result = []\nfor p in re.split(r'\\n\\s*\\n', text):\n    if p.strip():\n        p = re.sub(r'\\s*\\n\\s*', '\\n', p.strip())\n"
        "        p = re.sub(r'(\\w)-\\n', r'\\1-', p)\n        result.append(' '.join(p.split('\\n')))\nreturn result",
    ],
    "1.4": [
        "out = []\nfor piece in punkt.tokenize(text):\n    if out and piece[0].islower():\n        out[-1] += ' ' + piece\n"
        "    else:\n        out.append(piece)\nreturn out",
        "out = []\nfor p in punkt.tokenize(text):\n    if p[:1].islower() and len(out) > 0:\n        out[-1] = f'{out[-1]} {p}'\n"
        "    else:\n        out += [p]\nreturn out",
        "pieces, i = punkt.tokenize(text), 1\nwhile i < len(pieces):\n    if pieces[i][0].islower():\n"
        "        pieces[i - 1] += ' ' + pieces.pop(i)\n    else:\n        i += 1\nreturn pieces",
        "def join(done, piece):\n    return [*done[:-1], done[-1] + ' ' + piece] if done and piece[0].islower() else [*done, piece]\n"
        "from functools import reduce\nreturn reduce(join, punkt.tokenize(text), [])",
        "groups = []\nfor piece in punkt.tokenize(text):\n    if groups and re.match('[a-zàâäéèêëîïôöùûüçœæ]', piece):\n"
        "        groups[-1].append(piece)\n    else:\n        groups.append([piece])\nreturn [' '.join(group) for group in groups]",
        "out = []\nfor a, b in punkt.span_tokenize(text):\n    s = text[a:b]\n    if out and s[0].islower():\n        out[-1] += ' ' + s\n"
        "    else:\n        out.append(s)\nreturn out",
    ],
    "1.5": [
        "words = re.findall(r'[^\\W\\d_]{2,}', text.lower())\nreturn sum(w in function_words for w in words) / len(words) if words else 0.0",
        "words = [w for w in re.split(r'[\\W\\d_]+', text.lower()) if len(w) >= 2]\nif len(words) == 0:\n    return 0\n"
        "return len([w for w in words if w in function_words]) / len(words)",
        "n = total = 0\nfor m in re.finditer(r'[^\\W\\d_]{2,}', text):\n    total += 1\n    n += m.group().lower() in function_words\n"
        "return n / (total or 1)",
        "words = re.findall(r'[^\\W\\d_]{2,}', text.casefold())\nreturn np.mean([w in function_words for w in words]) if words else 0",
        "counts = Counter(re.findall(r'[^\\W\\d_][^\\W\\d_]+', text.lower()))\ntotal = sum(counts.values())\n"
        "return sum(n for w, n in counts.items() if w in function_words) / total if total else 0.0",
        "letters = ''.join(c if c.isalpha() else ' ' for c in text.lower())\nwords = [w for w in letters.split() if len(w) > 1]\n"
        "return torch.tensor([float(w in function_words) for w in words]).double().mean() if words else 0.0",
    ],
    "1.6": [
        PARTS.format(cut="round(len(rows) * (1 - validation_share))", empty="not (train and validation and test)"),
        PARTS.format(cut="int(len(rows) * (1 - validation_share))", empty="not train or not validation or not test"),
        PARTS.format(cut="len(rows) - round(len(rows) * validation_share)", empty="min(map(len, (train, validation, test))) == 0"),
        PARTS.format(cut="math.ceil(len(rows) * (1 - validation_share))", empty="not all([train, validation, test])"),
        PARTS.format(cut="len(rows) - int(len(rows) * validation_share)", empty="[] in (train, validation, test)"),
    ],
    "1.7": [
        "try:\n    text, name = data.decode('utf-8-sig'), 'utf-8'\nexcept UnicodeDecodeError:\n    try:\n"
        "        text, name = data.decode('cp1252'), 'cp1252'\n    except UnicodeDecodeError:\n"
        "        text, name = data.decode('latin-1'), 'latin-1'\nreturn text.replace('\\r\\n', '\\n'), name",
        "for e in ('utf-8-sig', 'cp1252', 'iso-8859-1'):\n    try:\n        return data.decode(e).replace('\\r\\n', '\\n'), e\n"
        "    except UnicodeDecodeError:\n        pass",
        "import codecs\nif data.startswith(codecs.BOM_UTF8):\n    data = data[3:]\ndata = data.replace(b'\\r\\n', b'\\n')\n"
        "for e in ['utf-8', 'cp1252', 'latin1']:\n    try:\n        return str(data, e), e\n    except UnicodeError:\n        continue",
        "def attempt(*names):\n    try:\n        return data.decode(names[0]), names[0]\n    except UnicodeDecodeError:\n"
        "        return attempt(*names[1:])\ntext, name = attempt('utf-8-sig', 'windows-1252', 'iso-8859-1')\n"
        "return '\\n'.join(text.split('\\r\\n')), name",
        "try:\n    text = data.decode('utf-8').lstrip('\\ufeff')\n    e = 'UTF-8'\nexcept UnicodeDecodeError:\n"
        "    e = 'latin-1' if re.search(b'[\\x81\\x8d\\x8f\\x90\\x9d]', data) else 'cp1252'\n    text = data.decode(e)\n"
        "return text.replace('\\r\\n', '\\n').replace('\\r', '\\n'), e",
    ],
    "1.8": [
        "{t: len(s) for t, s in sentences_of.items()}",
        "dict((t, len(sentences_of[t])) for t in sentences_of)",
        "dict(zip(sentences_of, map(len, sentences_of.values())))",
        "Counter({t: len(s) for t, s in sentences_of.items()})",
        "{t: sum(1 for _ in s) for t, s in sentences_of.items()}",
        "{t: np.int64(len(s)) for t, s in reversed(sentences_of.items())}",
    ],
    "1.9": [
        "Counter(w for w in words if w not in FUNCTION_WORDS['fr']).most_common(20)",
        "sorted(Counter(w for w in words if w not in FUNCTION_WORDS['fr']).items(), key=lambda p: -p[1])[:20]",
        "[p for p in Counter(words).most_common() if p[0] not in FUNCTION_WORDS['fr']][:20]",
        "[[w, n] for w, n in Counter(w for w in words if w not in FUNCTION_WORDS['fr']).most_common(20)]",
        "Counter(filter(lambda w: w not in FUNCTION_WORDS['fr'], words)).most_common(20)",
        "list(Counter([w for w in words if not w in FUNCTION_WORDS['fr']]).most_common())[:20]",
    ],
    "2.1": [
        "tokenizer(text)['input_ids']",
        "tokenizer.encode(text)",
        "tokenizer(text).input_ids",
        "tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text))",
        "tokenizer.backend_tokenizer.encode(text).ids",
        "list(tokenizer([text])['input_ids'][0])",
        "[int(i) for i in np.array(tokenizer(text)['input_ids'], dtype=int)]",
    ],
    "2.2": [
        "tokenizer.convert_ids_to_tokens(ids)",
        "[tokenizer.convert_ids_to_tokens(i) for i in ids]",
        "names = {number: token for token, number in tokenizer.get_vocab().items()}\nreturn [names[i] for i in ids]",
        "list(map(tokenizer.convert_ids_to_tokens, ids))",
        "[tokenizer.backend_tokenizer.id_to_token(i) for i in ids]",
    ],
    "2.3": [
        "len(tokenizer(text)['input_ids']) / len(text.split())",
        "len(tokenizer.tokenize(text)) / len(text.split())",
        "words = text.split()\nif not words:\n    raise WorkshopError('Ce texte est vide.')\nreturn len(encode_text(tokenizer, text)) / len(words)",
        "np.divide(len(encode_text(tokenizer, text)), len(text.split()))",
        "import re\nreturn len(encode_text(tokenizer, text)) / len(re.findall(r'\\S+', text))",
        "count = 0\nfor _ in encode_text(tokenizer, text):\n    count += 1\nreturn count / sum(1 for _ in text.split())",
    ],
    "2.4": [
        "for i in range(0, len(dataset), batch_size):\n    yield dataset[i : i + batch_size]['text']",
        "for i in range(0, len(dataset), batch_size):\n    yield dataset['text'][i : i + batch_size]",
        "return (batch['text'] for batch in dataset.iter(batch_size))",
        "batch = []\nfor row in dataset:\n    batch.append(row['text'])\n    if len(batch) == batch_size:\n        yield batch\n"
        "        batch = []\nif batch:\n    yield batch",
        "i = 0\nwhile i < len(dataset):\n    yield list(dataset[i : i + batch_size]['text'])\n    i += batch_size",
        "for i in range(0, len(dataset), batch_size):\n"
        "    yield [dataset[j]['text'] for j in range(i, min(i + batch_size, len(dataset)))]",
    ],
    "2.5": [
        "tokenizer.train_new_from_iterator(corpus, vocab_size)",
        "tokenizer.train_new_from_iterator(text_iterator=corpus, vocab_size=vocab_size, show_progress=False)",
        "new = tokenizer.train_new_from_iterator(list(corpus), vocab_size)\nreturn new",
        "tokenizer.train_new_from_iterator((batch for batch in corpus), vocab_size=vocab_size)",
        "tokenizer.train_new_from_iterator((text for batch in corpus for text in batch), vocab_size)",
    ],
    "2.6": [
        BLOCKS + "return [token_ids[i : i + block_size] for i in range(0, len(token_ids), block_size)]",
        BLOCKS + "blocks = []\nfor i in range(0, len(token_ids), block_size):\n    blocks.append(token_ids[i : i + block_size])\nreturn blocks",
        BLOCKS + "blocks = []\nfor n, token in enumerate(token_ids):\n    if n % block_size == 0:\n        blocks.append([])\n"
        "    blocks[-1].append(token)\nreturn blocks",
        BLOCKS + "left, blocks = list(token_ids), []\nwhile left:\n    blocks.append(left[:block_size])\n    del left[:block_size]\nreturn blocks",
        "if block_size < 1:\n    raise WorkshopError('Un bloc a au moins un token.')\nimport math\n"
        "return [token_ids[k * block_size : (k + 1) * block_size] for k in range(math.ceil(len(token_ids) / block_size))]",
        BLOCKS + "from itertools import islice\nit = iter(token_ids)\nreturn list(iter(lambda: list(islice(it, block_size)), []))",
    ],
    "2.7": [
        "len(new_words) * model.config.n_embd", "3 * 256", "model.config.n_embd * 3", "sum(model.config.n_embd for _ in new_words)",
        "np.int64(len(new_words)) * model.config.n_embd", "torch.tensor(len(new_words) * model.config.n_embd)",
    ],
    "2.8": ["bare.eos_token", "'<|endoftext|>'", "bare.bos_token", "str(bare.eos_token)", "bare.convert_ids_to_tokens(bare.eos_token_id)"],
    "3.1": [
        "[token_ids[max(0, i - window) : i] for i in range(1, len(token_ids))], token_ids[1:]",
        "before, targets = [], []\nfor end in range(1, len(token_ids)):\n    before.append(token_ids[:end][-window:])\n"
        "    targets.append(token_ids[end])\nreturn before, targets",
        "seen, before = [], []\nfor token in token_ids[:-1]:\n    seen = [*seen, token][-window:]\n    before.append(seen)\n"
        "return before, list(token_ids[1:])",
        "pairs = [(token_ids[max(0, i - window) : i], t) for i, t in enumerate(token_ids) if i]\n"
        "return [p for p, _ in pairs], [t for _, t in pairs]",
        "before = []\nfor i in range(1, len(token_ids)):\n    start = i - window\n    if start < 0:\n        start = 0\n"
        "    before.append(token_ids[start:i])\nreturn (before, token_ids[1:])",
        "from collections import deque\nlast, before = deque(maxlen=window), []\nfor token in token_ids[:-1]:\n    last.append(token)\n"
        "    before.append(list(last))\nreturn before, token_ids[1:]",
    ],
    "3.2": [
        "before, targets = prefixes(token_ids, window)\nrows = [[pad] * (window - len(b)) + b for b in before]\n"
        "return np.array(rows), np.array(targets)",
        "before, targets = prefixes(token_ids, window)\nreturn keras.utils.pad_sequences(before, window, value=pad), np.array(targets)",
        "padded = [pad] * window + token_ids\n"
        "return np.array([padded[i : i + window] for i in range(1, len(token_ids))]), np.array(token_ids[1:], dtype='int32')",
        "before, targets = prefixes(token_ids, window)\ntable = np.full((len(before), window), pad)\nfor i, b in enumerate(before):\n"
        "    table[i, window - len(b) :] = b\nreturn table, np.asarray(targets)",
        "before, targets = prefixes(token_ids, window)\n"
        "return np.stack([np.pad(b, (window - len(b), 0), constant_values=pad) for b in before]), np.array(targets)",
        "full = np.concatenate([np.full(window, pad), token_ids])\n"
        "return np.lib.stride_tricks.sliding_window_view(full, window)[1:-1], full[window + 1 :]",
    ],
    "3.3": [
        network(),
        network(f"keras.Sequential([{', '.join(STACK)}])", ""),
        network("None", FUNCTIONAL + "\nmodel = keras.Model(read, x)"),
        network(loss="keras.losses.SparseCategoricalCrossentropy()", metrics="[keras.metrics.SparseCategoricalAccuracy(name='accuracy')]"),
        network(optimizer="keras.optimizers.Adam(learning_rate=learning_rate)", metrics="('accuracy',)"),
    ],
    "3.3b": [
        "2 * 4 * dense(64 + units, units) + 2 * 4 * dense(2 * units + units, units)",
        "8 * (dense(64 + units, units) + dense(3 * units, units))",
        "8 * units * (64 + units + 1) + 8 * units * (3 * units + 1)",
        "sum(2 * 4 * dense(inputs + units, units) for inputs in (64, 2 * units))",
        "np.int64(2 * 4 * dense(64 + units, units)) + 8 * dense(2 * units + units, units)",
    ],
    "3.4": [
        "[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=2)]",
        "[EarlyStopping(patience=2), ModelCheckpoint(best_file, save_best_only=True)]",
        "(ModelCheckpoint(str(best_file), monitor='val_loss', save_best_only=True), EarlyStopping('val_loss', patience=2))",
        "[ModelCheckpoint(filepath=best_file, save_best_only=True), EarlyStopping(patience=2, restore_best_weights=True)]",
        "[ModelCheckpoint(best_file, 'val_loss', 0, True), EarlyStopping(monitor='val_loss', patience=2, mode='min')]",
        "[ModelCheckpoint(best_file, 'val_accuracy', mode='max', save_best_only=True), EarlyStopping(patience=2)]",
        "[ModelCheckpoint(best_file, save_best_only=True), EarlyStopping(patience=2, min_delta=0.001), keras.callbacks.TerminateOnNaN()]",
    ],
    "3.5": [
        POSITIVE + "w = probabilities ** (1 / temperature)\nreturn int(rng.choice(len(w), p=w / w.sum()))",
        POSITIVE + "w = np.exp(np.log(probabilities) / temperature)\nreturn rng.choice(np.arange(len(w)), p=w / np.sum(w))",
        POSITIVE + "w = np.power(probabilities, 1 / temperature)\nreturn int(rng.multinomial(1, w / w.sum()).argmax())",
        POSITIVE + "w = probabilities ** (1 / temperature)\nreturn int(np.searchsorted(np.cumsum(w) / w.sum(), rng.random()))",
        "if not temperature > 0:\n    raise WorkshopError('temperature')\nw = (probabilities / max(probabilities)) ** (1 / temperature)\n"
        "w /= w.sum()\nreturn rng.choice(len(w), p=w)",
        POSITIVE + "logits = np.log(probabilities) / temperature\nreturn int(np.argmax(logits + rng.gumbel(size=len(logits))))",
    ],
    "3.6": [
        "nats / math.log(2) / characters", "nats / (math.log(2) * characters)", "nats * math.log2(math.e) / characters",
        "np.float32(nats / np.log(2) / characters)", "bits = nats / np.log(2)\nreturn bits / characters", "torch.tensor(nats / math.log(2) / characters)",
    ],
    "4.1": [
        "from transformers import AutoModelForCausalLM\nwith torch.device('meta'):\n"
        "    return AutoModelForCausalLM.from_config(config).num_parameters()",
        "with torch.device('meta'):\n    return sum(p.numel() for p in GPT2LMHeadModel(config).parameters())",
        "d = config.n_embd\nf = config.n_inner if config.n_inner is not None else 4 * d\n"
        "layer = 4 * d + 3 * d * d + 3 * d + d * d + d + 2 * d * f + f + d\n"
        "total = (config.vocab_size + config.n_positions) * d + config.n_layer * layer + 2 * d\n"
        "return total + (0 if config.tie_word_embeddings else d * config.vocab_size)",
        "def dense(a, b):\n    return a * b + b\nd = config.n_embd\nf = config.n_inner or 4 * d\ntotal = config.vocab_size * d\n"
        "total += config.n_positions * d\nfor _ in range(config.n_layer):\n"
        "    total += 2 * d + dense(d, 3 * d) + dense(d, d) + 2 * d + dense(d, f) + dense(f, d)\ntotal += 2 * d\n"
        "if not config.tie_word_embeddings:\n    total += config.vocab_size * d\nreturn total",
        "d = config.hidden_size\nf = config.n_inner or 4 * d\nblock = d * (4 * d + 9) + f * (2 * d + 1)\n"
        "return np.int64((config.vocab_size * (2 - config.tie_word_embeddings) + config.n_positions + 2) * d + config.n_layer * block)",
        "with torch.device('meta'):\n    model = GPT2LMHeadModel(config)\n"
        "return torch.tensor([p.numel() for p in model.parameters()]).sum()",
    ],
    "4.2": [
        "torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)",
        "n = q.size(-2)\ns = q @ k.mT / q.size(-1) ** 0.5\nreturn s.masked_fill(~torch.ones(n, n).tril().bool(), float('-inf')).softmax(-1) @ v",
        "n = q.shape[-2]\ns = torch.einsum('...id,...jd->...ij', q, k) / math.sqrt(q.shape[-1])\n"
        "s = s + torch.full((n, n), -torch.inf).triu(1)\nreturn torch.einsum('...ij,...jd->...id', torch.softmax(s, dim=-1), v)",
        "s = torch.matmul(q, k.transpose(-1, -2)) / np.sqrt(q.shape[-1])\nn = s.shape[-1]\nmask = torch.arange(n)[None] > torch.arange(n)[:, None]\n"
        "s[..., mask] = -float('inf')\nreturn torch.matmul(torch.nn.functional.softmax(s, dim=-1), v)",
        "s = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5\nn = q.shape[-2]\n"
        "w = torch.exp(s - s.max(-1, keepdim=True).values) * torch.tril(torch.ones(n, n))\nreturn (w / w.sum(-1, keepdim=True)) @ v",
        "out = torch.zeros_like(v)\nfor t in range(q.shape[-2]):\n"
        "    s = (k[..., : t + 1, :] * q[..., t : t + 1, :]).sum(-1) / math.sqrt(q.shape[-1])\n"
        "    out[..., t, :] = (s.softmax(-1)[..., None] * v[..., : t + 1, :]).sum(-2)\nreturn out",
    ],
    "4.3": [
        "math.exp(loss / tokens)", "math.e ** (loss / tokens)", "np.exp(loss / tokens)", "torch.exp(torch.tensor(loss / tokens, dtype=torch.float64))",
        "float(np.exp(np.array(loss) / tokens))", "2 ** (loss / tokens / math.log(2))",
    ],
    "4.4": [
        "FineTuning(learning_rate=3e-4, batch_size=8, epochs=4)", "FineTuning(learning_rate=1e-4, batch_size=16, epochs=3)",
        "FineTuning(learning_rate=5e-4, batch_size=4, epochs=2)", "FineTuning(batch_size=32, epochs=5)", "FineTuning(epochs=1)",
        "FineTuning()",
    ],
    "4.5": ["first.steps", "6", "int(first.steps)", "first.planned_steps - 6", "len(range(first.steps))", "np.int64(first.steps)"],
    "4.6": [
        '{"÷ 30": "trop petit", "× 1": "juste", "× 30": "trop grand"}', '{"÷ 30": "Trop petit", "× 1": "Juste", "× 30": "Trop grand"}',
        '{"÷ 30": " trop petit ", "× 1": "juste.", "× 30": "trop  grand"}', '{"÷30": "trop petit", "×1": "juste", "×30": "trop grand"}',
        '{"/ 30": "Trop petit !", "x 1": "Juste !", "x 30": "Trop grand !"}',
        '{"× 1": "juste", "× 30": "TROP GRAND", "÷ 30": "trop petit."}', 'dict(zip(("÷ 30", "× 1", "× 30"), ("trop petit", "juste", "trop grand")))',
    ],
    "4.7": [
        "1 - after / before", "(before - after) / before", "round(1 - after / before, 4)", "-(after - before) / before",
        "np.float32((before - after) / before)", "torch.tensor(1 - after / before)",
    ],
    "4.8": [
        "d = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]\nfor i in range(1, len(a) + 1):\n"
        "    for j in range(1, len(b) + 1):\n"
        "        d[i][j] = min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]))\nreturn d[-1][-1]",
        "from functools import cache\n@cache\ndef cost(i, j):\n    if i == 0 or j == 0:\n        return i + j\n"
        "    return min(cost(i - 1, j) + 1, cost(i, j - 1) + 1, cost(i - 1, j - 1) + (a[i - 1] != b[j - 1]))\nreturn cost(len(a), len(b))",
        "t = np.zeros((len(a) + 1, len(b) + 1))\nt[:, 0] = range(len(a) + 1)\nt[0] = range(len(b) + 1)\nfor i, x in enumerate(a, 1):\n"
        "    for j, y in enumerate(b, 1):\n        t[i, j] = min(t[i - 1, j] + 1, t[i, j - 1] + 1, t[i - 1, j - 1] + (x != y))\nreturn int(t[-1, -1])",
        "t = np.zeros((len(a) + 1, len(b) + 1))\nt[:, 0] = range(len(a) + 1)\nt[0] = range(len(b) + 1)\nfor i, x in enumerate(a, 1):\n"
        "    for j, y in enumerate(b, 1):\n        t[i, j] = min(t[i - 1, j] + 1, t[i, j - 1] + 1, t[i - 1, j - 1] + (x != y))\nreturn t[-1, -1]",
        "import nltk\nreturn nltk.edit_distance(a, b)",
        "if len(a) < len(b):\n    a, b = b, a\nprevious = range(len(b) + 1)\nfor i, x in enumerate(a):\n    current = [i + 1]\n"
        "    for j, y in enumerate(b):\n        current.append(min(previous[j + 1] + 1, current[j] + 1, previous[j] + (x != y)))\n"
        "    previous = current\nreturn previous[-1]",
    ],
    "5.1": [
        POSITIVE + "return logits / temperature", POSITIVE + "return logits * (1 / temperature)", POSITIVE + "return np.divide(logits, temperature)",
        "if not temperature > 0:\n    raise WorkshopError('non')\nreturn np.array([x / temperature for x in logits])",
        POSITIVE + "return np.asarray(logits) * temperature ** -1", POSITIVE + "out = logits.copy()\nout /= temperature\nreturn out",
    ],
    "5.2": [
        AT_LEAST_ONE + "lowest = np.sort(logits)[-min(k, len(logits))]\nreturn np.where(logits >= lowest, logits, -np.inf)",
        AT_LEAST_ONE + "out = np.full(len(logits), -np.inf)\nbest = np.argsort(-logits)[:k]\nout[best] = logits[best]\nreturn out",
        AT_LEAST_ONE + "out = logits.copy()\nout[np.argsort(logits)[: max(0, len(logits) - k)]] = -np.inf\nreturn out",
        AT_LEAST_ONE + "limit = sorted(logits, reverse=True)[:k][-1]\nreturn np.array([x if x >= limit else -np.inf for x in logits])",
        AT_LEAST_ONE + "import torch\nvalues, _ = torch.topk(torch.tensor(logits), min(k, len(logits)))\n"
        "return np.where(logits < values[-1].item(), float('-inf'), logits)",
        AT_LEAST_ONE + "rank = (-logits).argsort().argsort()\nreturn np.where(rank < k, logits, -np.inf)",
    ],
    "5.3": [
        SHARE + "order = np.argsort(logits)[::-1]\ns = softmax(logits)[order]\nkept = order[np.cumsum(s) - s < p]\n"
        "out = np.full_like(logits, -np.inf)\nout[kept] = logits[kept]\nreturn out",
        SHARE + "probabilities = softmax(logits)\nout, reached = np.full(len(logits), -np.inf), 0.0\n"
        "for i in sorted(range(len(logits)), key=lambda i: -logits[i]):\n    if reached >= p:\n        break\n    out[i] = logits[i]\n"
        "    reached += probabilities[i]\nreturn out",
        SHARE + "order = np.argsort(-logits)\nc = np.cumsum(softmax(logits)[order])\nn = np.searchsorted(c, p - 1e-12) + 1\n"
        "out = np.ones(len(logits)) * -np.inf\nout[order[:n]] = logits[order[:n]]\nreturn out",
        SHARE + "import torch\nfrom transformers import TopPLogitsWarper\nreturn TopPLogitsWarper(p)(None, torch.tensor(logits)[None])[0].numpy()",
        SHARE + "order = np.argsort(-logits)\nc = np.concatenate([[0], np.cumsum(softmax(logits)[order])[:-1]])\nout = logits.astype(float)\n"
        "out[order[c >= p]] = float('-inf')\nreturn out",
    ],
    "5.4": [
        "[answer[0]['generated_text'] for answer in generator(list(prompts), **settings)]",
        "return [generator(prompt, **settings)[0]['generated_text'] for prompt in prompts]",
        "texts = []\nfor proposals in generator([p for p in prompts], **settings):\n    texts.append(proposals[0]['generated_text'])\nreturn texts",
        "list(map(lambda proposals: proposals[0].get('generated_text'), generator(list(prompts), **settings)))",
        "[first['generated_text'] for (first,) in generator([*prompts], **settings)]",
    ],
    "6.9": [
        '[encode_pair(tokenizer, pair["question"], pair["answer"], 64) for pair in english["train"]]',
        'list(map(lambda pair: encode_pair(tokenizer, pair["question"], pair["answer"], 64), english["train"]))',
        '[encode_pair(room=64, tokenizer=tokenizer, **pair) for pair in english.get("train")]',
        '[encode_pair(tokenizer, *map(pair.get, ("question", "answer")), 64) for pair in english["train"]]',
        '[encode_pair(tokenizer, english["train"][i]["question"], english["train"][i]["answer"], 64) for i in range(len(english["train"]))]',
    ],
}  # fmt: skip

for id, written in {**right_answers_06.WRITTEN, **right_answers_07.WRITTEN}.items():
    RIGHT[id] = [
        "\n\n".join(inspect.getsource(one) for one in reversed(functions)).replace(
            f"def {functions[0].__name__}(", f"def {find(id).name}("
        )
        for functions in written
    ]
