"""The dense attention pooling and the context decoder."""

from __future__ import annotations

import torch

from EndoDepthLib.networks.attention import ContextDecoder, DenseAttentionPooling, position_features


def test_positions_mean_the_same_at_every_resolution() -> None:
    like = torch.zeros(1)
    fine = position_features(16, 24, like).reshape(16, 24, -1)
    coarse = position_features(8, 12, like).reshape(8, 12, -1)
    averaged = fine.reshape(8, 2, 12, 2, -1).mean(dim=(1, 3))
    lowest = [0, 4, 8, 12]  # first frequency of sin and cos, y and x: smooth enough for averages to agree
    torch.testing.assert_close(averaged[..., lowest], coarse[..., lowest], atol=0.01, rtol=0)
    assert fine.unflatten(-1, (-1,)).flatten(0, 1).unique(dim=0).shape[0] == 16 * 24  # every cell has its own


def test_pooling_knows_where_it_looks() -> None:
    torch.manual_seed(0)
    pooling = DenseAttentionPooling(4, 16, 2, 1).eval()
    flat = pooling(torch.ones(1, 4, 3, 5))
    assert flat.shape == (1, 16, 3, 5)
    assert flat[0].flatten(1).T.unique(dim=0).shape[0] == 15


def test_what_a_text_becomes_does_not_depend_on_the_others() -> None:
    torch.manual_seed(0)
    decoder = ContextDecoder(16, 2, 2).eval()
    texts, cells = torch.randn(4, 16), torch.randn(2, 6, 16)
    together, alone = decoder(texts, cells), decoder(texts[2:3], cells)
    torch.testing.assert_close(together[:, 2:3], alone, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(together[0], together[1])  # but it does depend on the image


def test_without_layers_texts_stay_as_they_are() -> None:
    texts = torch.randn(4, 16)
    assert torch.equal(ContextDecoder(16, 2, 0)(texts, torch.randn(2, 6, 16)), texts.expand(2, -1, -1))
