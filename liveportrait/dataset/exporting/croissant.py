"""croissant.json (MLCommons Croissant 1.0 with its RAI extension): what the tables hold, for programs."""

import json
from typing import Any

from liveportrait.dataset.exporting.card import CardSettings
from liveportrait.dataset.exporting.checksums import digest_of_file
from liveportrait.dataset.exporting.inventory import Inventory
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.schema.arrow_types import arrow

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
RAI_CONFORMS_TO = "http://mlcommons.org/croissant/RAI/1.0"

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

_TYPES = {"string": "sc:Text", "bool": "sc:Boolean", "float": "sc:Float", "double": "sc:Float"}


def croissant(folder: DatasetFolder, inventory: Inventory, settings: CardSettings) -> str:
    """The metadata of the tables of identities and images, by their columns of plain values."""
    tables = {"identities": folder.identities, "images": folder.images}
    metadata = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": _name(settings.title),
        "description": f"{inventory.num_images} document and live images, {inventory.num_identities} people.",
        "conformsTo": [CONFORMS_TO, RAI_CONFORMS_TO],
        "license": inventory.licence,
        "url": settings.url or "https://example.org/unpublished",
        "version": settings.version,
        **({"datePublished": settings.date} if settings.date else {}),
        "creator": [{"@type": "Person", "name": author} for author in settings.authors],
        "citeAs": f"{'; '.join(settings.authors) or 'Anonymous'}: {settings.title}, {settings.version}",
        "rai:dataCollectionType": "Others",
        "rai:dataBiases": "Gender, age, origin are requested, not measured; lost images are no random part.",
        "rai:dataLimitations": "Background, clothing and light of animated images are those of the document.",
        "rai:dataUseCases": "Face verification, morphing attack detection, face image quality.",
        "rai:personalSensitiveInformation": "Faces. Documents that were given may show real people.",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"{name}.parquet",
                "name": f"{name}.parquet",
                "contentUrl": f"{name}.parquet",
                "encodingFormat": "application/x-parquet",
                "sha256": digest_of_file(path),
            }
            for name, path in tables.items()
        ],
        "recordSet": [_record_set(name, arrow().parquet.read_schema(path)) for name, path in tables.items()],
    }
    return json.dumps(metadata, indent=1) + "\n"


def _record_set(name: str, schema: Any) -> dict[str, Any]:
    """Columns of lists and structures are left to Parquet, whose schema says what they are."""
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column.name}",
                "name": column.name,
                "dataType": _TYPES.get(str(column.type), "sc:Integer"),
                "source": {"fileObject": {"@id": f"{name}.parquet"}, "extract": {"column": column.name}},
            }
            for column in schema
            if str(column.type) in _TYPES or str(column.type).startswith(("int", "uint"))
        ],
    }


def _name(title: str) -> str:
    """As Croissant wants names: letters, digits, dashes and underscores."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in title).strip("-")
