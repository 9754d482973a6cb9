"""People who do not exist, as a recogniser would see them: known identities, known spread."""

import numpy as np

from liveportrait.dataset.embeddings import Embeddings, Recogniser

FAKE = Recogniser(name="fake-r18", weights_sha256="ab" * 32, licence="MIT")


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def random_vectors(num: int, *, dimensions: int = 64, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((num, dimensions)))


def people(
    num_identities: int, *, num_live: int = 2, noise: float = 0.6, dimensions: int = 64, seed: int = 0
) -> Embeddings:
    """One document and some live images each; `noise` is the length of what differs between images."""
    rng = np.random.default_rng(seed)
    centres = unit(rng.standard_normal((num_identities, dimensions)))
    codes = np.repeat(np.arange(num_identities), 1 + num_live)
    spread = noise / dimensions**0.5 * rng.standard_normal((len(codes), dimensions))
    slots = np.tile(np.arange(-1, num_live), num_identities)
    return Embeddings(
        recogniser=FAKE,
        image_ids=tuple(
            f"{code:012x}.doc" if slot < 0 else f"{code:012x}.live_{slot}_e"
            for code, slot in zip(codes.tolist(), slots.tolist(), strict=True)
        ),
        identity_ids=tuple(f"{code:012x}" for code in codes.tolist()),
        roles=tuple("doc" if slot < 0 else "live" for slot in slots.tolist()),
        vectors=unit(centres[codes] + spread),
    )
