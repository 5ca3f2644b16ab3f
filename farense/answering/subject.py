"""Who answers: a base, with or without an adapter, identified by the bytes of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from farense.answering.cache import AnswerSource, answered_from, read_answers, write_answers
from farense.answering.generation import Answered, Decoding, answer_questions, portions_of
from farense.answering.workers import Task, answer_in_launch, answer_together
from farense.errors import InputError, ModelFolderError
from farense.models.adapters import (
    adapter_sha256,
    check_adapter,
    newest_adapter,
    read_adapter_config,
)
from farense.models.backend import Backend, choose_storage
from farense.models.environment import library_versions
from farense.models.kernels.build import FEW_ROWS, source_sha256
from farense.models.loading import load_model
from farense.models.model_folder import base_sha256, check_model_folder, float32_bytes
from farense.models.processes import sensible_workers
from farense.models.registry import resolve_base
from farense.models.templates import TEMPLATES, PromptTemplate, template_for
from farense.storage import real_path, sha256_json
from farense.training.launch import leads, require_same, tell
from farense.training.team import Team


@dataclass(frozen=True)
class Subject:
    """A base and perhaps an adapter. ``template`` is the one the adapter was trained with."""

    base: Path
    base_sha256: str
    adapter: Path | None
    template: PromptTemplate

    @property
    def adapter_sha256(self) -> str | None:
        """Hash of the adapter's weights; None for the bare base."""
        return adapter_sha256(self.adapter) if self.adapter else None

    @property
    def name(self) -> str:
        """The folder name of what is judged."""
        return (self.adapter or self.base).name

    @property
    def bare(self) -> Subject:
        """The same base and template without the adapter."""
        return Subject(self.base, self.base_sha256, None, self.template)


def find_subject(
    adapter: Path | None,
    no_adapter: bool,
    base: str | None,
    models_dir: Path,
    adapters_dir: Path,
) -> Subject:
    """Settle which base and adapter are meant.

    Args:
        adapter: A folder; None for the newest trained one.
        no_adapter: Judge the bare base.
        base: Name or folder; None for the one the adapter names.
        models_dir: Holds one folder per base.
        adapters_dir: Holds the trained adapters.

    Raises:
        InputError: both or neither can be meant.
        ModelFolderError: a folder is not whole.
        BaseMismatchError: the adapter was trained on another base.
    """
    if no_adapter:
        if adapter is not None:
            raise InputError(
                "--no-adapter", f"--adapter {adapter} as well", "one of the two", "Leave one out."
            )
        folder = check_model_folder(resolve_base(base or "smollm2-135m", models_dir))
        return Subject(folder, base_sha256(folder), None, template_for(folder))
    adapter = real_path(adapter) if adapter else newest_adapter(adapters_dir)
    if adapter is None:
        raise InputError(
            adapters_dir,
            "no trained adapter",
            "at least one",
            "Train one with `farense train`, or judge the bare base with --no-adapter.",
        )
    config = read_adapter_config(adapter)
    _check_ours(adapter, config)
    folder = check_model_folder(_base_folder(config, base, models_dir))
    sha256 = base_sha256(folder)
    check_adapter(adapter, folder, sha256)
    template = TEMPLATES[config["prompt_template"]].with_system(config.get("system_prompt", ""))
    return Subject(folder, sha256, adapter, template)


def _check_ours(adapter: Path, config: dict[str, Any]) -> None:
    needed = ("base", "base_sha256", "model", "num_layers", "lora_parameters", "prompt_template")
    missing = [key for key in needed if key not in config]
    if not missing and config["prompt_template"] in TEMPLATES:
        return
    raise ModelFolderError(
        adapter / "adapter_config.json",
        f"no {', no '.join(missing)}" if missing else f"template {config['prompt_template']!r}",
        f"what `farense train` records, template one of {', '.join(TEMPLATES)}",
        "Train the adapter with farense: one of another tool does not say which base it is for.",
    )


def _base_folder(config: dict[str, Any], base: str | None, models_dir: Path) -> Path:
    if base is not None:
        return resolve_base(base, models_dir)
    recorded = Path(config["model"])
    # An adapter that was moved here with its base names a path that is not here.
    return recorded if recorded.is_dir() else models_dir / config["base"]


def _computes_with(backend: Backend) -> str:
    # Products and kernels differ in the last bits, which a near-tie of logits can turn on.
    kernels = f"kernels {source_sha256()[:16]}" if backend.has_kernels else ""
    few_rows = f"few rows {source_sha256(FEW_ROWS)[:16]}" if backend.has_few_rows else ""
    blas = backend.blas.name if backend.blas else ""
    return " ".join(filter(None, (backend.device, blas, kernels, few_rows)))


def answers_of(
    subject: Subject,
    backend: Backend,
    questions: Sequence[tuple[str, str]],
    decoding: Decoding,
    cache_dir: Path,
    on_answered: Callable[[int], None] = lambda _: None,
    on_warning: Callable[[str], None] = lambda _: None,
    order_seed: int | None = None,
    workers: int | None = None,
    team: Team | None = None,
) -> Answered:
    """Answer ``(id, text)`` pairs, or give the answers the very same bytes gave before.

    ``on_warning`` hears what loading the model had to say; ``order_seed`` asks in another
    order (see ``answer_questions``). ``workers`` processes answer together, one a core on a
    CPU when None, one on a GPU; the answers do not depend on it. In an ``mlx.launch`` every
    process of its ``team`` calls this, answers its share and gets all answers; those kept
    count, and are kept, where the leading one is.

    Raises:
        InputError: the processes of ``team`` would not answer the same with the same.
    """
    source = _source(subject, backend, decoding)
    key = source.key(questions, order_seed)
    require_same(team, {**source.parts(), "questions": key[:12]})
    kept = read_answers(cache_dir, key) if leads(team) else None
    told = tell(team, asdict(kept) if kept else None)[0]
    if told is not None:
        return answered_from(told)
    portions = len(portions_of(range(len(questions)), decoding.batch_size))
    wanted = workers or sensible_workers(backend, float32_bytes(subject.base))
    task = Task(
        subject.base,
        subject.adapter,
        backend,
        subject.template,
        tuple(questions),
        decoding,
        order_seed,
    )
    if team is not None:
        answered = answer_in_launch(task, team, on_answered, on_warning)
    else:
        answered = _answer(task, min(wanted, portions), on_answered, on_warning)
    if leads(team):
        write_answers(cache_dir, key, answered)
    return answered


def _answer(
    task: Task,
    workers: int,
    on_answered: Callable[[int], None],
    on_warning: Callable[[str], None],
) -> Answered:
    if workers > 1:
        return answer_together(task, workers, on_answered, on_warning)
    loaded = load_model(task.base, task.backend, task.adapter, to_answer=True)
    for warning in loaded.warnings:
        on_warning(warning)
    return answer_questions(
        loaded, task.template, task.questions, task.decoding, on_answered, task.order_seed
    )


def kept_answers(
    subject: Subject,
    backend: Backend,
    questions: Sequence[tuple[str, str]],
    decoding: Decoding,
    cache_dir: Path,
    order_seed: int | None = None,
) -> Answered | None:
    """The answers the very same bytes gave before to these questions; None when not kept."""
    return read_answers(cache_dir, _source(subject, backend, decoding).key(questions, order_seed))


def _source(subject: Subject, backend: Backend, decoding: Decoding) -> AnswerSource:
    adapter = None
    if subject.adapter is not None:
        config = read_adapter_config(subject.adapter)
        # The scale and the layers count as much as the tensors do.
        put_on = {name: config[name] for name in ("num_layers", "lora_parameters")}
        adapter = sha256_json({"weights": subject.adapter_sha256, "put_on": put_on})
    quantised = choose_storage(backend, float32_bytes(subject.base)).keep_quantised
    return AnswerSource(
        base_sha256=subject.base_sha256,
        adapter_sha256=adapter,
        template=subject.template,
        decoding=decoding,
        held_as="as stored" if quantised else "float32",
        device=_computes_with(backend),
        versions=library_versions(),
    )
