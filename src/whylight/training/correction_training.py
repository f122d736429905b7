"""The training of a classifier on corrections: the stage of any classifier, with corrected pictures beside its batches."""

from dataclasses import dataclass, replace

from torch import nn

from whylight.errors import DataError, LayerError
from whylight.training.classification import Classification
from whylight.training.classifier_training import ClassifierTraining
from whylight.training.correcting import Correcting, penalty_of
from whylight.training.correction import Correction
from whylight.training.corrections import Corrections, Divided, divided
from whylight.training.data import Labelled
from whylight.training.loop import Session
from whylight.training.prepare import Prepared
from whylight.training.right_reasons import LOSSES
from whylight.training.right_reasons.reason import Looked
from whylight.training.session import Setup, Sides


@dataclass(frozen=True, eq=False)
class PreparedCorrection(Prepared):
    """``corrections``: all of them. ``check``: the pictures on which the accuracy has to hold; None takes the
    validation's."""

    corrections: Corrections
    check: Labelled | None

    @property
    def divided(self) -> Divided:
        """What is learned from, and what is held out."""
        return divided(self.corrections)


class CorrectionTraining(ClassifierTraining):
    """A network with the weights of the model that is corrected; raises DataError where nothing is left to learn from."""

    def __init__(self, setup: Setup, prepared: PreparedCorrection, sides: Sides) -> None:
        super().__init__(setup, prepared, sides_without(prepared, sides))
        assert prepared.plan.correction is not None
        self.given: Correction = prepared.plan.correction
        self.divided = prepared.divided
        self.looked = self._looked()
        check_marks(self.given, self.divided)

    def session(self, number: int) -> Session:
        """The session of the only stage; it has to be asked for before the weights move."""
        plain, given = super().session(number), self.given
        own = plain.objective
        assert isinstance(own, Classification)
        objective = Correcting(
            plan=own.plan,
            network=own.network,
            head=own.head,
            pictures=own.pictures,
            world=own.world,
            workers=own.workers,
            given=given,
            looked=self.looked,
            divided=self.divided,
            scale=self._scale(),
        )
        return replace(plain, objective=objective)

    def _scale(self) -> float:
        """The penalty of the network as it is now; 1 for a network that does not look at the marked pixels at all."""
        if not LOSSES[self.given.loss].scaled:
            return 1.0
        self.network.eval()
        return penalty_of(self.given, self.looked, self.divided.learned, self.setup.device) or 1.0

    def _looked(self) -> Looked:
        model = self.prepared.model
        assert model is not None
        layer: nn.Module | None = None if model.layer is None else self.network.network.get_submodule(model.layer)
        if layer is None and LOSSES[self.given.loss].looks_at_layer:
            raise LayerError(
                f"{model.name} has no layer with a grid, which {self.given.loss} looks at; take --loss rrr or "
                "--loss counter_examples"
            )
        return Looked(self.network, layer, model.to_grid)


def sides_without(prepared: PreparedCorrection, sides: Sides) -> Sides:
    """The sides without corrected pictures: those that are held out are not learned from, and none of them watches."""
    known = set(prepared.corrections.pictures.keys)

    def rest(side: Labelled) -> Labelled:
        return side.take([place for place, key in enumerate(side.keys) if key not in known])

    check = prepared.check or sides.validation
    if check is None:
        raise DataError(
            "the accuracy has to hold on pictures that are not trained on, and --validation 0 leaves none; leave it out, or "
            "name some with --check"
        )
    found = Sides(rest(sides.training), rest(check))
    if min(len(found.training), len(rest(check))) == 0:
        raise DataError("every picture is a corrected one, so that none is left to keep what was learnt; add pictures")
    return found


def check_marks(given: Correction, cut: Divided) -> None:
    """Raises DataError when there is nothing that the loss can learn from."""
    uses = LOSSES[given.loss].uses
    count = sum(bool(any(cut.learned.marked(kind)[place] for kind in uses)) for place in range(len(cut.learned)))
    if count == 0:
        words = {"unwanted": "should not matter", "wanted": "should matter"}
        raise DataError(
            f"{given.loss} learns from pixels that {' or '.join(words[kind] for kind in uses)}, and {len(cut.learned)} "
            f"corrected pictures to learn from have none ({len(cut.held_out)} more are held out); mark more pictures, or "
            "take another --loss"
        )
