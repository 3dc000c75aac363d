import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fer_core.errors import FerError
from fer_core.models import count_parameters
from fer_core.models.entries import entries
from fer_core.models.method import trained_parameters
from tests.models.dmue.nets import made

LABELS = torch.tensor([3, 0, 6, 1, 1, 5, 2, 4, 4, 0, 6, 3, 5, 2, 3])


def batch(seed=0, size=48, labels=LABELS):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(len(labels), 3, size, size, generator=generator).double(), labels


def exact(**options):
    """The small net in double precision, training without dropout."""
    net = made(**options).double().train()
    net.dropout.p = 0.0
    return net


def terms_of(net):
    x, y = batch()
    return net.terms(net.branches(x, y), y, F.cross_entropy)


@pytest.mark.parametrize(
    ("name", "classes", "training", "trainable", "deployed"),
    [
        ("dmue", 7, 69_958_834, 69_958_322, 11_181_120),
        ("dmue", 8, 78_360_274, 78_359_762, 11_181_632),
        ("dmue-r50ibn", 7, 128_361_650, 128_361_650, 23_522_368),
        ("dmue-r50ibn", 8, 143_357_138, 143_357_138, 23_524_416),
    ],
)
def test_parameters_are_those_of_the_published_nets(name, classes, training, trainable, deployed):
    with torch.device("meta"):
        net, alone = made(name, classes), made(name, classes, deployed=True)
    assert sum(p.numel() for p in net.parameters()) == training
    assert count_parameters(net) == trainable
    assert count_parameters(alone) == deployed
    for small in (alone, net.deployed()):
        assert sum(p.numel() for p in small.parameters()) == deployed
        assert {k: v.shape for k, v in small.state_dict().items()} == {
            k: v.shape for k, v in alone.state_dict().items()
        }


def test_the_small_net_has_under_half_a_million_parameters_and_every_option_of_the_large():
    assert sum(p.numel() for p in made().parameters()) < 500_000
    assert entries()["dmue-tiny"].options.keys() == entries()["dmue"].options.keys()
    assert entries()["dmue-tiny"].corrected == entries()["dmue"].corrected


def test_shapes_of_eight_classes_with_four_images_each():
    labels = torch.arange(8).repeat(4)
    net = made(classes=8)
    x, y = batch(labels=labels)
    branches = net.branches(x.float(), y)
    assert [tuple(rows.shape) for rows in branches.auxiliary_logits] == [(28, 7)] * 8
    assert branches.logits.shape == branches.soft_labels.shape == (32, 8)
    assert branches.confidence.shape == (32, 1)
    assert ((branches.confidence > 0) & (branches.confidence < 1)).all()
    assert not branches.soft_labels.requires_grad


@pytest.mark.parametrize(("name", "size"), [("dmue-tiny", 48), ("dmue", 112), ("dmue-r50ibn", 112)])
def test_the_deployed_net_is_the_target_branch(name, size):
    net = made(name).eval()
    deployed = net.deployed()
    alone = made(name, deployed=True).eval()
    alone.load_state_dict(deployed.state_dict())
    assert not deployed.training
    owned = {id(p) for p in net.parameters()}
    assert all(id(p) in owned for p in deployed.parameters())
    x = torch.randn(2, 3, size, size)
    with torch.inference_mode():
        logits = net(x)
        assert logits.shape == (2, 7)
        assert torch.equal(logits, deployed(x))
        assert torch.equal(logits, alone(x))


def test_the_forward_pass_in_training_is_the_target_branch():
    net = exact()
    x, y = batch()
    assert torch.equal(net(x), net.branches(x, y).logits)


def test_the_shared_norm_sees_the_branches_in_the_published_order():
    """Others by class, all, own by class: its running statistics depend on it."""
    net, seen = exact(), []
    net.neck.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    x, y = batch()
    net.branches(x, y)
    counts = torch.bincount(y).tolist()
    assert seen == [len(y) - n for n in counts] + [len(y)] + counts


def test_dropout_touches_neither_soft_labels_nor_confidence():
    x, y = batch()
    whole, dropped = exact(), exact()
    dropped.dropout.p = 0.5
    with torch.no_grad():
        one, two = whole.branches(x, y), dropped.branches(x, y)
    assert torch.equal(one.soft_labels, two.soft_labels)
    assert torch.equal(one.confidence, two.confidence)
    assert not torch.equal(one.features, two.features)
    assert not torch.equal(one.auxiliary_features[0], two.auxiliary_features[0])


def test_every_branch_starts_as_the_same_fourth_stage_and_the_classifiers_undecided():
    net = made()
    for branch in net.auxiliary:
        for name, tensor in net.layer4.state_dict().items():
            assert torch.equal(branch.state_dict()[name], tensor)
    for classifier in (net.classifier, *net.auxiliary_classifiers):
        assert 0.0008 < classifier.weight.std().item() < 0.0012
        assert classifier.bias is None


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_the_loss_does_not_depend_on_the_order_of_the_batch(seed):
    net = exact()
    x, y = batch(seed)
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        loss, logits = net.training_loss(x, y, F.cross_entropy, 3)
        shuffled, other = net.training_loss(x[order], y[order], F.cross_entropy, 3)
    assert float(shuffled) == pytest.approx(float(loss), rel=1e-9)
    assert torch.allclose(other, logits[order], rtol=0, atol=1e-9)


def test_the_loss_of_an_epoch_is_the_ramped_sum_of_its_terms():
    net = exact(beta=4, ramp_factor=1.0, gamma=50.0)
    x, y = batch()
    with torch.no_grad():
        t = terms_of(net)
        loss, _ = net.training_loss(x, y, F.cross_entropy, 2)
        late, _ = net.training_loss(x, y, F.cross_entropy, 8)
    mined = t.target + 0.5 * t.soft + 50 * t.similarity
    assert float(loss) == pytest.approx(float(mined * torch.tensor(-0.25).exp() + t.auxiliary))
    assert float(late) == pytest.approx(float(mined + torch.tensor(-0.25).exp() * t.auxiliary))


def test_the_target_loss_is_the_recipes_on_logits_times_confidence():
    net = exact()
    x, y = batch()
    branches = net.branches(x, y)
    seen = []
    net.terms(branches, y, lambda logits, labels: seen.append((logits, labels)) or logits.sum())
    assert torch.equal(seen[0][0], branches.confidence * branches.logits)
    assert torch.equal(seen[0][1], y)


def test_a_batch_that_lacks_a_pair_is_refused_before_anything_is_calculated():
    net = exact()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    x, y = batch(labels=LABELS.where(LABELS != 5, torch.tensor(0)))
    with pytest.raises(FerError, match="0 images of class 5"):
        net.training_loss(x, y, F.cross_entropy, 0)
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


def test_an_auxiliary_branch_learns_nothing_from_images_of_its_class():
    net = exact()
    net.trunk.eval()  # so that images meet in the branches alone
    x, y = batch()
    x.requires_grad_()
    logits = net.branches(x, y).auxiliary_logits
    for c in range(7):
        weights = torch.randn(logits[c].shape, dtype=x.dtype)
        (reached,) = torch.autograd.grad((logits[c] * weights).sum(), x, retain_graph=True)
        assert torch.equal(reached.flatten(1).abs().sum(dim=1) > 0, y != c)


@pytest.mark.parametrize("learned", [False, True])
def test_gradients_reach_all_and_the_optimiser_gets_what_learns(learned):
    net = exact(train_uncertainty=learned)
    torch.nn.init.normal_(net.classifier.weight)
    x, y = batch()
    net.training_loss(x, y, F.cross_entropy, 6)[0].backward()
    reached = {name for name, p in net.named_parameters() if p.grad is not None and p.grad.any()}
    everything = {name for name, _ in net.named_parameters()}
    assert everything - reached == {"neck.bias"}
    given = {id(p) for p in trained_parameters(net).values()}
    held_back = {name for name, p in net.named_parameters() if id(p) not in given}
    untrained = {"neck.weight", *(name for name in everything if name.startswith("uncertainty."))}
    assert held_back == {"neck.bias"} | (set() if learned else untrained)


@pytest.mark.parametrize(
    ("options", "module", "replaced"),
    [({"stem_relu": True}, "act1", nn.ReLU()),
     ({"stem_pool": 3}, "maxpool", nn.MaxPool2d(3, 2, padding=1))],
)  # fmt: skip
@pytest.mark.parametrize("name", ["dmue-tiny", "dmue"])
def test_a_stem_switch_changes_that_layer_alone(name, options, module, replaced):
    published = made(name, deployed=True).eval()
    switched = made(name, deployed=True, **options).eval()
    x = torch.randn(1, 3, 48, 48)
    with torch.inference_mode():
        logits = switched(x)
        assert not torch.equal(logits, published(x))
        setattr(published.trunk, module, replaced)
        assert torch.equal(logits, published(x))


def test_the_similarity_switch_changes_that_term_alone():
    with torch.no_grad():
        published, switched = terms_of(exact()), terms_of(exact(similarity="features"))
    different = [
        name
        for name, one, two in zip(published._fields, published, switched, strict=True)
        if not torch.equal(one, two)
    ]
    assert different == ["similarity"]


def test_without_the_switch_for_learning_every_term_is_the_same():
    with torch.no_grad():
        assert terms_of(exact()) == terms_of(exact(train_uncertainty=True))


def test_the_resnet50_is_an_ibn_a_and_has_no_neck():
    with torch.device("meta"):
        net = made("dmue-r50ibn")
    norms = [name for name, m in net.named_modules() if isinstance(m, nn.InstanceNorm2d)]
    assert len(norms) == 3 + 4 + 6
    assert all(name.startswith("trunk.layer") and name.endswith(".bn1.IN") for name in norms)
    assert isinstance(net.neck, nn.Identity)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"similarity": "feature"}, "unknown similarity 'feature'; did you mean features"),
        ({"stem_pool": 4}, "stem_pool is 4; give 2"),
        ({"beta": 0}, "beta is 0"),
        ({"gamma": -1.0}, "gamma is -1.0"),
        ({"ramp_factor": float("nan")}, "ramp_factor is nan"),
    ],
)
def test_a_value_that_an_option_cannot_have_is_refused(options, told):
    with pytest.raises(FerError, match=told):
        made(**options)


def test_half_precision_of_the_maps_leaves_the_losses_in_float32():
    net = made().train()
    x, y = batch()
    with torch.autocast("cpu", torch.bfloat16):
        loss, logits = net.training_loss(x.float(), y, F.cross_entropy, 3)
    assert loss.dtype == logits.dtype == torch.float32
    assert loss.isfinite()
