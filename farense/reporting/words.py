"""Every string of the page's interface, in Portuguese and in English."""

from __future__ import annotations

from farense.reporting.comparison_words import COMPARISON_RULES, COMPARISON_WORDS

# Each key has its text in Portuguese, then in English.
WORDS: dict[str, tuple[str, str]] = {
    "title": ("Relatório de avaliação", "Evaluation report"),
    "language": ("Língua", "Language"),
    "not_measured": ("não medido", "not measured"),
    # Systems and tiers
    "adapter": ("Adaptador", "Adapter"),
    "base": ("Modelo base", "Base model"),
    "majority": ("Resposta mais comum", "Commonest answer"),
    "echo": ("Eco da pergunta", "Echo of the question"),
    "seen": ("Vistas", "Seen"),
    "paraphrase": ("Outras palavras", "Paraphrase"),
    "heldout": ("Não treinadas", "Held out"),
    "unanswerable": ("Sem resposta", "Unanswerable"),
    "robustness": ("Robustez", "Robustness"),
    "general": ("Gerais", "General"),
    "answerable": ("Com resposta", "Answerable"),
    "must-pass": ("Obrigatórias", "Must-pass"),
    "seen or held out": ("Vistas ou não treinadas", "Seen or held out"),
    "seen and paraphrase": ("Vistas e outras palavras", "Seen and paraphrase"),
    "seen or paraphrase": ("Vistas ou outras palavras", "Seen or paraphrase"),
    "seen_hint": ("com as palavras do treino", "worded as in training"),
    "paraphrase_hint": (
        "factos treinados, palavras nunca treinadas",
        "trained facts, wording never trained on",
    ),
    "heldout_hint": ("factos nunca treinados", "facts never trained on"),
    "unanswerable_hint": ("o certo é dizer que não sabe", "right is to say it does not know"),
    "robustness_hint": ("gralhas e escrita descuidada", "slips and careless spelling"),
    "general_hint": ("fora do tema", "off the subject"),
    # Verdict
    "accept": ("Aceite", "Accepted"),
    "reject": ("Rejeitado", "Rejected"),
    "could_not_judge": ("Não foi possível julgar", "Could not judge"),
    "rules_met": ("{met} de {all} regras cumpridas", "{met} of {all} rules met"),
    "passed": ("cumprida", "met"),
    "failed": ("não cumprida", "not met"),
    "unknown": ("não medida", "not measured"),
    "skipped": ("não se aplica", "not applicable"),
    "skipped_because": (
        "O conjunto não tem perguntas deste tipo: {missing}.",
        "The golden set has no {missing} questions.",
    ),
    # Sections
    "headline": ("Factos certos", "Facts right"),
    "headline_note": (
        "Percentagem de respostas que dizem o facto certo, com o intervalo de 95 % por baixo "
        "(contam os factos independentes, não as perguntas). Só conta texto que foi mesmo gerado.",
        "Share of answers that state the right fact, with the 95 % interval below it "
        "(independent facts count, not questions). Only text that was really generated counts.",
    ),
    "all_questions": ("Todas", "All"),
    "false_abstention": ("Recusas indevidas", "Wrongly declined"),
    "false_abstention_hint": (
        "disse que não sabia, havendo resposta; menos é melhor",
        "said it did not know, though there is an answer; less is better",
    ),
    "learning": ("Como aprendeu", "How it learnt"),
    "train_curve": ("perda de treino, por passo", "training loss, by step"),
    "validation_curve": ("perda de validação", "validation loss"),
    "best_step": ("melhor passo: {step}", "best step: {step}"),
    "step": ("passo", "step"),
    "loss_axis": ("perda (nats por token)", "loss (nats per token)"),
    "chart_alt": (
        "Curvas de perda de treino e de validação ao longo dos passos",
        "Training and validation loss over the steps",
    ),
    "curve_note": (
        "A curva de treino é a de cada lote enquanto se aprende; a distância de sobreajuste ao "
        "lado não se lê nela, mede-se no fim sobre os conjuntos inteiros.",
        "The training curve is that of each batch while learning; the overfitting gap is not "
        "read off it but measured afterwards over the whole splits.",
    ),
    "curve_table": ("Validações em tabela", "Validations as a table"),
    "validation_loss": ("Perda de validação", "Validation loss"),
    "gap": ("Distância de sobreajuste", "Overfitting gap"),
    "gap_note": (
        "Perda de validação {validation} ({validation_rows} linhas) menos perda de treino {train} "
        "({train_rows} linhas), em nats por token, ambas sobre o conjunto inteiro. "
        "EXCELENTE abaixo de 0,05; BOM abaixo de 0,15; MODERADO abaixo de 0,30; depois CRÍTICO.",
        "Validation loss {validation} ({validation_rows} rows) minus training loss {train} "
        "({train_rows} rows), in nats per token, both over the whole split. "
        "EXCELENTE below 0.05; BOM below 0.15; MODERADO below 0.30; beyond that CRÍTICO.",
    ),
    "phrasing_gap": ("Distância entre formulações", "Phrasing gap"),
    "phrasing_gap_note": (
        "Factos perguntados das duas maneiras: {facts}. Certos com as palavras do treino: {seen}; "
        "com palavras novas: {paraphrase}. Intervalo de 95 %: de {low} a {high}.",
        "Facts asked both ways: {facts}. Right in the trained wording: {seen}; "
        "in new words: {paraphrase}. 95 % interval: {low} to {high}.",
    ),
    "points": ("{value} pontos", "{value} points"),
    "scores": ("Todas as medidas", "All measures"),
    "scores_note": (
        "a barra é a percentagem de factos certos, o traço o seu intervalo de 95 %.",
        "the bar is the share of facts right, the thin line its 95 % interval.",
    ),
    "scores_by_tier": ("Por tipo de pergunta", "By tier"),
    "scores_by_category": ("Por categoria, a mais fraca primeiro", "By category, weakest first"),
    "category": ("Categoria", "Category"),
    "tier": ("Tipo", "Tier"),
    "fact_accuracy": ("Facto certo", "Fact right"),
    "exact_match": ("À letra", "Exact match"),
    "token_f1": ("F1 de palavras", "Token F1"),
    "bleu": ("BLEU", "BLEU"),
    "chrf": ("chrF", "chrF"),
    "rouge_l": ("ROUGE-L", "ROUGE-L"),
    "fuzzy": ("Semelhança", "Fuzzy"),
    "abstention": ("Recusas", "Declined"),
    "cost": ("Velocidade e memória", "Speed and memory"),
    "speed": ("Medido com farense bench", "Measured with farense bench"),
    "speed_of": ("O quê", "What"),
    "accepted_adapter": ("Adaptador aceite", "Accepted adapter"),
    "speed_prefill": ("Ler uma pergunta longa", "Reading a long prompt"),
    "speed_first": ("Da pergunta à primeira palavra", "Question to first token"),
    "speed_decode": ("Escrever uma resposta", "Writing one answer"),
    "speed_batch": ("Respostas em conjunto", "Answers together"),
    "speed_memory": ("Memória, pico", "Peak memory"),
    "speed_machine": ("Máquina", "Machine"),
    "training_speed": ("Treino", "Training"),
    "padding": (
        "{share} do que se calculou foi enchimento",
        "{share} of what was computed was padding",
    ),
    "training_memory": ("Memória no treino, pico", "Peak memory, training"),
    "training_time": ("Duração do treino", "Training time"),
    "answering_speed": ("Respostas", "Answering"),
    "answering_memory": ("Memória nas respostas, pico", "Peak memory, answering"),
    "answering_time": ("Duração das respostas", "Answering time"),
    "tokens_per_second": ("{value} tokens/s", "{value} tokens/s"),
    # Questions
    "questions": ("Pergunta a pergunta", "Question by question"),
    "questions_note": (
        "As erradas vêm primeiro e abertas. As medidas vão de 0 a 100.",
        "Wrong ones come first and open. Scores run from 0 to 100.",
    ),
    "search": ("Procurar", "Search"),
    "outcome": ("Resultado", "Outcome"),
    "all": ("todas", "all"),
    "right": ("certa", "right"),
    "wrong": ("errada", "wrong"),
    "no_score": ("não medida", "not measured"),
    "shown": ("à vista", "shown"),
    "none_match": ("Nenhuma pergunta corresponde ao filtro.", "No question matches the filter."),
    "reference": ("Referência", "Reference"),
    "empty_answer": ("(vazio)", "(empty)"),
    "read_as_short": ("lido como", "read as"),
    "cut_off": ("cortada no limite de tokens", "cut off at the token limit"),
    "must_pass": ("obrigatória", "must pass"),
    # What training saw of a question
    "trained": ("Treino", "Training"),
    "prompt_batched": ("vista", "seen"),
    "nothing_found": ("não vista", "unseen"),
    "fact_trained": ("facto treinado", "fact trained"),
    "answer_trained": ("resposta treinada", "answer trained"),
    "no_record": ("sem registo", "no record"),
    "contradicted": ("desmente o tipo", "contradicts its tier"),
    "leak_note": (
        "Treino: vista (provado: foi treinada à letra), não vista (provado: nenhuma linha de "
        "treino tem o facto, nem a resposta sobre esse assunto) ou não demonstrável (facto "
        "treinado por outras palavras, resposta treinada numa linha sobre o assunto, ou sem "
        "registo inteiro); depois a linha de treino mais próxima, a sua semelhança e a parte das "
        "sequências de 13 palavras que estão no treino.",
        "Training: seen (proved: this very prompt was batched), unseen (proved: no training row "
        "holds the fact, or the answer for that subject) or not provable (fact trained in other "
        "words, answer trained in a row on the subject, or no whole record); then the nearest "
        "training row, its similarity and the share of 13-word sequences that stand in training.",
    ),
    "leak_counts": (
        "Quanto ao treino: {seen} provadas vistas, {unseen} provadas não vistas, "
        "{not_provable} não demonstráveis; {contradicted} desmentem o tipo.",
        "As to training: {seen} proved seen, {unseen} proved unseen, "
        "{not_provable} not provable; {contradicted} contradict their tier.",
    ),
    # Provenance
    "provenance": ("Proveniência", "Provenance"),
    "provenance_note": (
        "Tudo o que é preciso para repetir ou contestar cada número.",
        "All it takes to repeat or dispute every number.",
    ),
    "identity": ("Identidade", "Identity"),
    "run": ("Execução", "Run"),
    "created": ("Criada", "Created"),
    "golden_set": ("Conjunto de perguntas", "Golden set"),
    "base_model": ("Modelo base", "Base model"),
    "no_adapter": ("nenhum", "none"),
    "seed": ("Semente", "Seed"),
    "prompt_template": ("Formato da pergunta", "Prompt template"),
    "decoding": ("Geração", "Decoding"),
    "settings": ("Definições", "Settings"),
    "setting": ("Definição", "Setting"),
    "value": ("Valor", "Value"),
    "origin": ("Origem", "Origin"),
    "environment": ("Ambiente", "Environment"),
    "versions": ("Versões", "Versions"),
    "training": ("Treino", "Training"),
    "signatures": ("Assinaturas das medidas", "Scorer signatures"),
    "footer": (
        "Esta página é um ficheiro só, lê-se sem rede e refaz-se, igual ao byte, "
        "com os ficheiros da pasta da execução.",
        "This page is one file, reads offline and can be rebuilt, equal to the byte, "
        "from the files of the run folder.",
    ),
    **COMPARISON_WORDS,
}

# Column heads of the scores of one question: repeated a thousand times, so kept short.
SHORT_METRICS: dict[str, tuple[str, str]] = {
    "fact_accuracy": ("Facto", "Fact"),
    "exact_match": ("EM", "EM"),
    "token_f1": ("F1", "F1"),
    "bleu": ("BLEU", "BLEU"),
    "chrf": ("chrF", "chrF"),
    "rouge_l": ("ROUGE-L", "ROUGE-L"),
    "fuzzy": ("Fuzzy", "Fuzzy"),
}

# Check name: how its number and its bound are announced in Portuguese.
PORTUGUESE_RULES: dict[str, str] = {
    "fact_accuracy": "O conjunto não tem perguntas que digam se o adaptador acerta",
    "fact_accuracy/seen": "Perguntas com as palavras do treino: {measured} certas",
    "fact_accuracy/paraphrase": "Factos treinados, por outras palavras: {measured} certas",
    "fact_accuracy/heldout": "Factos nunca treinados: {measured} certas",
    "fact_accuracy/unanswerable": "Perguntas sem resposta possível: {measured} certas",
    "fact_accuracy/robustness": "Perguntas com gralhas: {measured} certas",
    "fact_accuracy/general": "Perguntas gerais: {measured} certas",
    "base_fact_accuracy": "O modelo base, sozinho, acerta em {measured} dos factos treinados",
    "overfitting_gap": "Distância de sobreajuste: {measured}",
    "phrasing_gap": "Palavras novas para factos treinados custam {measured}",
    "abstention/unanswerable": "Ao que ninguém sabe, disse que não sabia em {measured} dos casos",
    "abstention/elsewhere": "Recusou sem razão {measured} das perguntas que têm resposta",
    "must_pass": "Perguntas que nunca se podem perder: {measured} certas",
    "adapter_minus_base": "Diferença para o modelo base em todas as perguntas: {measured}",
    **COMPARISON_RULES,
    "speed": "O adaptador respondeu a {measured}",
    "leakage": "Perguntas cujo tipo o registo do treino desmente: {measured}",
}
