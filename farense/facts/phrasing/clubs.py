"""The article a club takes in Portuguese: *o Benfica*, *a Académica*, *O Elvas*."""

from __future__ import annotations

# Masculine is the rule; these are said with *a*. Clubs with the article in their name take none.
_FEMININE = frozenset(
    {
        *("Académica de Coimbra", "Associação Académica de Faro", "AD Sanjoanense"),
        *("UD Oliveirense", "UD Santana", "UD Valonguense", "União de Leiria", "Naval", "Ovarense"),
        *("CUF", "B SAD", "AD Marco 09", "Camacha", "Torralta", "AR São Martinho"),
    }
)
_OWN_ARTICLE = ("O ", "Os ")
_PLURAL = frozenset({"Ferroviários", "Nazarenos", "Pescadores", "Leões de Santarém", "Salgados"})


def the_club(name: str) -> str:
    """The club as it stands in a sentence, without the mark that tells two in the tables apart."""
    plain = name.removesuffix(" (extinto)")
    if plain.startswith(_OWN_ARTICLE):
        return plain
    if plain in _PLURAL:
        return f"os {plain}"
    return f"{'a' if plain in _FEMININE else 'o'} {plain}"
