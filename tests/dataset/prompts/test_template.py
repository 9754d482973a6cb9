from hypothesis import given
from hypothesis import strategies as st

from liveportrait.dataset.attributes.attribute_set import WeightedValue
from liveportrait.dataset.attributes.builtin_set import builtin_attribute_set
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.prompts.mentions import unmentioned
from liveportrait.dataset.prompts.protocol import PromptRequest, PromptWriter
from liveportrait.dataset.prompts.template import TemplateConfig, TemplateWriter
from liveportrait.dataset.schema.identities import Attribute


def _request(*pairs: tuple[str, str], seed: int = 0) -> PromptRequest:
    attributes = tuple(Attribute(name=name, value=value) for name, value in pairs)
    return PromptRequest(identity_id="00c0ffee0000", attributes=attributes, seed=seed)


def _is_value(text: str) -> bool:
    try:
        WeightedValue(value=text, probability=1.0)
    except DatasetError:
        return False
    return True


def test_the_sentence() -> None:
    request = _request(
        ("facial_hair", "Clean-shaven"), ("ages", "30-39"), ("genders", "Male"), ("mood", "Calm")
    )
    writer = TemplateWriter(config=TemplateConfig(opening="Photo of", closing="gray wall"))
    assert (
        writer.write(request).text
        == "Photo of a man, aged 30-39, facial hair: clean-shaven, mood: calm, gray wall."
    )


def test_it_is_a_prompt_writer_that_says_so() -> None:
    writer = TemplateWriter()
    assert isinstance(writer, PromptWriter)
    prompt = writer.write(_request(("genders", "Non-binary")))
    assert (prompt.writer, prompt.attempts, prompt.unmentioned) == ("template", 1, ())
    assert "a non-binary person" in prompt.text


def test_no_chance_is_in_it() -> None:
    writer = TemplateWriter()
    assert writer.write(_request(("ages", "20-29"), seed=1)) == writer.write(
        _request(("ages", "20-29"), seed=2)
    )


def test_a_person_without_attributes_is_a_person() -> None:
    assert "of a person, " in TemplateWriter().write(_request()).text


def test_every_builtin_value_is_said() -> None:
    for part in builtin_attribute_set().classes:
        for value in part.value_names:
            text = TemplateWriter().write(_request((part.name, value))).text
            assert not unmentioned(text, [Attribute(name=part.name, value=value)])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ages", "genders", "origins", "hair_colors", "eyewear", "mood", "s-1"]),
            st.text(min_size=1, max_size=12).filter(_is_value).map(str.strip),
        ),
        max_size=5,
    )
)
def test_whatever_a_set_may_hold_is_said(pairs: list[tuple[str, str]]) -> None:
    unique = dict(pairs)
    request = _request(*unique.items())
    assert not unmentioned(TemplateWriter().write(request).text, request.attributes)
