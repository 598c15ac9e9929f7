# SPDX-License-Identifier: Apache-2.0
# Logic: the numbers that tests/unit/optim/test_muon.c holds mpibert to must be those of
# torch.optim.Muon, in double precision where PyTorch itself rounds to bfloat16, and of
# torch.optim.AdamW for what is no matrix of a layer.
import re

import torch

from tap import done, ok

torch.Tensor.bfloat16 = torch.Tensor.double
SHAPES = [(3, 5), (5, 3), (4,)]
RATES = [0.01, 0.02, 0.005]


def numbers(f, t=0):
    """The table's block: element i is f(i + 1), in single precision."""
    count = sum(torch.Size(shape).numel() for shape in SHAPES)
    block = f(torch.arange(1, count + 1, dtype=torch.float64) + t).float().double()
    parts, at = [], 0
    for shape in SHAPES:
        n = torch.Size(shape).numel()
        parts.append(block[at:at + n].reshape(shape))
        at += n
    return parts


def reference():
    weights = [torch.nn.Parameter(p.clone()) for p in numbers(torch.sin)]
    muon = torch.optim.Muon(weights[:2], weight_decay=0.1, momentum=0.95,
                            adjust_lr_fn="match_rms_adamw")
    adamw = torch.optim.AdamW(weights[2:], betas=(0.9, 0.999), weight_decay=0)
    for t, rate in enumerate(RATES):
        for optimizer in (muon, adamw):
            optimizer.param_groups[0]["lr"] = rate
        for weight, grad in zip(weights, numbers(torch.cos, 7 * t)):
            weight.grad = 0.5 * grad
        muon.step()
        adamw.step()
        yield torch.cat([w.detach().flatten() for w in weights])


def recorded():
    source = open("tests/unit/optim/test_muon.c").read()
    rows = source[source.index("want[STEPS][WEIGHTS] ="):]
    rows = rows[:rows.index(";")]
    values = [float(x) for x in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", rows)]
    return torch.tensor(values, dtype=torch.float64).reshape(len(RATES), -1)


if __name__ == "__main__":
    rows = recorded()
    for t, (want, got) in enumerate(zip(reference(), rows)):
        worst = (want - got).abs().max().item()
        ok(worst < 1e-8, f"step {t + 1}: off by {worst:.1e}")
    done()
