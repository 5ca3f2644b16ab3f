"""The command line: one module a command, imported only when that command is run."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import FrameType

import click

from farense import __version__
from farense.errors import FarenseError, StoppedError, TerminatedError

COMMANDS = {
    "ask": "Answer one question with an adapter or the checkpoints of a training.",
    "bench": "Measure tokens per second, time to first token and memory.",
    "data": "Build packs from the fact tables; convert, audit, clean and split datasets.",
    "doctor": "Check chip, memory, disk, MLX, BLAS, kernels, base model and data.",
    "evalset": "Check golden sets, count them, start one, record its versions.",
    "evaluate": "Answer golden questions, score, gate and report.",
    "compare": "Set adapters or runs side by side, question by question.",
    "facts": "Check the fact tables, look a name up, import documents.",
    "kernels": "Compile the optional kernels that make a CPU faster.",
    "models": "Fetch base models and list them.",
    "monitor": "Watch a training from a second terminal.",
    "promote": "Make an adapter the accepted one.",
    "score": "Score a finished run's answers again, without a model.",
    "scorers": "List scorers, check the fact scorer on judged pairs, calibrate.",
    "recover": "Say what a crash left of a training, and mend it.",
    "report": "Score and render a finished run again, without a model.",
    "sweep": "Choose among the checkpoints of a training on golden questions.",
    "train": "Train an adapter on a pack.",
}


class _LazyGroup(click.Group):
    """Knows its commands by name, so that ``--help`` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of ``cmd_name`` and return its command."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"farense.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands from their one-line texts."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=_LazyGroup)
@click.version_option(__version__, prog_name="farense")
def cli() -> None:
    """pytest for fine-tuned adapters: train one and prove what it is worth.

    \b
    The main job, command by command:
        farense models pull smollm2-135m
        farense data build --pack essentials
        farense train --pack essentials
        farense evaluate
    """


def main() -> None:
    """Entry point: run a command; every expected error is one line and an exit code."""
    _hear_signals()
    try:
        # Outside click's standalone mode an exit code is returned, not raised.
        sys.exit(cli(standalone_mode=False) or 0)
    except FarenseError as error:
        click.echo(f"farense: error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as error:
        # click makes an Abort of every KeyboardInterrupt.
        cause = error.__cause__ or error
        by, code = "", StoppedError.exit_code
        if isinstance(cause, TerminatedError):
            by, code = f" by {cause}", cause.exit_code
        click.echo(f"farense: stopped{by}; nothing half-written was put in place.", err=True)
        sys.exit(code)
    except BrokenPipeError:
        # Whoever read our output (head, less) has ended: nothing more goes there on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except OSError as error:
        # A file or folder the system will not give: no command of ours foresaw it.
        if error.filename is None:
            raise
        said = f"{error.filename}: {error.strerror}; expected a file or folder that can be used."
        click.echo(f"farense: error: {said} Check the path and its permissions.", err=True)
        sys.exit(FarenseError.exit_code)


def _hear_signals() -> None:
    """End on SIGTERM and SIGHUP (a closed terminal) as on Ctrl-C; once, cleaning up is not cut.

    What was started deaf to a signal (``nohup``) stays so. A rank of an mlx.launch dies at once:
    its launcher ends all of them, and in an exchange with one that is gone Python never runs.
    """
    if not {"MLX_RANK", "OMPI_COMM_WORLD_SIZE"}.isdisjoint(os.environ):
        return
    heard = (signal.SIGTERM, signal.SIGHUP)

    def end(number: int, _: FrameType | None) -> None:
        # A machine that goes down sends both, one after the other.
        for one in heard:
            signal.signal(one, signal.SIG_IGN)
        raise TerminatedError(number)

    for number in heard:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)
