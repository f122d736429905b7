"""Everyday words as ImageNet has them: which of its 1000 labels mean an airplane, a dog or a cup.

The words are COCO's 80 categories and CIFAR-10's labels. A word without a label stands here too: ImageNet's ``kite`` is a
bird, and COCO's is not. A label belongs to a word when it is a kind of it (a collie is a dog), or the nearest that ImageNet
has (a street sign, for a stop sign). Persons have no label: a groom and a diver are not what a person looks like.
"""

from collections.abc import Iterable

Ranges = tuple[int | range, ...]

BIRDS = (range(7, 25), range(80, 101), range(127, 147))
BOATS = (403, 472, 484, 510, 554, 576, 625, 628, 724, 780, 814, 871, 914)
CARS = (436, 468, 511, 609, 627, 656, 661, 751, 817)

WORDS: dict[str, Ranges] = {
    "airplane": (404, 895),
    "apple": (948,),
    "automobile": CARS,
    "backpack": (414,),
    "banana": (954,),
    "baseball bat": (),
    "baseball glove": (),
    "bear": (range(294, 298),),
    "bed": (564,),
    "bench": (703,),
    "bicycle": (444, 671),
    "bird": BIRDS,
    "boat": BOATS,
    "book": (917, 921),
    "bottle": (440, 720, 737, 898, 907),
    "bowl": (659, 809),
    "broccoli": (937,),
    "bus": (654, 779, 874),
    "cake": (),
    "car": CARS,
    "carrot": (),
    "cat": (range(281, 286),),
    "cell phone": (487,),
    "chair": (423, 559, 765, 857),
    "clock": (409, 530, 892),
    "couch": (831,),
    "cow": (345,),
    "cup": (504, 968),
    "deer": (),
    "dining table": (532,),
    "dog": (range(151, 269),),
    "donut": (),
    "elephant": (101, 385, 386),
    "fire hydrant": (),
    "fork": (),
    "frisbee": (),
    "frog": (range(30, 33),),
    "giraffe": (),
    "hair drier": (589,),
    "handbag": (748,),
    "horse": (339,),
    "hot dog": (934,),
    "keyboard": (508,),
    "kite": (),
    "knife": (499,),
    "laptop": (620, 681),
    "microwave": (651,),
    "motorcycle": (665, 670),
    "mouse": (673,),
    "orange": (950,),
    "oven": (827,),
    "parking meter": (704,),
    "person": (),
    "pizza": (963,),
    "potted plant": (738,),
    "refrigerator": (760,),
    "remote": (761,),
    "sandwich": (933,),
    "scissors": (),
    "sheep": (348, 349),
    "ship": BOATS,
    "sink": (896,),
    "skateboard": (),
    "skis": (795,),
    "snowboard": (),
    "spoon": (910,),
    "sports ball": (429, 430, 522, 574, 722, 768, 805, 852, 890),
    "stop sign": (919,),
    "suitcase": (),
    "surfboard": (),
    "teddy bear": (850,),
    "tennis racket": (752,),
    "tie": (451, 457, 906),
    "toaster": (859,),
    "toilet": (861,),
    "toothbrush": (),
    "traffic light": (920,),
    "train": (466, 547, 705, 820),
    "truck": (555, 569, 675, 717, 864, 867),
    "tv": (664, 782, 851),
    "umbrella": (879,),
    "vase": (883,),
    "wine glass": (572,),
    "zebra": (340,),
}


def _spread(ranges: Ranges) -> Iterable[int]:
    for each in ranges:
        yield from (each,) if isinstance(each, int) else each


EVERYDAY: dict[str, tuple[int, ...]] = {word: tuple(_spread(ranges)) for word, ranges in WORDS.items()}
"""Each word and the indices of ImageNet's labels that mean it."""
