"""What the program says of bad models and pictures: the core of each sentence. The manual's page of errors has them all."""

MODELS = {
    "python:fac:channels": "failed on pictures of shape (3, 32, 32) (channel, height, width)",
    "python:fac:labels": "gives 3 logits but has 2 labels; give it one label a logit",
    "python:fac:nan": "answered NaN or infinity; check its weights and its normalisation",
    "python:fac:training": "is in training mode, so dropout and batch norm would change its answers",
    "python:fac:raising": "fac:raising() failed with RuntimeError: no disk",
    "python:fac:ending": "unexpected mistake: SystemExit: 3",
    "python:fac:number": "to be a function without arguments; got int",
    "python:fac:nothing": "to return a callable, a torch module or a Classifier; got NoneType",
    "python:fac:gone": "the module fac has no 'gone'",
    "python:nowhere_at_all:net": "there is no module 'nowhere_at_all'",
    "python:fac": "with two colons; got python:fac",
    "file:pickle.pth": "is a pickle (as torch.save writes it), which can run code when it is read, so it is refused",
    "torchvision:resnet18,weights=pickle.pth": "is a pickle (as torch.save writes it), which can run code",
    "torchvision:resnet18,weights=keys.safetensors": "the weights in keys.safetensors do not fit",
    "file:keys.safetensors": "holds weights but no description of their network",
    "file:header.safetensors": "is no complete safetensors file",
    "file:short.safetensors": "is no complete safetensors file",
    "onnx:broken.onnx": "is not an ONNX file that can be run",
    "onnx:gone.onnx": "there is no file gone.onnx",
    "bundled,layer=nope": "bundled has no setting 'layer'",
    "reznet": "expected a model as prefix:name",
}
"""What stands behind ``--model``, and what is said of it."""

PICTURES = {
    "cut.png": "is damaged or incomplete",
    "cut.jpg": "is damaged or incomplete",
    "words.png": "is not a picture in a format that is known here; save it as PNG or JPEG",
    "empty.png": "is empty (0 bytes); copy it again",
    "bomb.png": "above the limit of 150 million pixels; save it in a smaller size",
    "drawing.svg": "is an SVG drawing, which is not read here",
    "folder.png": "there is no picture in the folder folder.png",
    "gone.png": "there is no file or folder gone.png; check the path",
    "secret.png": "may not be read; give yourself permission",
}
"""A file's name, and what is said of it."""
