from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import Any

import pytest

from liveportrait.training.guides import EYE_KEYPOINTS, LIP_KEYPOINTS, NUM_GUIDED
from liveportrait.training.recipes import RECIPES, human, human_finetune, mini


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_frozen_through_and_through(name: str) -> None:
    recipe = RECIPES[name]()
    assert recipe == RECIPES[name]()

    def check(part: Any) -> None:
        if is_dataclass(part) and fields(part):
            with pytest.raises(FrozenInstanceError):
                setattr(part, fields(part)[0].name, None)
            for field in fields(part):
                check(getattr(part, field.name))

    check(recipe)


@pytest.mark.parametrize("name", RECIPES)
def test_pictures_are_as_large_as_the_model_draws_them(name: str) -> None:
    recipe = RECIPES[name]()
    stages = [recipe.one.schedule, recipe.two.schedule]
    assert {schedule.pairs.size_px for schedule in stages} == {recipe.preset.output_px}


def test_what_the_paper_states_is_in_the_recipe() -> None:
    """Adam at 2e-4, betas (0.5, 0.999), batch 104 on 8 devices, ten landmarks, three discriminators."""
    one = human().one
    assert (one.descent.learning_rate, one.descent.betas) == (2e-4, (0.5, 0.999))
    assert one.schedule.batch_size * 8 == 104
    assert one.weights.motion is not None and one.adversary is not None
    assert len(one.weights.motion.guided) == 10
    assert set(one.weights.motion.guided) <= set(LIP_KEYPOINTS + EYE_KEYPOINTS)
    assert one.adversary.regions == ("whole", "face", "lips")


def test_released_keypoints_are_not_bent() -> None:
    assert human_finetune().one.motion_rate == 0
    assert human_finetune().start == "released"


def test_the_mini_guides_all_it_can() -> None:
    recipe = mini()
    assert recipe.motion is not None
    assert len(recipe.motion.weights.guided) == NUM_GUIDED
