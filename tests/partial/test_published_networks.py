"""Networks as torchvision builds them, cut where the CAM family looks and in their middle."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from whylight.classifiers import from_module
from whylight.classifiers._torchvision import import_torchvision
from whylight.partial.passes import PartialPasses

NETWORKS = {
    "densenet121": "features.denseblock3.denselayer20.conv2",
    "mobilenet_v3_small": "features.8.block.1",
    "resnet18": "layer3.0.conv2",
    "shufflenet_v2_x0_5": "stage3.1.branch2",
    "squeezenet1_1": "features.9.expand1x1",
    "swin_t": "features.5.1.attn",
}


def measured(network: nn.Module) -> None:
    """Batch norm as after a pass in training: with random weights alone next to nothing of the picture reaches the end."""
    with torch.no_grad():
        network.train()(torch.rand(8, 3, 64, 64, generator=torch.Generator().manual_seed(3)))
    network.eval()


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_version_leads_where_it_leads_in_a_whole_pass(name: str) -> None:
    torch.manual_seed(0)
    network = import_torchvision("the comparison").models.get_model(name, num_classes=10).eval()
    measured(network)
    found_layer = from_module(network, [str(label) for label in range(10)], size=64)
    classifier = replace(found_layer, predict=network)  # without the shape checks of tests
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    for layer in (None, NETWORKS[name]):
        with torch.no_grad():
            cut = PartialPasses(classifier, layer).at(image)
            assert cut.way in {"joined", "spread"}
            version = cut.output * (torch.rand(cut.output.shape, generator=torch.Generator().manual_seed(2)) < 0.7)
            given: Tensor = version.clone()
            hook = classifier.submodule(layer).register_forward_hook(lambda *_, given=given: given)
            wanted = classifier.predict(image)
            hook.remove()
            found = cut(torch.cat([version, cut.output]))
        largest = wanted.abs().max().item()
        torch.testing.assert_close(found, torch.cat([wanted, cut.logits]), rtol=0, atol=1e-4 * largest)
        assert (wanted - cut.logits).abs().max() > 1e-4 * largest
