"""What the page says about adapter and baseline, in Portuguese and in English."""

from __future__ import annotations

# Each key has its text in Portuguese, then in English; words.WORDS holds them too.
COMPARISON_WORDS: dict[str, tuple[str, str]] = {
    "baseline": ("Anterior", "Baseline"),
    "comparison": ("Face ao adaptador anterior", "Against the baseline"),
    "said_better": (
        "O adaptador novo é melhor do que o anterior: uma diferença destas dificilmente seria "
        "acaso.",
        "The new adapter is better than the baseline: such a difference would hardly be chance.",
    ),
    "said_not_worse": (
        "O adaptador novo pode substituir o anterior: no pior dos casos plausíveis perde {loss} "
        "em cada 100 perguntas, e admitem-se {margin}.",
        "The new adapter can replace the baseline: in the worst plausible case it loses {loss} "
        "in every 100 questions, and {margin} are allowed.",
    ),
    "said_worse": (
        "O adaptador novo é pior do que o anterior: uma perda destas dificilmente seria acaso.",
        "The new adapter is worse than the baseline: such a loss would hardly be chance.",
    ),
    "said_not_enough_data": (
        "Não há perguntas que cheguem para decidir: não se viu que o adaptador novo seja pior, nem "
        "se pode excluir que o seja. São precisas mais perguntas sobre outros factos.",
        "There are too few questions to decide: the new adapter was not seen to be worse, and it "
        "cannot be excluded that it is. More questions about other facts are needed.",
    ),
    "compared_questions": ("Perguntas comparadas", "Questions compared"),
    "about_facts": (
        "em {count} grupos de factos; {equal} iguais nos dois",
        "in {count} groups of facts; {equal} alike in both",
    ),
    "now_right": ("Só o novo acerta", "Only the adapter is right"),
    "now_wrong": ("Só o anterior acerta", "Only the baseline is right"),
    "difference": ("Diferença", "Difference"),
    "difference_note": (
        "com 95 % de confiança, entre {low} e {high} pontos",
        "with 95 % confidence, between {low} and {high} points",
    ),
    "margin": ("Perda admitida", "Loss allowed"),
    "no_margin": ("nenhuma definida", "none set"),
    "detectable": ("Menor perda que se notaria", "Smallest loss that would show"),
    "detectable_note": (
        "em 4 de cada 5 conjuntos como este; perdas menores passam muitas vezes despercebidas",
        "in 4 of 5 sets like this one; smaller losses often go unseen",
    ),
    "noise": ("Ruído do anterior", "Noise of the baseline"),
    "noise_note": (
        "respostas que mudam de certas para erradas, ou o contrário, quando só muda a ordem das "
        "perguntas",
        "answers that turn from right to wrong or back when only the order of questions changes",
    ),
    "plain_points": ("{value} pontos", "{value} points"),
    "compared_by_category": ("Por categoria", "By category"),
    "compared_note": (
        "Uma categoria conta como perdida quando o acaso daria uma perda assim em menos de 2,5 % "
        "dos casos, já descontado que se olhou para todas (Holm).",
        "A category counts as lost when chance would give such a loss in less than 2.5 % of "
        "cases, allowing for having looked at all of them (Holm).",
    ),
    "chance": ("Acaso (p)", "Chance (p)"),
    "lost": ("perdida", "lost"),
    "compared_by_score": ("Outras medidas", "Other measures"),
    "compared_score_note": (
        "Medem a semelhança com a resposta de referência; mostram-se, mas não decidem.",
        "They measure likeness to the reference answer; shown, but deciding nothing.",
    ),
    "score": ("Medida", "Measure"),
    "interval": ("Intervalo", "Interval"),
    "tests": (
        "Probabilidade de ver, por acaso, uma diferença assim: {better} para melhor, {worse} para "
        "pior (troca de sinais por facto, unilateral). McNemar exato, que toma as perguntas por "
        "independentes: {mcnemar}.",
        "Probability of seeing such a difference by chance: {better} for better, {worse} for worse "
        "(sign flips by fact, one-sided). Exact McNemar, which takes questions for independent: "
        "{mcnemar}.",
    ),
    "not_enough_data": ("Dados insuficientes", "Not enough data"),
    "undecided": ("por decidir", "undecided"),
}

# Check name: how its number and its bound are announced in Portuguese.
COMPARISON_RULES: dict[str, str] = {
    "comparison/margin": "Face ao adaptador anterior, no pior dos casos plausíveis: {measured}",
    "comparison/categories": "Categorias em que é claramente pior do que o anterior: {measured}",
    "comparison/must_pass": "Perguntas que nunca se podem perder e que o anterior acerta, "
    "perdidas: {measured}",
    "comparison/noise": "Respostas do anterior que mudam com a ordem das perguntas: {measured}",
}
