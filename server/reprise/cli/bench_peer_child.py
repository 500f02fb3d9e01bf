"""One system of `reprise bench peers` in a process of its own, asked line by line.

`python -m reprise.cli.bench_peer_child NAME FOLDER` says on one line what it is, then answers each
line `{"bars": .., "candidates": .., "seed": ..}` with what it took. All have random weights, one
thread, a prompt of `PROMPT_TOKENS` tokens, and write `NOTES_A_BAR` notes in every bar.
"""

import gc
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from reprise.cli.bench_work import NOTES_A_BAR, PROMPT_TOKENS, TOKENS_A_BAR, request
from reprise.runtime.ensemble_files import open_ensemble

Work = Callable[[int, int, int], dict[str, int]]
"""Writes bars for candidates with a seed; returns how many notes and tokens."""

OURS: Final = "reprise"
GPT2: Final = "GPT-2 of 128 M"
T5: Final = "T5 of 53 M"
MIDIGPT: Final = {"midigpt small": (6, 512, 8), "midigpt medium": (12, 768, 12)}
"""Layers, width and heads of the sizes that are published."""

_GPT2_VOCABULARY: Final = 55_028
_T5_VOCABULARY: Final = 1_000
_TOKENS_A_NOTE: Final = TOKENS_A_BAR // NOTES_A_BAR


def ours(folder: str) -> tuple[Work, dict[str, Any]]:
    """Return our own runtime, as it serves."""
    model = open_ensemble(Path(folder))

    def work(bars: int, candidates: int, seed: int) -> dict[str, int]:
        moments = request(model, bars, candidates, seed)
        return {"notes": moments.notes, "tokens": moments.tokens}

    return work, {"engine": OURS}


def gpt2(_folder: str) -> tuple[Work, dict[str, Any]]:
    """Return a decoder of the Anticipatory Music Transformer's size: three tokens a note."""
    import torch
    import transformers

    config = transformers.GPT2Config(
        vocab_size=_GPT2_VOCABULARY, n_positions=1024, n_embd=768, n_layer=12, n_head=12
    )
    return _generating(transformers.GPT2LMHeadModel(config).eval(), torch, config.vocab_size)


def t5(_folder: str) -> tuple[Work, dict[str, Any]]:
    """Return an encoder and decoder of Composer's Assistant's size, at three tokens a note."""
    import torch
    import transformers

    config = transformers.T5Config(
        vocab_size=_T5_VOCABULARY,
        d_model=384,
        d_kv=64,
        d_ff=1536,
        num_layers=10,
        num_heads=6,
        feed_forward_proj="gated-gelu",
        decoder_start_token_id=0,
        pad_token_id=0,
    )
    return _generating(
        transformers.T5ForConditionalGeneration(config).eval(), torch, config.vocab_size
    )


def midigpt(name: str) -> tuple[Work, dict[str, Any]]:
    """Return midigpt's own engine with a network of a published size.

    Its rhythm is prescribed, so that every bar has its notes.
    """
    import torch
    from midigpt import inference
    from midigpt._core import TokenType
    from midigpt.attributes.base import AttributeAnalyzer
    from midigpt.inference.model.gpt2 import GPT2Config, GPT2LMHeadModel
    from midigpt.tokenizer.tokenizer import Tokenizer

    torch.set_num_threads(1)
    settings = _midigpt_settings()
    tokenizer = Tokenizer(settings)
    layers, width, heads = MIDIGPT[name]
    config = GPT2Config(tokenizer._vocab.size(), 2048, width, layers, heads)
    network = GPT2LMHeadModel(config).eval()
    # A trained network ends a hole with FillInEnd; a random one would take BarEnd half of the time,
    # which its grammar allows and then has no way to go on from.
    bar_end, _ = tokenizer._vocab.range(TokenType.BarEnd)
    network.lm_head.register_forward_hook(
        lambda _module, _inputs, logits: logits.index_fill(-1, torch.tensor([bar_end]), -1e9)
    )
    engine = inference.InferenceEngine(network, tokenizer, AttributeAnalyzer.from_config(settings))
    engine.warmup()
    rhythm = [{"pos": 48 * place // NOTES_A_BAR, "polyphony": 1} for place in range(NOTES_A_BAR)]

    def work(bars: int, candidates: int, seed: int) -> dict[str, int]:
        score, first = _midigpt_score(tokenizer, bars, seed)
        open_bars = list(range(first, first + bars))
        asked = inference.GenerationRequest(
            tracks=[
                inference.TrackPrompt(
                    id=0, bars=open_bars, controls={"rhythm_mask": {"positions": rhythm}}
                ),
                inference.TrackPrompt(id=1, bars=[]),
                inference.TrackPrompt(id=2, bars=[]),
            ],
            config=inference.InferenceConfig(
                model_dim=len(score.tracks[0].bars),
                bars_per_step=bars,
                num_candidates=candidates,
                seed=seed,
                max_attempts=1,
            ),
        )
        found = engine.session(score, asked).run_variations()
        notes = sum(
            len(bar.notes)
            for one in found
            if one["score"] is not None
            for bar in one["score"].tracks[0].bars[first : first + bars]
        )
        return {"notes": notes, "tokens": sum(one["gen_count"] for one in found)}

    return work, {"engine": "midigpt", "parameters": _parameters(network)}


def _generating(network: Any, torch: Any, vocabulary: int) -> tuple[Work, dict[str, Any]]:  # noqa: ANN401
    """Return work with the `generate` of transformers, cached, all candidates in one batch."""
    torch.set_num_threads(1)

    def work(bars: int, candidates: int, seed: int) -> dict[str, int]:
        torch.manual_seed(seed)
        count = bars * TOKENS_A_BAR
        prompt = torch.randint(2, vocabulary, (1, PROMPT_TOKENS))
        written = network.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            min_new_tokens=count,
            max_new_tokens=count,
            do_sample=True,
            top_k=0,
            num_return_sequences=candidates,
            use_cache=True,
            pad_token_id=0,
        )
        is_answer_alone = network.config.is_encoder_decoder
        tokens = written.shape[1] - (1 if is_answer_alone else PROMPT_TOKENS)
        return {"notes": candidates * tokens // _TOKENS_A_NOTE, "tokens": candidates * tokens}

    return work, {"engine": "transformers", "parameters": _parameters(network)}


def _midigpt_settings() -> Any:  # noqa: ANN401 - midigpt's own
    """Return settings of a vocabulary with positions, as its published networks have."""
    from midigpt._core import EncoderConfig

    plain = json.loads(EncoderConfig().to_json())
    plain.update(resolution=12, decode_resolution=12, supports_infill=True)
    derived = EncoderConfig.from_json(json.dumps(plain))
    derived.derive_token_domains()
    full = json.loads(derived.to_json())
    full["token_domains"].append({"type": "TimeAbsolutePos", "domain_size": 96})
    return EncoderConfig.from_json(json.dumps(full))


def _midigpt_score(tokenizer: Any, bars: int, seed: int) -> tuple[Any, int]:  # noqa: ANN401
    """Return three tracks of about as many tokens as the prompt has, and the first open bar."""
    from midigpt import Score, Track

    randomness = random.Random(seed)
    drawn = [[_midigpt_bar(randomness) for _ in range(64)] for _ in range(3)]
    count = bars
    while count < len(drawn[0]):
        tracks = [
            Track(bars=track[: count + 1], instrument=program)
            for track, program in zip(drawn, (0, 32, 48))
        ]
        score = Score(tracks=tracks, resolution=12)
        if len(tokenizer.encode(score)) > PROMPT_TOKENS:
            break
        count += 1
    tracks = [
        Track(bars=track[:count], instrument=program) for track, program in zip(drawn, (0, 32, 48))
    ]
    return Score(tracks=tracks, resolution=12), count - bars


def _midigpt_bar(randomness: random.Random) -> Any:  # noqa: ANN401 - midigpt's own
    from midigpt import Bar, Note

    onsets = sorted(randomness.sample(range(16), 4))
    return Bar(notes=[Note(randomness.randrange(40, 80), 90, 3 * onset, 3) for onset in onsets])


def _parameters(network: Any) -> int:  # noqa: ANN401 - torch is imported where it is needed
    return sum(int(weights.numel()) for weights in network.parameters())


def opened(name: str, folder: str) -> tuple[Work, dict[str, Any]]:
    """Return a system by its name.

    Raises:
        ImportError: What it needs is not installed.
    """
    if name in MIDIGPT:
        return midigpt(name)
    return {OURS: ours, GPT2: gpt2, T5: t5}[name](folder)


def main(arguments: list[str]) -> None:
    """Open a system and answer lines until there are no more."""
    name, folder = arguments
    try:
        work, about = opened(name, folder)
    except ImportError as error:
        print(json.dumps({"missing": error.name or str(error)}), flush=True)
        return
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        gc.collect()
        began, cpu_began = time.perf_counter(), time.process_time()
        found: dict[str, Any] = work(asked["bars"], asked["candidates"], asked["seed"])
        found["ms"] = 1000.0 * (time.perf_counter() - began)
        found["cpu_ms"] = 1000.0 * (time.process_time() - cpu_began)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
