"""What any causal language model has, whatever its family calls it: sizes, positions, a token that begins a text.

Nothing is loaded here: a configuration or a tokenizer of transformers is all that is read.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedTokenizerBase

#: Tokens read at once by a model that sets no limit itself (its positions are computed, not learnt): the context of GPT-2.
UNLIMITED = 1024


#: What a BiLSTM reads where there is nothing before: token 0, the end of text (before the first word, there was another text).
#: It is so in all that it has learnt from, whichever token the tokenizer itself fills its batches with.
PAD = 0


class Shape(NamedTuple):
    """The sizes that a drawing or a count needs."""

    vocabulary: int  #: tokens
    positions: int  #: tokens read at once
    width: int  #: numbers to a token
    layers: int
    heads: int
    inner: int  #: neurons of the wide dense layer


def shape(config: "PretrainedConfig") -> Shape:
    """Return the sizes of a model from its configuration (of the part that writes, where a model also sees or hears).

    transformers gives the width, the layers and the heads the same names in all families; only the rest is looked for.
    """
    config = config.get_text_config()
    inner = next((size for name in ("n_inner", "intermediate_size", "ffn_dim") if (size := getattr(config, name, None))), None)
    width = config.hidden_size
    heads, layers = config.num_attention_heads, config.num_hidden_layers
    return Shape(config.vocab_size, positions(config), width, layers, heads, inner or 4 * width)


def positions(config: "PretrainedConfig") -> int:
    """Return how many tokens a model can read at once."""
    config = config.get_text_config()
    names = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")
    return next((limit for name in names if (limit := getattr(config, name, None))), UNLIMITED)


def start_id(tokenizer: "PreTrainedTokenizerBase") -> int:
    """Return the token that stands before a text: its beginning or, where a family has none (Qwen), the end of the one before."""
    known = (tokenizer.bos_token_id, tokenizer.eos_token_id)
    return next((token for token in known if token is not None), 0)
