"""A face takes the place of the word, only while it is asked to, and only its direction matters."""

from typing import Any

import pytest
import torch
from torch import Tensor

from liveportrait.dataset.generators.arc2face.face_prompt import (
    SENTENCE,
    face_prompt,
    sentence_tokens,
    word_embedding_replaced,
)
from liveportrait.errors import WeightsError
from tests.dataset.generators import tiny_parts


@pytest.fixture(scope="module")
def encoder() -> Any:
    torch.manual_seed(0)
    return tiny_parts.clip_text_model(width=768)


@pytest.fixture(scope="module")
def sentence() -> tuple[Tensor, int]:
    return sentence_tokens(tiny_parts.clip_tokenizer(model_max_length=24))


def faces(num: int, *, seed: int = 0) -> Tensor:
    return torch.randn(num, 512, generator=torch.Generator().manual_seed(seed))


@torch.inference_mode()
def prompt_of(encoder: Any, sentence: tuple[Tensor, int], vectors: Tensor) -> Tensor:
    tokens, word = sentence
    return face_prompt(vectors, text_encoder=encoder, tokens=tokens, word=word)


def test_the_sentence_has_the_word_once_and_fills_the_encoders_length(sentence: tuple[Tensor, int]) -> None:
    tokens, word = sentence
    assert tokens.shape == (1, 24)
    assert int((tokens == word).sum()) == 1


def test_the_words_embedding_is_the_face_of_length_one_filled_up_with_zeros(
    encoder: Any, sentence: tuple[Tensor, int]
) -> None:
    tokens, word = sentence
    plain = encoder.get_input_embeddings()(tokens)
    vectors = faces(1) * 30
    padded = torch.nn.functional.pad(torch.nn.functional.normalize(vectors), (0, 256))
    with word_embedding_replaced(encoder, word=word, faces=padded):
        seen = encoder.get_input_embeddings()(tokens)

    place = int((tokens[0] == word).nonzero())
    assert torch.allclose(seen[0, place, :512], vectors[0] / vectors[0].norm())
    assert seen[0, place, 512:].abs().max() == 0
    others = [index for index in range(24) if index != place]
    assert torch.equal(seen[0, others], plain[0, others])


def test_it_is_what_the_encoder_makes_of_those_embeddings(encoder: Any, sentence: tuple[Tensor, int]) -> None:
    """The same by another way: the face written into the table of words itself."""
    tokens, word = sentence
    vector = faces(1)
    made = prompt_of(encoder, sentence, vector)
    table = encoder.get_input_embeddings().weight
    kept = table[word].clone()
    table[word] = torch.nn.functional.pad(vector / vector.norm(), (0, 256))[0]
    try:
        with torch.inference_mode():
            expected = encoder(tokens)[0]
    finally:
        table[word] = kept

    assert made.shape == (1, 24, 768)
    assert torch.allclose(made, expected, atol=1e-6)


def test_length_does_not_matter_and_direction_does(encoder: Any, sentence: tuple[Tensor, int]) -> None:
    one = prompt_of(encoder, sentence, faces(1))

    assert torch.allclose(prompt_of(encoder, sentence, faces(1) * 25), one, atol=1e-5)
    assert not torch.allclose(prompt_of(encoder, sentence, faces(1, seed=1)), one, atol=1e-3)


def test_each_sentence_of_a_batch_has_its_own_face(encoder: Any, sentence: tuple[Tensor, int]) -> None:
    several = faces(3)
    together = prompt_of(encoder, sentence, several)

    for index in range(3):
        alone = prompt_of(encoder, sentence, several[index : index + 1])
        assert torch.allclose(together[index], alone[0], atol=1e-5)


def test_afterwards_and_after_an_error_the_encoder_is_as_before(
    encoder: Any, sentence: tuple[Tensor, int]
) -> None:
    tokens, word = sentence
    with torch.inference_mode():
        before = encoder(tokens)[0]
        prompt_of(encoder, sentence, faces(1))
        with (
            pytest.raises(ZeroDivisionError),
            word_embedding_replaced(encoder, word=word, faces=torch.zeros(1, 768)),
        ):
            raise ZeroDivisionError

        assert torch.equal(encoder(tokens)[0], before)
    assert not encoder.get_input_embeddings()._forward_hooks


def test_a_tokenizer_that_splits_the_word_is_refused() -> None:
    with pytest.raises(WeightsError, match=rf"splits 'id' into 2 tokens .* in {SENTENCE!r}"):
        sentence_tokens(tiny_parts.clip_tokenizer(merges=[]))
