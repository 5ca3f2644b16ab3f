"""The jinja environment every page is rendered in."""

from __future__ import annotations

from typing import Any

import jinja2


def template_environment(**names: Any) -> jinja2.Environment:
    """Templates of this package, escaped, in which a misspelt name is an error.

    Args:
        names: What every template may use besides what it is rendered with.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("farense.reporting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(names)
    return environment
