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
            "FineTuning(learning_rate=0.0003, batch_size=8, epochs=4) -> FineTuning(batch_size=8, epochs=4)",
            "FineTuning(learning_rate=0.0003, batch_size=8, epochs=4) -> FineTuning(learning_rate=0.0003, epochs=4)",
            "FineTuning(learning_rate=0.0003, batch_size=8, epochs=4) -> FineTuning(learning_rate=0.0003, batch_size=8)",
            "0.0003 -> 0.0006",
            "8 -> 9",
            "8 -> 7",
            "4 -> 5",
            "4 -> 3",
        ),
        FREE,
    ),
    "5.4": {"0 -> -1": "one proposal is both the first and the last"},
    "4.8": {"list(range(len(b) + 1)) -> range(len(b) + 1)": "a range is read as a list is"},
}
