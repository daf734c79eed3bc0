"""The mutants that pass because they are right on every valid input, or free by the exercise's own text, with the reason."""

NAME = "the name of the encoding is not checked, and the notebook says so"
TWICE = "the notebook does not ask to mend a text that was encoded twice"
CHECKS = "two lists of the same length, by construction: `strict` only guards against ourselves"
FREE = "a free choice: every reasonable value is accepted, and the notebook says so"
OPTIONAL = "the notebook says that an attendee's own may do without this check"
MAC = "a carriage return alone has ended no line for twenty-five years, and no book here has one"
ROUNDED = "NumPy allows numbers in single precision their rounding"
TINY = "it only guards against numbers too small to be written, far below a temperature of 0.01"
SPEED = "it changes the speed of a training, not what is learnt"
QUIET = "it only silences a warning or a progress bar"
SIZE = "the same numbers on more bytes: Keras reads both"
WIDER = "a mask with more axes, which is the same for each head"
WORDS = "how a fault is told is up to everybody"
LAID_OUT = "how people's part of the card is laid out is up to everybody, as long as names, figures and limits have their lines"
ROUND = "a set has no order, and neither has a sum; nothing is nothing"
BLANK = "a line of white has nothing left on either side"
LOWER = "the others score less: the first one decides"
HERE = "the tokenizers of the workshop add no mark of their own, and the notebook speaks of no other"
SHORT = "no English example is that long"
WHITE = "the white around a text is not compared, and a mark ends its line"

EQUIVALENT: dict[str, dict[str, str]] = {
    "1.2": {"start.end(): -> start.end() + 1:": WHITE, ":end.start() -> :end.start() - 1": WHITE},
    "1.3": dict.fromkeys(
        ("text.strip() -> text.lstrip()", "text.strip() -> text.rstrip()", "text.strip() -> text"),
        "an empty piece is left out anyway",
    ),
    "1.4": {
        "for turn in re.split('(?<=[^«][.!?…»])(?=—\\\\W*[A-ZÀ-ÖØ-ÞŒ])'…: sentences.append(piece) -> "
        "for turn in re.split('(?<=[^«][.!?…»])(?=—\\\\W*[A-ZÀ-ÖØ-ÞŒ])'…ences.append(piece) break": "the reference cuts before a "
        "new speaker, too; the notebook does not ask for it, and no case has one"
    },
    "1.6": {
        "zip(book.paragraphs, book.chapters, strict=True) -> zip(book.paragraphs, book.chapters)": CHECKS,
        "True -> False": CHECKS,
        "round(len(rows) * (1 - validation_share)) -> int(len(rows) * (1 - validation_share))": (
            "the notebook does not say how to round: a book may be cut one paragraph sooner"
        ),
    },
    "1.7": {
        "try: text, encoding = (data.decode('utf-8-sig'), 'UTF-8') ex…, encoding = rescue(data) -> "
        "text, encoding = rescue(data)": "our `rescue` reads UTF-8, too",
        "if (mended := mend_twice_encoded(text)): text, encoding = (m…ding}, encodé deux fois') -> pass": TWICE,
        "text.replace('\\r\\n', '\\n').replace('\\r', '\\n') -> text.replace('\\r\\n', '\\n')": MAC,
        "'\\n' -> ''": MAC,
        "text, encoding = (mended, f'{encoding}, encodé deux fois') -> pass": TWICE,
        "mend_twice_encoded(text) -> text": "the name and the text change places twice, or not at all",
        "(mended, f'{encoding}, encodé deux fois') -> (f'{encoding}, encodé deux fois', mended)": TWICE,
        "', encodé deux fois' -> ''": TWICE,
        "'UTF-8' -> ''": NAME,
    },
    "2.1": {"tokenizer(text, verbose=False) -> tokenizer(text)": QUIET, "False -> True": QUIET},
    "2.3": {
        "if not words: raise WorkshopError('Ce texte ne contient aucu…s une phrase à mesurer.') -> pass": OPTIONAL,
        "raise WorkshopError('Ce texte ne contient aucun mot\\xa0: don…s une phrase à mesurer.') -> pass": OPTIONAL,
    },
    "2.5": {
        "tokenizer.train_new_from_iterator(corpus, vocab_size, show_progress=False) -> "
        "tokenizer.train_new_from_iterator(corpus, vocab_size)": QUIET,
        "False -> True": QUIET,
    },
    "3.2": {
        "np.full((len(before), window), pad, dtype=np.int32) -> np.full((len(before), window), pad)": SIZE,
        "np.array(targets, dtype=np.int32) -> np.array(targets)": SIZE,
        "zip(inputs, before, strict=True) -> zip(inputs, before)": CHECKS,
        "True -> False": CHECKS,
    },
    "3.3": {
        "keras.utils.set_random_seed(seed) -> pass": OPTIONAL,
        "keras.utils.set_random_seed(seed) -> seed": OPTIONAL,
        "keras.utils.set_random_seed(seed) -> keras.utils": OPTIONAL,
        "model.compile(optimizer=keras.optimizers.Adam(learning_rate)…acy'], jit_compile=False) -> "
        "model.compile(optimizer=keras.optimizers.Adam(learning_rate)…y', metrics=['accuracy'])": SPEED,
        "False -> True": SPEED,
        "keras.Input((window,), dtype='int32') -> keras.Input((window,))": "an Embedding reads whole numbers of any type",
    },
    "3.5": {
        "probabilities = np.asarray(probabilities, dtype=np.float64) -> pass": ROUNDED,
        "np.asarray(probabilities, dtype=np.float64) -> probabilities": ROUNDED,
        "np.asarray(probabilities, dtype=np.float64) -> np.asarray(probabilities)": ROUNDED,
        "int(rng.choice(len(weights), p=weights / weights.sum())) -> rng.choice(len(weights), p=weights / weights.sum())": "an "
        "integer of NumPy is one",
        "probabilities / probabilities.max() -> probabilities * probabilities.max()": TINY,
        "probabilities / probabilities.max() -> probabilities": TINY,
        "probabilities.max() -> probabilities.min()": TINY,
    },
    "4.2": {
        "k.transpose(-2, -1) -> k.transpose(-1, -2)": "the same exchange of two axes",
        "torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device) -> torch.ones(scores.shape[-2:], dtype=torch.bool)": (
            "it differs on a graphics card alone, where the cases are not"
        ),
        "-2: -> :": WIDER,
        "-2: -> -2 - 1:": WIDER,
        "2 -> 3": WIDER,
    },
    "4.4": dict.fromkeys(
        (
            "FineTuning(learning_rate=0.0006, batch_size=8, epochs=4) -> FineTuning(batch_size=8, epochs=4)",
            "FineTuning(learning_rate=0.0006, batch_size=8, epochs=4) -> FineTuning(learning_rate=0.0006, epochs=4)",
            "FineTuning(learning_rate=0.0006, batch_size=8, epochs=4) -> FineTuning(learning_rate=0.0006, batch_size=8)",
            "0.0006 -> 0.0012",
            "8 -> 9",
            "8 -> 7",
            "4 -> 5",
            "4 -> 3",
        ),
        FREE,
    ),
    "5.4": {"0 -> -1": "one proposal is both the first and the last"},
    "6.1": {
        "(str, int) -> (int, str)": "an annotation",
        "(ValueError, RecursionError) -> (RecursionError, ValueError)": "two exceptions are caught in any order",
        **dict.fromkeys(("line.strip() -> line.lstrip()", "line.strip() -> line.rstrip()"), BLANK),
        **dict.fromkeys(
            (
                "not_json(line, error) -> line",
                "not_json(line, error) -> error",
                "'cette question est déjà posée à la ligne ' -> ''",
            ),
            WORDS,
        ),
    },
    "6.3": {
        "tokenizer(TEMPLATE.format(question=question), verbose=False) -> tokenizer(TEMPLATE.format(question=question))": QUIET,
        "tokenizer(f' {answer}', add_special_tokens=False) -> tokenizer(f' {answer}')": HERE,
        "False -> True": f"{QUIET}; {HERE}",
    },
    "6.6": {
        **dict.fromkeys(("sorted(set(stems(query))) -> set(stems(query))", "0.0 -> -0.0"), ROUND),
        **dict.fromkeys(("1.0 -> 2.0", "1.0 -> -1.0"), "where no passage has a stem, every score is 0"),
    },
    "6.7": dict.fromkeys(
        (
            "for number, score in best: if score >= threshold: return passages[number].quoted() -> "
            "for number, score in best: if score >= threshold: return passages[number].quoted() break",
            ":1 -> :",
            ":1 -> :1 + 1",
            "1 -> 2",
        ),
        LOWER,
    ),
    "6.8": {
        "list(turns) -> turns": "the list is not changed in place",
        "tokenizer(''.join(kept), verbose=False) -> tokenizer(''.join(kept))": QUIET,
        "False -> True": QUIET,
    },
    "6.9": {"64 -> 65": SHORT, "64 -> 63": SHORT},
    "7.1": {
        "ModelCardData(**data).to_yaml() -> ModelCardData(**data)": "written in a text, they are the same YAML",
        "dict(about) -> about": "a dictionary is joined as its copy is",
        "{'model_name': name, 'eval_results': results} if results else {} -> {'model_name': name, 'eval_results': results}": (
            "without a figure, an empty list says as much as none"
        ),
        **dict.fromkeys(
            (
                "f'---\\n{metadata}\\n---\\n\\n' + '\\n\\n'.join(text) + '\\n' -> "
                "f'---\\n{metadata}\\n---\\n\\n' + '\\n\\n'.join(text)",
                "'## Mesures' -> ''",
                "'## Limites' -> ''",
                "'\\n' -> ''",
                "'# ' -> ''",
            ),
            LAID_OUT,
        ),
    },
    "7.2": {
        "(int, float) -> (float, int)": "a number is one or the other, in any order",
        **dict.fromkeys(
            (
                *(
                    f"{said!r} -> ''"
                    for said in (
                        "Le champ «\xa0",
                        "\xa0» n’existe pas.",
                        "Il manque le champ «\xa0prompt\xa0»\xa0: ",
                        ".",
                        "\xa0» attend ",
                    )
                ),
                *(":40 -> :", ":40 -> :40 + 1", ":40 -> :40 - 1", "40 -> 41", "40 -> 39"),
            ),
            WORDS,
        ),
    },
    "7.3": {
        "bucket._replace(coins=coins, at=now) -> bucket": "it will hold the same coins at every moment to come",
        "0.0 -> -0.0": ROUND,
    },
    "4.8": {"list(range(len(b) + 1)) -> range(len(b) + 1)": "a range is read as a list is"},
}
