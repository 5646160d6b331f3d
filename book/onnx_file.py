"""A network as an ONNX file, for the pages that work without a kernel (live.py).

Written by hand, since PyTorch's export needs two more packages and SqueezeNet has four kinds of layers. The numbers of
the fields are those of onnx.proto.
"""

import torch
from torchvision.models.squeezenet import Fire


def varint(number: int) -> bytes:
    low, high = number & 127, number >> 7
    return bytes([low | 128]) + varint(high) if high else bytes([low])


def field(number: int, value: int | str | bytes) -> bytes:
    """One field of a protocol-buffer message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def write(body, head, size: int = 224) -> bytes:
    """SqueezeNet's body and a logistic regression: "film" (1, 3, size, size) -> "heat", the maps weighed by the head.

    The mean of the heat plus the head's intercept is the log odds of class 1.
    """
    graph, made = [], iter(range(1000))

    def store(weight):
        values, name = weight.detach().numpy().astype("<f4"), f"w{next(made)}"
        shape = b"".join(field(1, side) for side in values.shape)
        tensor = shape + field(2, 1) + field(8, name) + field(9, values.tobytes())
        graph.append(field(5, tensor))
        return name

    def node(kind, inputs, output=None, **options):
        output = output or f"x{next(made)}"
        message = (
            b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, kind)
        )
        for name, value in options.items():
            whole = isinstance(value, int)
            number = field(3, value) if whole else b"".join(field(8, v) for v in value)
            message += field(5, field(1, name) + number + field(20, 2 if whole else 7))
        graph.append(field(1, message))
        return output

    def add(layer, x, output=None):
        if isinstance(layer, torch.nn.Conv2d):
            weights = [store(w) for w in (layer.weight, layer.bias) if w is not None]
            pads = [*layer.padding] * 2
            return node("Conv", [x, *weights], output, strides=layer.stride, pads=pads)
        if isinstance(layer, torch.nn.MaxPool2d):
            sides = {"kernel_shape": [layer.kernel_size] * 2, "strides": [layer.stride] * 2}
            return node("MaxPool", [x], ceil_mode=int(layer.ceil_mode), **sides)
        if isinstance(layer, Fire):
            x = node("Relu", [add(layer.squeeze, x)])
            sides = [node("Relu", [add(c, x)]) for c in (layer.expand1x1, layer.expand3x3)]
            return node("Concat", sides, axis=1)
        assert isinstance(layer, torch.nn.ReLU), layer
        return node("Relu", [x])

    x = "film"
    for layer in body:
        x = add(layer, x)
    weigh = torch.nn.Conv2d(head.coef_.shape[1], 1, 1, bias=False)
    weigh.weight.data = torch.tensor(head.coef_, dtype=torch.float32)[..., None, None]
    add(weigh, x, "heat")
    graph.append(field(2, "classifier"))
    for place, name, shape in ((11, "film", (1, 3, size, size)), (12, "heat", (1, 1, 13, 13))):
        sides = field(2, b"".join(field(1, field(1, side)) for side in shape))
        graph.append(field(place, field(1, name) + field(2, field(1, field(1, 1) + sides))))
    return field(1, 8) + field(7, b"".join(graph)) + field(8, field(2, 13))
