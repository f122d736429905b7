"""Models: the classifiers that the page offers, each loaded when it is first needed and kept."""

import threading
from collections.abc import Sequence

from whylight import classifiers
from whylight.classifier import Classifier
from whylight.errors import ModelError
from whylight.feedback.version import version_of
from whylight.store import Model, Store
from whylight.web.words import without_paths

INCLUDED = "the included classifier"


class Models:
    """``named``: their descriptions as on the command line, None for the one that is included. Only these can be had: what
    a browser says is never read as a path."""

    def __init__(self, named: Sequence[str | None], device: str, store: Store) -> None:
        self._described = {without_paths(text or INCLUDED): text for text in named}
        self._device, self._store = device, store
        self._loaded: dict[str, Classifier] = {}
        self._keys: dict[str, str] = {}
        self._lock = threading.RLock()

    @property
    def names(self) -> tuple[str, ...]:
        """What can be asked for, the one for judging first."""
        return tuple(self._described)

    def __getitem__(self, name: str) -> Classifier:
        """The classifier of that name, loaded where it is not yet; raises ModelError for another name."""
        if name not in self._described:
            raise ModelError(f"the page has no model of that name; it has {', '.join(self.names)}")
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = classifiers.load(self._described[name], device=self._device)
            return self._loaded[name]

    @property
    def first(self) -> Classifier:
        """The one for judging."""
        return self[self.names[0]]

    def key_of(self, name: str) -> str:
        """The key of a classifier in the store; loads it and keeps it there."""
        classifier = self[name]
        with self._lock:
            if name not in self._keys:
                model = Model(classifier.name, version_of(classifier), classifier.labels)
                self._keys[name] = self._store.add_model(model)
            return self._keys[name]

    def known_key(self, name: str) -> str | None:
        """The key of a classifier that was loaded; None for one that nobody asked for yet, which would have to be."""
        with self._lock:
            return self._keys.get(name)

    def of_key(self, key: str) -> Classifier | None:
        """The classifier with that key in the store, if it is loaded."""
        with self._lock:
            name = next((name for name, known in self._keys.items() if known == key), None)
            return None if name is None else self._loaded[name]
