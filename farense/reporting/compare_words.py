"""Every string of the side-by-side page, in Portuguese and in English."""

from __future__ import annotations

COMPARE_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Lado a lado", "Side by side"),
    "language": ("Língua", "Language"),
    "against": (
        "{others} comparado com {first}, nas mesmas {n} perguntas de {golden_set}",
        "{others} against {first}, on the same {n} questions of {golden_set}",
    ),
    "shares": ("Factos certos", "Facts right"),
    "shares_note": (
        "Percentagem de respostas com o facto certo. Por baixo, a diferença em pontos para a "
        "primeira coluna, com o intervalo de 95 % (pergunta a pergunta; os factos são "
        "reamostrados). Um intervalo que contém o 0 não mostra diferença nenhuma.",
        "Share of answers that state the right fact. Below it the difference in points to the "
        "first column with its 95 % interval (question by question; facts are resampled). An "
        "interval that holds 0 shows no difference.",
    ),
    "by_tier": ("Por tipo de pergunta", "By tier"),
    "by_category": ("Por categoria", "By category"),
    "group": ("Perguntas", "Questions"),
    "all": ("Todas", "All"),
    "flips": ("Respostas que mudaram de certo para errado ou de errado para certo", "Flips"),
    "flips_note": (
        "Na resposta, o que falta da primeira está riscado e o que é novo está sublinhado.",
        "In an answer, words missing from the first are struck out, new ones underlined.",
    ),
    "no_flips": ("Nenhuma resposta mudou de sinal.", "No answer flipped."),
    "reference": ("Referência", "Reference"),
    "empty": ("(vazio)", "(empty)"),
    "right": ("certa", "right"),
    "wrong": ("errada", "wrong"),
    "not_measured": ("não medido", "not measured"),
    "runs": ("De onde vêm as respostas", "Where the answers come from"),
    "run": ("Execução", "Run"),
    "weights": ("Pesos (sha256)", "Weights (sha256)"),
    "no_adapter": ("sem adaptador", "no adapter"),
}
