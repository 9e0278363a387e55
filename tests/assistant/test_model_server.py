"""A real model server, ``transformers serve``, with models made here: the wire format, streaming, cancellation."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from assistant.writer import Writer, open_writer
from tests.assistant.misbehaving import closed_port
from tests.assistant.test_writer import EVIDENCE, QUESTION

NEEDED = ("llama_index.llms.openai_like", "transformers", "accelerate")  # looked for, not imported: torch takes seconds
MISSING = [name for name in NEEDED if find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: pip install -e '.[dev]'")

SERVE = Path(sys.executable).parent / "transformers"
WORDS = [" Feri", " itu", " tenggelam", " pada", " Sabtu", " [1]", "."]
PATIENCE = 120.0  # seconds for the server to import torch and come up


def make_model(folder: Path, last: str) -> None:
    """A model that says WORDS: each word's embedding is the next word's output. After the last comes ``last``.

    Its attention and its feed-forward layer add nothing, so what comes next depends on the last token alone.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    bytewise = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bytewise, eos_token="</s>", pad_token="</s>")
    tokenizer.add_tokens(WORDS)
    tokenizer.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"
    tokenizer.save_pretrained(folder)

    size = len(tokenizer) + len(tokenizer) % 2
    config = LlamaConfig(
        vocab_size=size,
        hidden_size=size,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=200_000,
        eos_token_id=tokenizer.eos_token_id,
    )
    model = LlamaForCausalLM(config)
    said = tokenizer.convert_tokens_to_ids([":", *WORDS, last])
    with torch.no_grad():
        model.model.embed_tokens.weight.copy_(torch.eye(size))
        model.model.layers[0].self_attn.o_proj.weight.zero_()
        model.model.layers[0].mlp.down_proj.weight.zero_()
        model.lm_head.weight.zero_()
        for before, behind in pairwise(said):
            model.lm_head.weight[behind, before] = 1.0
    model.generation_config.max_new_tokens = 100_000
    model.save_pretrained(folder)


@dataclass(frozen=True)
class Served:
    """A server's process and base URL, and the folders of a model that ends and one that never does."""

    process: int
    url: str
    speaks: Path
    rambles: Path

    def writer(self, model: Path, deadline: float) -> Writer:
        """A writer on one of its models."""
        opened = open_writer(f"openai-like:{model}", self.url, deadline, environ={})
        assert opened is not None
        return opened


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Both models behind one server, as its own process."""
    if not SERVE.exists():
        pytest.skip("needs the command transformers")
    folder = tmp_path_factory.mktemp("models")
    make_model(folder / "speaks", "</s>")
    make_model(folder / "rambles", WORDS[0])
    port = closed_port()
    command = [str(SERVE), "serve", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environ = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1"}
    with (folder / "log").open("w") as log, subprocess.Popen(command, env=environ, stdout=log, stderr=log) as process:
        try:
            _wait_for(port, process, folder / "log")
            yield Served(process.pid, f"http://127.0.0.1:{port}/v1", folder / "speaks", folder / "rambles")
        finally:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"transformers serve did not come up:\n{log.read_text()[-2000:]}")


def test_a_real_server_streams_an_answer(served: Served) -> None:
    """Its own wire format, word by word, to its own last event."""
    draft = served.writer(served.speaks, 60.0).write(QUESTION, EVIDENCE)
    pieces = list(draft)
    assert ("Feri itu tenggelam pada Sabtu [1].", (1,), None) == ("".join(pieces), draft.marks, draft.failed)
    assert len(pieces) >= len(WORDS) - 1


def _comes_to_rest(process: int) -> bool:
    """Whether a process stops computing; the model that never ends would keep it busy for minutes."""
    import psutil  # which accelerate brings

    server = psutil.Process(process)
    until = time.monotonic() + PATIENCE / 4
    while time.monotonic() < until:
        before = sum(server.cpu_times()[:2])
        time.sleep(0.5)
        if sum(server.cpu_times()[:2]) - before < 0.05:
            return True
    return False


def test_a_real_server_is_stopped_at_the_deadline(served: Served) -> None:
    """A model that never ends is cancelled with its connection, and the next question is answered."""
    rambling = served.writer(served.rambles, 3.0).write(QUESTION, EVIDENCE)
    assert rambling.read().startswith("Feri itu tenggelam pada Sabtu [1]. Feri itu")
    assert rambling.failed is not None
    assert "slow" == rambling.failed.kind
    assert _comes_to_rest(served.process)
    assert "Feri itu tenggelam pada Sabtu [1]." == served.writer(served.speaks, 30.0).write(QUESTION, EVIDENCE).read()


def test_a_model_that_is_not_there(served: Served) -> None:
    """What a real server says to an unknown name is told in our words."""
    draft = served.writer(served.speaks.with_name("absent"), 30.0).write(QUESTION, EVIDENCE)
    assert "" == draft.read()
    assert draft.failed is not None
    assert "HTTP" in draft.failed.sentence("en")
