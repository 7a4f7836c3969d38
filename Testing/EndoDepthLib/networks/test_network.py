"""One encoder pass, two decoders: shapes, ranges, and what must not depend on what."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig, fold_batch_norms
from EndoDepthLib.networks.config import ENCODERS


def test_depth_has_four_scales_inside_its_range(a_network: EndoDepthNetwork, some_images: Tensor) -> None:
    depth = a_network(some_images).depth
    assert [tuple(x.shape) for x in depth.inverse_depth] == [(2, 1, 64 >> i, 96 >> i) for i in range(4)]
    assert depth.confidence_logit.shape == (2, 1, 64, 96)
    config = a_network.config
    for inverse in depth.inverse_depth:
        assert inverse.min() >= 1 / config.max_depth and inverse.max() <= 1 / config.min_depth
    torch.testing.assert_close(depth.depth * depth.inverse_depth[0], torch.ones(2, 1, 64, 96))


def test_fresh_network_starts_at_the_middle_of_the_log_depth_range() -> None:
    network = EndoDepthNetwork(NetworkConfig(min_depth=1.0, max_depth=100.0)).eval()
    depth = network(torch.full((1, 3, 64, 64), 0.5)).depth.depth
    assert 7.0 < depth.median() < 14.0


@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_number_of_texts(a_network: EndoDepthNetwork, some_images: Tensor, some_texts: Tensor, count: int) -> None:
    output = a_network(some_images, some_texts[:count]).segmentation
    assert output is not None
    assert output.logits.shape == (2, count, 64, 96) and output.none_logit.shape == (2, 1, 64, 96)
    assert output.score_map.shape == (2, count, 2, 3) and output.none_score.shape == (2, 1, 2, 3)
    assert output.logits_with_none.shape == (2, count + 1, 64, 96)
    assert torch.equal(output.logits_with_none[:, :1], output.none_logit)


def test_permuted_texts_permute_the_masks(a_network: EndoDepthNetwork, some_images: Tensor, some_texts: Tensor) -> None:
    order = torch.tensor([3, 0, 4, 1, 2])
    plain, permuted = (a_network(some_images, texts).segmentation for texts in (some_texts, some_texts[order]))
    torch.testing.assert_close(permuted.logits, plain.logits[:, order], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(permuted.score_map, plain.score_map[:, order], atol=1e-4, rtol=1e-4)
    masks, permuted_masks = plain.logits.argmax(dim=1), permuted.logits.argmax(dim=1)
    assert len(masks.unique()) > 1
    assert (order[permuted_masks] == masks).float().mean() > 0.999  # ties aside


def test_depth_is_the_same_with_and_without_texts(
    a_network: EndoDepthNetwork, some_images: Tensor, some_texts: Tensor
) -> None:
    alone, together = a_network(some_images).depth, a_network(some_images, some_texts).depth
    assert torch.equal(alone.inverse_depth[0], together.inverse_depth[0])


def test_one_encoder_pass(a_network: EndoDepthNetwork, some_images: Tensor, some_texts: Tensor) -> None:
    passes = []
    handle = a_network.encoder.register_forward_hook(lambda *_: passes.append(1))
    a_network(some_images, some_texts)
    handle.remove()
    assert len(passes) == 1


def test_every_parameter_learns(a_config: NetworkConfig, some_images: Tensor, some_texts: Tensor) -> None:
    network = EndoDepthNetwork(a_config).train()
    output = network(some_images, some_texts)
    loss = sum(x.log().mean() for x in output.depth.inverse_depth) + output.depth.confidence_logit.mean()
    loss = loss + output.segmentation.logits_with_none.square().mean()
    loss = loss + output.segmentation.scores_with_none.square().mean()
    loss.backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


def test_global_context_reaches_every_pixel(a_network: EndoDepthNetwork) -> None:
    images = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(3)).requires_grad_()
    a_network(images).depth.inverse_depth[0][0, 0, 0, 0].backward()
    assert images.grad is not None and images.grad[0, :, -1, -1].abs().sum() > 0


def test_concatenation_as_in_the_paper_takes_its_own_number_of_texts(some_images: Tensor, some_texts: Tensor) -> None:
    config = NetworkConfig(text_dim=24, pixel_dim=16, attention_dim=32, score_fusion="concatenate", fixed_classes=5)
    network = EndoDepthNetwork(config).eval()
    assert network(some_images, some_texts).segmentation.logits.shape[1] == 5
    with pytest.raises(ValueError, match="exactly 5"):
        network(some_images, some_texts[:4])


def test_wrong_sizes_are_refused(a_network: EndoDepthNetwork, some_images: Tensor) -> None:
    with pytest.raises(ValueError, match="multiples of 32"):
        a_network(torch.rand(1, 3, 60, 64))
    with pytest.raises(ValueError, match="expected"):
        a_network(some_images, torch.rand(2, 25))


@pytest.mark.parametrize("encoder", ENCODERS)
def test_folding_batch_norms_changes_nothing(encoder: str, some_images: Tensor, some_texts: Tensor) -> None:
    torch.manual_seed(4)
    network = EndoDepthNetwork(NetworkConfig(encoder=encoder, text_dim=24)).train()
    with torch.no_grad():
        network(some_images, some_texts)  # so that running statistics are not the trivial ones
        plain = network.eval()(some_images, some_texts)
        fold_batch_norms(network)
        folded = network(some_images, some_texts)
    assert not [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    torch.testing.assert_close(folded.depth.inverse_depth[0], plain.depth.inverse_depth[0], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(folded.segmentation.logits, plain.segmentation.logits, atol=1e-2, rtol=1e-2)


def test_folding_refuses_training_mode(a_config: NetworkConfig) -> None:
    with pytest.raises(ValueError, match="eval"):
        fold_batch_norms(EndoDepthNetwork(a_config).train())


@pytest.mark.parametrize(
    "values",
    [
        {"encoder": "vgg"},
        {"min_depth": 0.0},
        {"min_depth": 5.0, "max_depth": 4.0},
        {"text_dim": 0},
        {"pixel_dim": 30},
        {"input_pixels": 100},
        {"depth_channels": (8, 8)},
        {"score_fusion": "sum"},
        {"score_fusion": "concatenate"},
        {"fixed_classes": 3},
    ],
)
def test_impossible_configurations_are_refused(values: dict) -> None:
    with pytest.raises(SettingsError):
        NetworkConfig(**values)


def test_configuration_survives_json() -> None:
    config = NetworkConfig(encoder="resnet18", depth_channels=(8, 8, 8, 8, 8))
    assert NetworkConfig.from_dict(config.to_dict()) == config
    with pytest.raises(SettingsError, match="colour"):
        NetworkConfig.from_dict({"colour": 1})
