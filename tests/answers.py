"""Answers as attendees write them in a cell, with the names that their notebook has."""

import heapq
import inspect
import itertools
import json
import math
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import keras
import numpy as np
import pandas as pd
import torch
from datasets import Dataset, DatasetDict
from nltk.tokenize.punkt import PunktSentenceTokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerBase

from workshop import sharing, steps
from workshop.assistant import conversation, lora, pairs, retrieval, training
from workshop.base.errors import WorkshopError
from workshop.base.settings import settings
from workshop.bilstm import PAD, prefixes
from workshop.cleaning import FUNCTION_WORDS, Cleaned
from workshop.exercises.cards import Card
from workshop.exercises.core import check, check_value, find
from workshop.exercises.mistakes import Setting
from workshop.exercises.statement import Exercise
from workshop.generation.sampling import softmax
from workshop.gpt2.finetuning import FineTuning
from workshop.neuron import neuron
from workshop.tokens import encode_text, pack, tokens_of, training_corpus

FRENCH = AutoTokenizer.from_pretrained(settings().data / "models" / "gpt2-fr", local_files_only=True)

#: What the first cells of the notebooks import, and the functions of the exercises before.
NAMES = {"FUNCTION_WORDS": FUNCTION_WORDS, "PAD": PAD, "math": math, "re": re, "np": np, "keras": keras, "torch": torch}
NAMES |= {"layers": keras.layers, "settings": settings, "softmax": softmax, "neuron": neuron, "encode_text": encode_text}
NAMES |= {one.__name__: one for one in (Counter, Path, Dataset, DatasetDict, PunktSentenceTokenizer, WorkshopError, FineTuning)}
NAMES |= {
    one.__name__: one for one in (GPT2Config, GPT2LMHeadModel, AutoModelForCausalLM, prefixes, pack, tokens_of, training_corpus)
}
NAMES |= {one.__name__: one for one in (Iterable, Iterator, Sequence, Cleaned, AutoTokenizer, PreTrainedTokenizerBase)}
NAMES |= {"os": os, "pd": pd, "steps": steps, "rehearsal": FineTuning(max_steps=12, evaluations=3, evaluation_blocks=8)}
NAMES |= {"trials": {"÷ 30": ([], 40.0), "× 1": ([], 33.0), "× 30": ([], 60.0)}, "french": FRENCH}
NAMES |= {"corpus_text": "Le meunier dit à la meunière : « La roue tourne, la roue tourne ! » Et le meunier rit. " * 30}
NAMES |= {one.__name__: one for one in (pairs.key_of, pairs.not_json, pairs.problem_of, retrieval.stems, retrieval.bm25)}
NAMES |= {"UNKNOWN": retrieval.UNKNOWN, "TEMPLATE": training.TEMPLATE, "Bucket": sharing.Bucket, "readable": sharing.readable}
NAMES |= {one.__name__: one for one in (Mapping, Any, retrieval.Passage, sharing.Figure, sharing.Limit)}  # fmt: skip
NAMES |= {"ANSWER": conversation.ANSWER, "log": math.log}
#: What an attendee may import beside.
NAMES |= {"json": json, "itertools": itertools, "heapq": heapq, "defaultdict": defaultdict, "lora": lora}


def answered(id: str, code: str) -> Card:
    """Return the card of an answer: a value (an expression, perhaps after a name), the body of a function, or a whole one."""
    exercise = find(id)
    if exercise.reference is None:
        names = exercise.names()
        value = code.partition(" = ")[2] if re.match(r"\w+ = ", code) else code
        return check_value(exercise, eval(value, {**NAMES, **names, "answer": lambda id, value: value}), names)
    return check(exercise, written(exercise, code))


def written(exercise: Exercise, code: str) -> Callable:
    """Return the function of an answer: an expression, a body, or a whole function under its decorator."""
    code = re.sub(r"^@exercise\(.*\)\n", "", code)
    code = f"pass\n{dedent(code)}" if code.startswith(" ") else code  # a body, even where it is one expression
    assert exercise.reference is not None  # a value is no function
    function = Setting(exercise.name, NAMES, exercise.reference).function(code)
    function.__defaults__ = exercise.reference.__defaults__ if not code.lstrip().startswith("def ") else function.__defaults__
    assert inspect.isfunction(function)
    return function
