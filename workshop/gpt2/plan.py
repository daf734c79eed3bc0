"""A model of another family, told in the words of GPT-2, and what these words leave out."""

from transformers import GPT2Config, PretrainedConfig, PreTrainedModel

from ..base.causal import shape


def gpt2_plan(config: PretrainedConfig) -> GPT2Config:
    """Return the plan of the GPT-2 that has the sizes of this model: the plan itself, when it is one already."""
    if isinstance(config, GPT2Config):
        return config
    sizes, attention = shape(config), getattr(config.get_text_config(), "attention_dropout", 0.0)
    return GPT2Config(
        vocab_size=sizes.vocabulary, n_positions=sizes.positions, n_embd=sizes.width, n_layer=sizes.layers, n_head=sizes.heads,
        n_inner=sizes.inner, attn_pdrop=attention, resid_pdrop=0.0, embd_pdrop=0.0,
        tie_word_embeddings=config.tie_word_embeddings, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip


def what_differs(model: PreTrainedModel) -> str:
    """Return the sentence that says why the formula of GPT-2 does not count this model; nothing for a GPT-2.

    Each difference is read in the configuration or among the names of the weights.
    """
    if isinstance(model.config, GPT2Config):
        return ""
    config = model.config.get_text_config()
    names = [name for name, _ in model.named_parameters()]
    weights, biases = (sum(name.endswith(end) for name in names) for end in (".weight", ".bias"))
    differences = {
        "les positions ne sont pas un tableau de vecteurs appris, mais un calcul": not any(
            "wpe" in name or "position" in name for name in names
        ),
        "plusieurs têtes partagent les mêmes clés et les mêmes valeurs": (
            (getattr(config, "num_key_value_heads", None) or config.num_attention_heads) < config.num_attention_heads
        ),
        "les couches denses sont trois, dont une «\u00a0porte\u00a0»": any(
            "gate_proj" in name or "gate_up_proj" in name for name in names
        ),
        "il y a moins de biais": biases < weights - 2,  # GPT-2: one to each weight, but for its two tables
    }
    told = "\u202f; ".join(text for text, true in differences.items() if true) or "son plan n’est pas celui de GPT-2"
    return f"Les deux nombres diffèrent, car ce modèle est un {config.model_type}\u00a0: {told}."
