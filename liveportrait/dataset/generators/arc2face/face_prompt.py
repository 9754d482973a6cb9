"""A face in the place of a word: what Arc2Face's UNet is told (Papantoniou et al. 2024, section 3.2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from liveportrait.dataset.generators.face_vectors import VECTOR_WIDTH
from liveportrait.errors import WeightsError

TextEncoder: TypeAlias = Any
"""A `CLIPTextModel` of transformers."""

SENTENCE = "photo of a id person"
WORD = "id"
"""Its embedding is replaced by the face; the sentence is the one that the weights were trained with."""


def face_prompt(
    vectors: Float[Tensor, "b 512"], *, text_encoder: TextEncoder, tokens: Int[Tensor, "1 n"], word: int
) -> Float[Tensor, "b n width"]:
    """The prompt embeddings of the sentence with each face in it; `word` is the token of `WORD`.

    Vectors may have any length but 0: their direction enters.
    """
    width = text_encoder.get_input_embeddings().weight.shape[1]
    faces = functional.pad(functional.normalize(vectors), (0, width - VECTOR_WIDTH))
    with word_embedding_replaced(text_encoder, word=word, faces=faces):
        return text_encoder(tokens.expand(len(vectors), -1))[0]


@contextmanager
def word_embedding_replaced(
    text_encoder: TextEncoder, *, word: int, faces: Float[Tensor, "b width"]
) -> Iterator[None]:
    """While this is open, each sentence of a batch has its face in the place of the word."""

    def replace(_embedding: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
        is_word = (inputs[0] == word)[:, :, None]
        return torch.where(is_word, faces[:, None].to(output), output)

    handle = text_encoder.get_input_embeddings().register_forward_hook(replace)
    try:
        yield
    finally:
        handle.remove()


def sentence_tokens(tokenizer: Any) -> tuple[Int[Tensor, "1 n"], int]:
    """The sentence as tokens, filled up to the encoder's length, and the token of the word."""
    word = tokenizer.encode(WORD, add_special_tokens=False)
    sentence = tokenizer.encode(SENTENCE, add_special_tokens=True)
    if len(word) != 1 or sentence.count(word[0]) != 1:
        raise WeightsError(
            f"The tokenizer splits {WORD!r} into {len(word)} tokens and has it "
            f"{sentence.count(word[0])} times in {SENTENCE!r}: expected one, as CLIP's has. Use the "
            "tokenizer of Stable Diffusion 1.5."
        )
    filled = tokenizer(
        SENTENCE, padding="max_length", max_length=tokenizer.model_max_length, return_tensors="pt"
    )
    return filled["input_ids"], word[0]
