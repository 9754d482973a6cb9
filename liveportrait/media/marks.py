"""The mark that a file is generated, in the vocabulary that others read: IPTC's digital source type in XMP.

Source: IPTC Photo Metadata Standard, property `Iptc4xmpExt:DigitalSourceType`, value
`trainedAlgorithmicMedia`; XMP Specification part 3 for where each kind of file keeps the packet.
Matroska and WebM have no place for XMP; there the same address stands in the comment.
"""

import re
from dataclasses import dataclass

import liveportrait

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED_ALGORITHMIC_MEDIA = VOCABULARY + "trainedAlgorithmicMedia"

_GENERATED_TERMS = frozenset(
    {"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia"}
)
_SOURCE_TYPE = re.compile(r"https?://cv\.iptc\.org/newscodes/digitalsourcetype/(\w+)")
_CREATOR_TOOL = re.compile(r'xmp:CreatorTool="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedMark:
    """A file says that it was made by a trained model."""

    digital_source_type: str
    """Address of the term in IPTC's vocabulary."""
    software: str | None
    """What made the file, as it says itself."""


def software() -> str:
    """This library, as it signs what it writes."""
    return f"liveportrait {liveportrait.__version__}"


def xmp_packet() -> bytes:
    """The mark as an XMP packet."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f' xmp:CreatorTool="{software()}"'
        f' Iptc4xmpExt:DigitalSourceType="{TRAINED_ALGORITHMIC_MEDIA}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def comment() -> str:
    """The mark as one line for people and programs alike."""
    return f'AI-generated; xmp:CreatorTool="{software()}"; DigitalSourceType={TRAINED_ALGORITHMIC_MEDIA}'


def mark_in(text: str) -> GeneratedMark | None:
    """The mark in an XMP packet or a comment, whoever wrote it.

    Searched, not parsed: a packet from a stranger then is no XML for a parser to trip over.
    """
    terms = [match for match in _SOURCE_TYPE.finditer(text) if match[1] in _GENERATED_TERMS]
    if not terms:
        return None
    tool = _CREATOR_TOOL.search(text)
    return GeneratedMark(digital_source_type=terms[0][0], software=tool[1] if tool else None)
