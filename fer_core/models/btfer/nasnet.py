"""NASNet-A (4 @ 1056), the mobile net of Zoph et al. 2018, from timm's cells: timm itself has only
NASNet-A (6 @ 4032)."""

from functools import partial

import torch.nn.functional as F
from timm.layers import AvgPool2dSame, ConvNormAct
from timm.models import nasnet
from torch import Tensor, nn

FEATURES = 1056
STEM = 32
CELLS = 4  # normal cells between two reductions
FIRST = (0, 6, 12)  # number of the first cell after each reduction, as in NASNet-A Large


class MeanPool(nn.Module):
    """3x3 mean, stride 2, with TensorFlow's "same" padding and nothing counted that is outside.

    timm's "same" pooling counts the zeros that it puts round the image. Images are square.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return means (B, C, ceil(side / 2), ceil(side / 2)) of maps (B, C, side, side)."""
        # an odd side is padded by one all round; an even one at its end alone, where the last
        # window is cut off
        odd = x.shape[-1] % 2
        return F.avg_pool2d(x, 3, stride=2, padding=odd, ceil_mode=True, count_include_pad=False)


class NASNetMobile(nn.Module):
    """Images (B, 3, size, size) to features (B, 1056, side, side), side = ceil(size / 32).

    Graph: Zoph et al. 2018, appendix A, and Keras' NASNetMobile (stem of 32 filters, the cell after
    a reduction looks back at what was reduced). Names of the tensors: those of the converted
    ImageNet weights nasnetamobile-7e03cead.pth (Cadene/pretrained-models.pytorch),
    which has no `last_linear` here.
    """

    def __init__(self) -> None:
        super().__init__()
        width = FEATURES // 24
        self.conv0 = ConvNormAct(
            3,
            STEM,
            kernel_size=3,
            stride=2,
            padding=0,
            norm_layer=partial(nn.BatchNorm2d, eps=1e-3),
            apply_act=False,
        )
        self.cell_stem_0 = nasnet.CellStem0(STEM, width // 4, "same")
        self.cell_stem_1 = nasnet.CellStem1(STEM, width // 2, "same")
        self.cells: list[str] = []
        before, given = width, 2 * width  # channels of the map before and of the cell's input
        for stage, first in enumerate(FIRST):
            out = width * 2**stage
            if stage:
                kind = (nasnet.ReductionCell0, nasnet.ReductionCell1)[stage - 1]
                self._add(f"reduction_cell_{stage - 1}", kind(before, out, given, out, "same"))
                before, given = given, 4 * out
            self._add(f"cell_{first}", nasnet.FirstCell(before, out // 2, given, out, "same"))
            before, given = given, 6 * out
            for number in range(first + 1, first + CELLS):
                self._add(f"cell_{number}", nasnet.NormalCell(before, out, given, out, "same"))
                before, given = given, 6 * out
        self.act = nn.ReLU()
        _count_pixels_only(self)
        # each cell looks back at the one before the last, so no cell's map is all there is
        self.feature_info = [
            {"module": name} for name in ("cell_stem_0", "cell_3", "cell_9", "act")
        ]

    def _add(self, name: str, cell: nn.Module) -> None:
        self.add_module(name, cell)
        self.cells.append(name)

    def forward(self, x: Tensor) -> Tensor:
        """Return features (B, 1056, side, side), side = ceil(size / 32),
        of images (B, 3, size, size)."""
        before = self.conv0(x)
        x = self.cell_stem_0(before)
        before, x = x, self.cell_stem_1(before, x)
        for name in self.cells:
            before, x = x, self.get_submodule(name)(x, before)
        return self.act(x)


def _count_pixels_only(net: nn.Module) -> None:
    for module in list(net.modules()):
        for name, child in module.named_children():
            if isinstance(child, AvgPool2dSame):
                setattr(module, name, MeanPool())
