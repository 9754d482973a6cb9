"""Parts of pipelines with random weights and tokenizers made in memory: real classes, no files, no network.

Every module is put into evaluation mode: some are built in training mode, where dropout draws
from the global random state.
"""

# pyright: reportPrivateImportUsage=false, reportArgumentType=false

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    FluxControlPipeline,
    FluxPipeline,
    FluxTransformer2DModel,
    PNDMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
)

Module = TypeVar("Module", bound=nn.Module)

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def seeded(seed: int) -> None:
    """Modules draw their weights from the global state."""
    torch.manual_seed(seed)


def ready(module: Module) -> Module:
    """The module as a loaded one is."""
    return module.eval().requires_grad_(requires_grad=False)


def clip_tokenizer(
    *, merges: Sequence[tuple[str, str]] = (("i", "d</w>"),), model_max_length: int = 16
) -> CLIPTokenizer:
    """Bytes, bytes at a word's end, and `id` as one token."""
    alphabet = [chr(code) for code in range(33, 127)]
    tokens = [*alphabet, *(letter + "</w>" for letter in alphabet), "id</w>"]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=list(merges), model_max_length=model_max_length)


def clip_text_model(*, width: int, vocabulary: int = 192) -> CLIPTextModel:
    """One layer."""
    return ready(
        CLIPTextModel(
            CLIPTextConfig(
                hidden_size=width,
                intermediate_size=2 * width,
                num_hidden_layers=1,
                num_attention_heads=2,
                vocab_size=vocabulary,
                max_position_embeddings=24,
                projection_dim=width,
                eos_token_id=vocabulary - 1,
                bos_token_id=vocabulary - 2,
                pad_token_id=vocabulary - 1,
            )
        )
    )


def t5_tokenizer() -> PreTrainedTokenizerFast:
    """Single letters."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(letter, -1.0) for letter in " abcdefghijklmnopqrstuvwxyz,.0123456789"]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=16,
    )


def flux_transformer(
    *, num_double: int = 1, num_single: int = 1, in_channels: int = 4, out_channels: int | None = None
) -> FluxTransformer2DModel:
    """Two heads of 16."""
    return ready(
        FluxTransformer2DModel(
            patch_size=1,
            in_channels=in_channels,
            out_channels=out_channels,
            num_layers=num_double,
            num_single_layers=num_single,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            guidance_embeds=True,
            axes_dims_rope=(4, 4, 8),
        )
    )


def autoencoder(*, latent_channels: int, num_halvings: int = 0) -> AutoencoderKL:
    """Few channels; the picture's side shrinks by 2 for each halving."""
    num_blocks = num_halvings + 1
    return ready(
        AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * num_blocks,
            up_block_types=("UpDecoderBlock2D",) * num_blocks,
            block_out_channels=(4,) * num_blocks,
            layers_per_block=1,
            latent_channels=latent_channels,
            norm_num_groups=1,
            use_quant_conv=False,
            use_post_quant_conv=False,
            shift_factor=0.0609,
            scaling_factor=1.5035,
        )
    )


def flux_control_pipeline(*, seed: int = 0, num_double: int = 3, num_single: int = 5) -> FluxControlPipeline:
    """FLUX that takes noise and edges side by side, as after loading the edge adapter."""
    seeded(seed)
    transformer = flux_transformer(
        num_double=num_double, num_single=num_single, in_channels=8, out_channels=4
    )
    return _quiet(FluxControlPipeline(transformer=transformer, **_parts_of_flux()))


def flux_pipeline(*, seed: int = 0, num_double: int = 1, num_single: int = 1) -> FluxPipeline:
    """FLUX.1."""
    seeded(seed)
    transformer = flux_transformer(num_double=num_double, num_single=num_single)
    return _quiet(FluxPipeline(transformer=transformer, **_parts_of_flux()))


def _parts_of_flux() -> dict[str, Any]:
    t5 = T5Config(vocab_size=48, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(),
        "text_encoder": clip_text_model(width=32),
        "tokenizer": clip_tokenizer(),
        "text_encoder_2": ready(T5EncoderModel(t5)),
        "tokenizer_2": t5_tokenizer(),
        "vae": autoencoder(latent_channels=1),
    }


def _quiet(pipeline: Any) -> Any:
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def qwen_tokenizer() -> Qwen2Tokenizer:
    """Bytes, with the marks of a chat."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(alphabet)}
    tokenizer = Qwen2Tokenizer(vocab=vocabulary, merges=[], model_max_length=4096)
    tokenizer.add_special_tokens(
        {"additional_special_tokens": ["<|im_start|>", "<|im_end|>", "<|endoftext|>"]}
    )
    tokenizer.eos_token, tokenizer.pad_token = "<|im_end|>", "<|endoftext|>"
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def causal_language_model(*, seed: int = 0) -> Qwen2ForCausalLM:
    """Qwen2 of one layer."""
    seeded(seed)
    return ready(Qwen2ForCausalLM(Qwen2Config(**_small_language_model())))


def klein_pipeline(*, seed: int = 0) -> Flux2KleinPipeline:
    """FLUX.2 [klein]'s classes, distilled as the published one."""
    seeded(seed)
    text_encoder = Qwen3ForCausalLM(Qwen3Config(**_small_language_model(num_layers=28), head_dim=8))
    return _quiet(
        Flux2KleinPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(),
            vae=ready(
                AutoencoderKLFlux2(
                    down_block_types=("DownEncoderBlock2D",),
                    up_block_types=("UpDecoderBlock2D",),
                    block_out_channels=(4,),
                    layers_per_block=1,
                    latent_channels=1,
                    norm_num_groups=1,
                    use_quant_conv=False,
                    use_post_quant_conv=False,
                )
            ),
            text_encoder=ready(text_encoder),
            tokenizer=qwen_tokenizer(),
            transformer=ready(
                Flux2Transformer2DModel(
                    in_channels=4,
                    num_layers=1,
                    num_single_layers=1,
                    attention_head_dim=16,
                    num_attention_heads=2,
                    joint_attention_dim=3 * 32,
                    timestep_guidance_channels=16,
                    axes_dims_rope=(4, 4, 4, 4),
                    guidance_embeds=False,
                )
            ),
            is_distilled=True,
        )
    )


def z_image_pipeline(*, seed: int = 0) -> ZImagePipeline:
    """Z-Image; its padding starts as whatever memory held."""
    seeded(seed)
    transformer = ZImageTransformer2DModel(
        in_channels=1,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=32,
        axes_dims=[4, 4, 8],
        axes_lens=[512, 32, 32],
    )
    for padding in (transformer.x_pad_token, transformer.cap_pad_token):
        nn.init.normal_(padding)
    language_model = Qwen3Model(Qwen3Config(**_small_language_model(num_layers=2), head_dim=8))
    return _quiet(
        ZImagePipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(),
            vae=autoencoder(latent_channels=1),
            text_encoder=ready(language_model),
            tokenizer=qwen_tokenizer(),
            transformer=ready(transformer),
        )
    )


def stable_diffusion_unet(*, cross_width: int = 768) -> UNet2DConditionModel:
    """Two levels of few channels."""
    return ready(
        UNet2DConditionModel(
            sample_size=8,
            in_channels=4,
            out_channels=4,
            layers_per_block=1,
            block_out_channels=(4, 8),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=cross_width,
            attention_head_dim=2,
            norm_num_groups=2,
        )
    )


def stable_diffusion_pipeline(*, seed: int = 0) -> StableDiffusionPipeline:
    """With a text encoder as wide as that of Stable Diffusion 1.5, as faces need it."""
    seeded(seed)
    return _quiet(
        StableDiffusionPipeline(
            vae=autoencoder(latent_channels=4, num_halvings=3),
            text_encoder=clip_text_model(width=768),
            tokenizer=clip_tokenizer(model_max_length=24),
            unet=stable_diffusion_unet(),
            scheduler=DPMSolverMultistepScheduler.from_config(stable_diffusion_scheduler().config),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    )


def stable_diffusion_scheduler() -> PNDMScheduler:
    """Configured as the one that Stable Diffusion 1.5 is published with."""
    return PNDMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        num_train_timesteps=1000,
        set_alpha_to_one=False,
        skip_prk_steps=True,
        steps_offset=1,
    )


def _small_language_model(*, num_layers: int = 1) -> dict[str, Any]:
    return {
        "vocab_size": 288,
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_hidden_layers": num_layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
    }
