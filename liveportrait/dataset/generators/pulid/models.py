"""The published models that method `p` is made of, and who may use them."""

from liveportrait.dataset.generators.hub_models import HubModel
from liveportrait.dataset.generators.pulid.loading import FILE_NAME

FLUX_DEV = HubModel(
    id="black-forest-labs/FLUX.1-dev",
    revision="3de623fc3c33e44ffbe2bad470d0f45bccf2eb21",
    licence="LicenseRef-FLUX-1-dev-Non-Commercial",
    restrictions=(
        "non-commercial use only; the model, its derivatives and what it draws may not be used for biometric "
        "processing, nor for surveillance or research into it, and what it draws may not train a model that "
        "competes with it. A dataset for face recognition may well be such a use."
    ),
    terms="sections 2 and 4 of https://github.com/black-forest-labs/flux/blob/main/model_licenses/LICENSE-FLUX1-dev",
)
EDGE_ADAPTER = HubModel(
    id="black-forest-labs/FLUX.1-Canny-dev-lora",
    revision=None,
    licence=FLUX_DEV.licence,
    restrictions=FLUX_DEV.restrictions,
    terms=FLUX_DEV.terms,
    files=("flux1-canny-dev-lora.safetensors",),
)
PULID = HubModel(
    id="guozinan/PuLID",
    revision=None,
    licence="Apache-2.0",
    terms="https://github.com/ToTheBeginning/PuLID",
    files=(FILE_NAME,),
)
EVA_CLIP = HubModel(
    id="QuanSun/EVA-CLIP",
    revision="11afd202f2ae80869d6cef18b1ec775e79bd8d12",
    licence="MIT",
    terms="https://github.com/baaivision/EVA",
    files=("EVA02_CLIP_L_336_psz14_s6B.pt",),
)
ANTELOPE = HubModel(
    id="deepinsight/insightface/antelopev2/glintr100.onnx",
    revision=None,
    licence="LicenseRef-InsightFace-Non-Commercial",
    restrictions="recognition networks of InsightFace are for non-commercial research.",
    terms="https://github.com/deepinsight/insightface#license",
)
