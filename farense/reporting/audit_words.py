"""The words of a dataset's health card: (Portuguese, English)."""

from __future__ import annotations

from farense.datasets.auditing.findings import FaultKind, Fix

AUDIT_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Saúde do conjunto de dados", "Dataset health"),
    "language": ("Língua", "Language"),
    "sound": ("Nenhuma falha encontrada", "No fault found"),
    "faulty": ("{n} tipos de falha", "{n} kinds of fault"),
    "rows": ("Linhas", "Rows"),
    "readable": ("Legíveis", "Readable"),
    "kept": ("Ficam depois de limpar", "Left after cleaning"),
    "faults": ("Falhas e correções", "Faults and fixes"),
    "faults_note": (
        "«farense data clean» aplica as correções e escreve um ficheiro novo; o original fica "
        "como está. O que é para decidir à mão fica igual.",
        "“farense data clean” applies the fixes and writes a new file; the original stays as it "
        "is. What has to be decided by hand is left alone.",
    ),
    "fault": ("Falha", "Fault"),
    "count": ("Linhas", "Rows"),
    "fix": ("Correção", "Fix"),
    "examples": ("Exemplos", "Examples"),
    "checked": ("Também procurado, sem encontrar", "Also looked for, not found"),
}
FIX_WORDS: dict[Fix, tuple[str, str]] = {
    "repaired": ("reparado ao ler", "repaired on reading"),
    "drop": ("retirar as linhas", "drop the rows"),
    "keep_first": ("guardar só a primeira", "keep the first only"),
    "by_hand": ("decidir à mão", "decide by hand"),
}
# What the fault is, and what to do about it beyond the fix.
FAULT_WORDS: dict[FaultKind, tuple[str, str]] = {
    "bom": ("marca BOM no início do ficheiro", "byte order mark at the start of the file"),
    "crlf": ("fins de linha CRLF ou CR", "line ends CRLF or CR"),
    "not_utf8": ("ficheiro que não está em UTF-8", "file not in UTF-8"),
    "not_json": ("linha que não é JSON", "line that is not JSON"),
    "not_csv": ("aspas por fechar", "quote never closed"),
    "not_an_object": ("linha que não é um objeto", "row that is no object"),
    "unknown_shape": ("colunas desconhecidas", "unknown columns"),
    "wrong_type": ("valor que não é texto", "value that is no text"),
    "wrong_cells": ("número errado de células", "wrong number of cells"),
    "key_twice": ("a mesma chave duas vezes", "one key twice"),
    "empty": ("pergunta ou resposta vazia", "empty question or answer"),
    "damaged": ("caracteres perdidos (U+FFFD)", "characters lost (U+FFFD)"),
    "mojibake": ("UTF-8 lido noutra codificação (Ã©)", "UTF-8 read in another encoding (Ã©)"),
    "invisible": ("hífenes brandos e outros invisíveis", "soft hyphens and other invisibles"),
    "nfc": ("acentos decompostos", "decomposed accents"),
    "too_long": ("linha longa demais", "row too long"),
    "junk": ("restos de HTML, tabelas ou programas", "rests of HTML, tables or programs"),
    "duplicate": ("linha repetida", "row repeated"),
    "near_duplicate": ("linha quase repetida", "row nearly repeated"),
    "contradiction": (
        "a mesma pergunta com respostas que se contradizem",
        "one question with contradicting answers",
    ),
    "no_season": (
        "jogo perguntado sem época nem data: há várias respostas",
        "match asked without season or date: several answers are true",
    ),
    "impossible_season": ("época impossível", "impossible season"),
    "giveaway": (
        "a forma da pergunta revela o resultado; varie as formas",
        "the wording gives the outcome away; vary the wordings",
    ),
    "one_sided": (
        "jogos só de um lado (casa ou fora); junte os outros",
        "matches of one side only (home or away); add the others",
    ),
    "valid_is_tail": (
        "validação cortada do fim; use farense data split",
        "validation cut off the end; use farense data split",
    ),
    "split_leak": (
        "validação ou teste com factos do treino; use farense data split",
        "validation or test with facts of the training; use farense data split",
    ),
    "random_split_leaks": (
        "uma divisão ao acaso deixaria passar factos; use farense data split",
        "a random split would leak facts; use farense data split",
    ),
}
