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
        "primeira coluna, com o intervalo de 95 % (pergunta a pergunta; perguntas sobre o mesmo "
        "facto contam em conjunto). Um intervalo que contém o 0 não mostra diferença nenhuma.",
        "Share of answers that state the right fact. Below it the difference in points to the "
        "first column with its 95 % interval (question by question; questions about one fact "
        "count together). An interval that holds 0 shows no difference.",
    ),
    "better": ("melhor do que {first}", "better than {first}"),
    "worse": ("pior do que {first}", "worse than {first}"),
    "not_enough_data": (
        "não se distingue de {first} com estas perguntas",
        "cannot be told from {first} with these questions",
    ),
    "lost": ("perde em: {categories}", "loses in: {categories}"),
    "chance": (
        "probabilidade por acaso: {better} para melhor, {worse} para pior",
        "probability by chance: {better} for better, {worse} for worse",
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
