"""The perceptual backbone of the recipes, under the name that running scripts know it by."""

from liveportrait.judges.mobilenet_v2 import MobileNetV2, load_mobilenet_v2

__all__ = ["MobileNetV2", "load_mobilenet_v2"]
