"""In which language a mail is written, by its script and its small words. Pure; called by `mail`.

It must never guess from names or places, and says nothing where it can't tell. A hint for the person who reads and for
the language of an answer; what triage may read is triage's own question (R8).
"""

from __future__ import annotations

import re
from collections import Counter

_READ = 4_000
"""Characters that are looked at: a language shows in its first lines."""
_LEAST_WORDS = 2
"""Small words that must speak for a language; one alone is a name, a loan or a slip."""
_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
}
"""Kana before the characters that Japanese shares with Chinese."""
_UKRAINIAN = re.compile(r"[іїєґ]", re.IGNORECASE)
_SMALL = {
    "fr": (
        "le la les un une des du de et est ne pas que qui je vous nous il elle ce cette dans pour sur "
        "avec mais ou où au aux mon ma mes votre vos notre bonjour merci depuis plus très sont être avez "
        "c'est n'est j'ai d'un d'une"
    ),
    "en": (
        "the a an of and is are not to in for on with we you it this that have has our your my hello hi "
        "thanks please from was be can will would but at as they there here know find"
    ),
    "de": (
        "der die das ein eine und ist nicht zu in für auf mit wir sie es ich dass haben hat unser ihr "
        "mein hallo bitte von war bei auch aber den dem des wie noch nach"
    ),
    "es": (
        "el la los las un una de y es no que en para con por se mi su nuestro hola gracias está desde "
        "pero muy como del al lo más ya buenos buenas"
    ),
    "it": (
        "il lo la gli un una di e è non che in per con si mi suo nostro ciao grazie da ma molto come del "
        "della al più sono buongiorno questo"
    ),
    "nl": (
        "de het een en is niet te in voor op met wij we u ik dat hebben heeft onze uw mijn hallo graag "
        "van was bij ook maar geen deze zijn er"
    ),
    "pt": (
        "o a os as um uma de e é não que em para com por se meu seu nosso olá obrigado está desde mas "
        "muito como do da ao mais já bom dia"
    ),
}
_SMALL_SETS = {language: frozenset(words.split()) for language, words in _SMALL.items()}
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def language_of(text: str) -> str:
    """Return the language as its two letters (ISO 639-1), or an empty text where it can't be told."""
    head = text[:_READ]
    letters = sum(1 for letter in head if letter.isalpha())
    for language, script in _SCRIPTS.items():
        if 4 * len(script.findall(head)) > letters:
            return "uk" if language == "ru" and _UKRAINIAN.search(head) else language
    words = Counter(word.replace("’", "'") for word in _WORDS.findall(head.lower()))
    scores = sorted(
        ((sum(words[word] for word in small), language) for language, small in _SMALL_SETS.items()), reverse=True
    )
    (best, language), (second, _) = scores[:2]
    return language if best >= _LEAST_WORDS and best > second else ""
