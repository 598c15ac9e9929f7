#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A peer of `mpibert bench step`: the same pretraining step in PyTorch, told by lines when to run.

    tests/bench/peer.py MODE --preset base --batch 16 [--sequence-length 128] [--lengths FILE]
                        [--precision bf16]

hf     transformers' BertForPreTraining as its script runs it: padded to the longest, every row
       through the vocabulary head.
torch  the best stock PyTorch known to us: compiled, one QKV product, fused AdamW with clipping
       folded in, only masked rows through the head, sequences sorted by length into small
       batches whose gradients are summed, dropout by a hash that vectorises.
tpp    Intel's extension with its fused primitives (fast_bert), its AdamW and its clipping.

All do what ours does: the same lengths and numbers of masked rows (of random ids: speed does not
depend on them), dropout .1 wherever BERT has it, MLM and NSP, AdamW after clipping at 1, fp32; or,
with --precision bf16, products in bf16: hf and torch by autocast, whose compiled form casts each
weight once for a micro-batch; tpp by modules of bf16, and its heads by autocast.  Weights, moments
and losses stay fp32, but in tpp's modules: their weights and moments are bf16 alone, which is less
than ours has to do.  (Its AdamW, which would keep their lower bits, ends with a segmentation fault
in 2.8.0; PyTorch's takes its place.)
The process says one line of JSON when it is ready (compiled, warm), then answers each line "go S" on
standard input with one more, the speed over about S seconds.  `peers.sh` makes the environments.
"""
import argparse
import contextlib
import functools
import io
import json
import os
import sys
import time

sys.path.pop(0)  # a file beside this one has the name of a package
import torch
import torch.nn.functional as F
from torch import nn

PRESETS = {"tiny": (2, 128, 2), "mini": (4, 256, 4), "small": (4, 512, 8),  # layers, hidden, heads
           "medium": (8, 512, 8), "base": (12, 768, 12), "large": (24, 1024, 16)}
VOCABULARY, DROPOUT, MASKED, CLIP = 30522, 0.1, 0.15, 1.0
ADAMW = {"lr": 1e-4, "weight_decay": 0.01}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("mode", choices=("hf", "torch", "tpp"))
    parser.add_argument("--preset", choices=PRESETS, default="tiny")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="of products")
    parser.add_argument("--sequence-length", type=int, default=128)
    parser.add_argument("--batch", type=int, default=32, help="sequences a step")
    parser.add_argument("--micro-batch", type=int,
                        help="sequences at once (default: all; torch with --lengths: 1)")
    parser.add_argument("--lengths", help="real lengths, one a line")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    if options.micro_batch is None:  # one alone needs neither padding nor a mask
        alone = options.mode == "torch" and options.lengths
        options.micro_batch = 1 if alone else options.batch
    return options


# ---- the batch ----

def masked_of(length):
    """Masked rows of a sequence, as many as `bench step` has."""
    return int(MASKED * length + 0.5)


def useful_flops(preset, length):
    """Multiplications and additions of products, forward and backward; padding counts for none."""
    L, H, _ = PRESETS[preset]
    head = 6 * masked_of(length) * H * (H + VOCABULARY) + 6 * H * H + 12 * H
    return 72 * L * H * H * length + 12 * L * H * length * length + head


def read_lengths(options):
    if options.lengths is None:
        return [options.sequence_length] * options.batch
    with open(options.lengths) as file:
        lines = [int(line) for line in file][:options.batch]
    if len(lines) < options.batch:
        sys.exit(f"{options.lengths}: {options.batch} lengths are needed, one a line")
    return [min(length, options.sequence_length) for length in lines]


class MicroBatch:
    """Sequences that go through the model at once, padded to the longest of them."""

    def __init__(self, lengths):
        self.lengths = lengths
        B, S = len(lengths), max(lengths)
        place, ends = torch.arange(S)[None], torch.tensor(lengths)[:, None]
        self.keep = place < ends
        self.full = min(lengths) == S
        self.ids = torch.randint(1000, VOCABULARY, (B, S)) * self.keep
        self.segments = (place >= ends // 2).long() * self.keep
        self.rows = torch.tensor([b * S + i * length // masked_of(length)
                                  for b, length in enumerate(lengths)
                                  for i in range(masked_of(length))])
        self.labels = self.ids.view(-1)[self.rows]
        self.all_labels = torch.full((B * S,), -100).index_copy(0, self.rows, self.labels)
        self.all_labels = self.all_labels.view(B, S)
        self.next = torch.arange(B) % 2


def micro_batches(options, lengths):
    size = options.micro_batch
    if size < len(lengths):
        lengths = sorted(lengths)
    return [MicroBatch(lengths[i:i + size]) for i in range(0, len(lengths), size)]


# ---- the best stock PyTorch ----

def int32(value):
    """The 32 bits of a constant as PyTorch's signed numbers."""
    value &= 0xffffffff
    return value - (1 << 32) if value >> 31 else value


def dropout(x, seed, place):
    """Dropout whose mask is a hash of seed, place and element: plain integer arithmetic, which the
    compiler fuses with its neighbours and vectorises, unlike PyTorch's own generators."""
    h = torch.arange(x.numel(), dtype=torch.int32).view(x.shape) + (seed + int32(place * 0x9e3779b9))
    h = h * int32(0x7feb352d)
    h = (h ^ (h >> 15)) * int32(0x846ca68b)
    h = h ^ (h >> 16)
    return torch.where((h & 0xffff) < round(DROPOUT * 0x10000), 0.0, x * (1 / (1 - DROPOUT)))


class Layer(nn.Module):
    def __init__(self, number, H, heads):
        super().__init__()
        self.place, self.heads = 4 * number, heads
        self.qkv, self.output = nn.Linear(H, 3 * H), nn.Linear(H, H)
        self.up, self.down = nn.Linear(H, 4 * H), nn.Linear(4 * H, H)
        self.norm1, self.norm2 = nn.LayerNorm(H, 1e-12), nn.LayerNorm(H, 1e-12)

    def attention(self, x, mask, seed):
        B, S, H = x.shape
        q, k, v = self.qkv(x).view(B, S, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = (q @ k.transpose(-1, -2)) * (H // self.heads) ** -0.5
        if mask is not None:
            scores = scores + mask
        context = dropout(torch.softmax(scores, -1), seed, self.place) @ v
        return self.output(context.transpose(1, 2).reshape(B, S, H))

    def forward(self, x, mask, seed):
        x = self.norm1(x + dropout(self.attention(x, mask, seed), seed, self.place + 1))
        f = self.down(F.gelu(self.up(x)))
        return self.norm2(x + dropout(f, seed, self.place + 2))


class Bert(nn.Module):
    def __init__(self, L, H, heads):
        super().__init__()
        self.word, self.position = nn.Embedding(VOCABULARY, H), nn.Embedding(512, H)
        self.segment, self.norm = nn.Embedding(2, H), nn.LayerNorm(H, 1e-12)
        self.layers = nn.ModuleList(Layer(i + 1, H, heads) for i in range(L))
        self.pooler, self.next = nn.Linear(H, H), nn.Linear(H, 2)
        self.transform, self.norm2 = nn.Linear(H, H), nn.LayerNorm(H, 1e-12)
        self.bias = nn.Parameter(torch.zeros(VOCABULARY))
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                module.weight.data.normal_(0, 0.02)
            if isinstance(module, nn.Linear):
                module.bias.data.zero_()

    def forward(self, ids, segments, mask, rows, labels, is_next, seed, scales):
        x = self.word(ids) + self.position.weight[:ids.shape[1]] + self.segment(segments)
        x = dropout(self.norm(x), seed, 0)
        for layer in self.layers:
            x = layer(x, mask, seed)
        pooled = dropout(torch.tanh(self.pooler(x[:, 0])), seed, 1)
        masked = x.reshape(-1, x.shape[-1]).index_select(0, rows)
        masked = self.norm2(F.gelu(self.transform(masked)))
        logits = F.linear(masked, self.word.weight, self.bias)
        return (F.cross_entropy(logits, labels, reduction="sum") * scales[0]
                + F.cross_entropy(self.next(pooled), is_next, reduction="sum") * scales[1])


class Torch:
    def __init__(self, options, batches):
        self.model = Bert(*PRESETS[options.preset]).train()
        several = len({batch.ids.shape for batch in batches}) > 1
        self.net = torch.compile(self.model, dynamic=several)
        masked = sum(len(batch.rows) for batch in batches)
        self.scales = torch.tensor([1 / masked, 1 / options.batch])
        self.masks = {batch: None if batch.full else
                      torch.zeros(batch.keep.shape).masked_fill(~batch.keep, -1e9)[:, None, None]
                      for batch in batches}
        self.seed = 0
        self.parameters = list(self.model.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, fused=True, **ADAMW)
        self.optimizer.found_inf = torch.zeros(())

    def loss(self, batch):
        self.seed += 1
        seed = torch.tensor(int32(self.seed * 0x85ebca6b), dtype=torch.int32)
        return self.net(batch.ids, batch.segments, self.masks[batch], batch.rows, batch.labels,
                        batch.next, seed, self.scales)

    def update(self):
        """Clipping rides with the update: AdamW divides by grad_scale as it reads gradients."""
        norm = torch.nn.utils.get_total_norm([p.grad for p in self.parameters])
        self.optimizer.grad_scale = torch.clamp(norm / CLIP, min=1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


# ---- Hugging Face's model, and the same with Intel's primitives ----

def hugging_face(options, attention):
    from transformers import BertConfig, BertForPreTraining
    L, H, heads = PRESETS[options.preset]
    config = BertConfig(vocab_size=VOCABULARY, hidden_size=H, num_hidden_layers=L,
                        num_attention_heads=heads, intermediate_size=4 * H,
                        hidden_dropout_prob=DROPOUT, attention_probs_dropout_prob=DROPOUT)
    config._attn_implementation = attention
    return BertForPreTraining(config).train()


class HuggingFace:
    def __init__(self, options, batches):
        self.model = hugging_face(options, "sdpa")
        self.optimizer = torch.optim.AdamW(self.model.parameters(), fused=True, **ADAMW)
        self.share = 1 / len(batches)

    def loss(self, batch):
        return self.share * self.model(
            input_ids=batch.ids, token_type_ids=batch.segments, attention_mask=batch.keep.long(),
            labels=batch.all_labels, next_sentence_label=batch.next).loss

    def update(self):
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


class Tpp:
    def __init__(self, options, batches):
        import intel_extension_for_pytorch as ipex
        from intel_extension_for_pytorch.cpu.tpp import optim
        with contextlib.redirect_stdout(io.StringIO()):  # it prints a line a module
            model = ipex.fast_bert(hugging_face(options, "eager"), dtype=torch.bfloat16
                                   if options.precision == "bf16" else torch.float32)
        self.model = (model[0] if isinstance(model, tuple) else model).train()
        adamw = {"fp32": optim.AdamW, "bf16": functools.partial(torch.optim.AdamW, fused=True)}
        self.optimizer = adamw[options.precision](self.model.parameters(), **ADAMW)
        self.clip, self.hidden = optim.clip_grad_norm_, PRESETS[options.preset][1]
        self.share = 1 / len(batches)

    @staticmethod
    def plain(tensor):
        return tensor.unblocked_tensor() if hasattr(tensor, "unblocked_tensor") else tensor

    def loss(self, batch):
        out = self.model.bert(input_ids=batch.ids, token_type_ids=batch.segments,
                              attention_mask=batch.keep.long())
        x, pooled = map(self.plain, out[:2])
        masked = x.reshape(-1, self.hidden).index_select(0, batch.rows)
        logits = self.plain(self.model.cls.predictions(masked))
        is_next = self.plain(self.model.cls.seq_relationship(pooled))
        return self.share * (F.cross_entropy(logits, batch.labels)
                             + F.cross_entropy(is_next, batch.next))

    def update(self):
        self.clip(self.model.parameters(), CLIP)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


# ---- turns ----

def step(peer, batches, rounded):
    total = 0.0
    for batch in batches:
        with torch.autocast("cpu", torch.bfloat16, enabled=rounded):
            loss = peer.loss(batch)
        loss.backward()
        total += loss.item()
    peer.update()
    return total


def turn(peer, batches, rounded, seconds):
    start, steps = time.perf_counter(), 0
    while steps == 0 or time.perf_counter() - start < seconds:
        loss = step(peer, batches, rounded)
        steps += 1
    return steps, time.perf_counter() - start, loss


def say(out, **fields):
    print(json.dumps(fields), file=out, flush=True)


def main():
    options = arguments()
    out, sys.stdout = sys.stdout, sys.stderr  # what libraries print is not ours
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    lengths = read_lengths(options)
    batches = micro_batches(options, lengths)
    peer = {"hf": HuggingFace, "torch": Torch, "tpp": Tpp}[options.mode](options, batches)
    rounded = options.precision == "bf16"
    for _ in range(3):
        step(peer, batches, rounded)
    tokens, flops = sum(lengths), sum(useful_flops(options.preset, n) for n in lengths)
    say(out, mode=options.mode, torch=torch.__version__, threads=options.threads,
        micro_batch=options.micro_batch, tokens=tokens)
    for line in sys.stdin:
        steps, seconds, loss = turn(peer, batches, rounded, float(line.split()[1]))
        say(out, tokens_per_s=tokens * steps / seconds, useful_gflops=1e-9 * flops * steps / seconds,
            step_seconds=seconds / steps, loss=loss)


if __name__ == "__main__":
    main()
