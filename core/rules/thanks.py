"""Whether a message says thank you and nothing else. Pure, and conservative: with one word more than these it is a
message like any other."""

from typing import Final

import regex

from core.language.text import Named, Text, Words

# Longer texts say more than thanks.
_MOST = 80

_OPENERS = "ok|okay|oh|ah|great|perfect|awesome|cool|nice|super|excellent|wonderful|brilliant|alright|yes|top|prima"
_THANKS: Final = (
    # English
    r"(many |big |huge )?thanks( a lot| a bunch| a ton| a million| so much| very much| again)*",
    r"thank (you|u)( a lot| so much| very much| again)*",
    "thx|thnx|tnx|tks|ty|tysm|tyvm|thanx",
    "(much|really) appreciated",
    # German
    r"(vielen |besten |herzlichen |tausend )?dank( auch)?|dankeschön|dankeschon|(danke|merci) vielmals",
    r"(ich )?danke( dir| ihnen| euch)?( sehr| schön| schon)?",
    # French, Italian, Spanish, Portuguese, Romanian
    r"merci( beaucoup| bien| infiniment)?|(grand|mille|un grand) mercis?",
    r"(molte |tante |mille )?grazie( mille| tante| infinite)?",
    r"(muchas |mil |muchísimas )?gracias",
    r"(muito )?obrigad[oa]( mesmo)?|valeu|mulțumesc( mult)?|mersi",
    # Dutch, Danish, Norwegian, Swedish, Finnish
    r"(heel erg |hartelijk )?(bedankt|dank je( wel)?|dank u( wel)?|dankjewel|dankuwel)",
    r"(tusind |tusen |mange |stort )?(tak|takk|tack)( så mycket| skal du ha| for det)?|kiitos( paljon)?",
    # Polish, Czech, Slovak, Hungarian, Turkish, Greek
    "(bardzo )?(dziękuję|dziekuje|dzięki|dzieki)( bardzo)?|(moc )?(děkuji|děkuju|díky|diky)( moc)?|ďakujem|vďaka",
    "köszönöm( szépen)?|köszi|(çok )?(teşekkürler|teşekkür ederim|sağ ol|sağol)|ευχαριστώ( πολύ)?",
    # Russian, Ukrainian
    "(большое |огромное )?спасибо( большое| огромное)?|благодарю|(щиро )?дякую|спасибі",
    # Japanese, Chinese, Korean, Arabic, Hebrew, Hindi, Vietnamese, Indonesian
    "(どうも)?ありがとう(ございます|ございました)?|(多|非常|太)?(谢谢|謝謝|感谢|感謝)(你|您|大家)?(了|啦)?|多謝|多谢",
    "(정말 )?(감사합니다|고맙습니다|고마워요|고마워)|شكرا( جزيلا)?|תודה( רבה)?|धन्यवाद|शुक्रिया|cảm ơn|terima kasih",
)
_TAILS = (
    "all|everyone|everybody|team|guys|folks|mate|man|again|both|alle|alles|leute|team|à tous|a todos|a tutti"
    "|(for|für|fuer|pour|por|per) (the|your|all the|all your|die|deine|ihre|eure|la|votre|su|sua|il|l)? ?"
    "((quick|fast|prompt|great|kind|super|schnelle|rapide|rápida|rapida) )?"
    "(help|reply|response|answer|support|fix|hilfe|antwort|unterstützung|aide|réponse|ayuda|respuesta|ajuda|aiuto)"
)
# What people say before or after it when all is well.
_WELL = (
    "((that|this|it|you|which) )?(has |really |just |all )?"
    "(helped|helps|worked|works|did it|did the trick|solved it|fixed it)"
    "( (me|us|a lot|fine|perfectly|great|now|again))*"
    "|(es |das |jetzt )?(funktioniert|klappt|geht|hat geholfen)( jetzt| wieder| nun)*"
    "|all (good|set|fine|working)( now| again)?"
)
_PHRASE: Final = regex.compile(
    rf"((?:{_OPENERS}) )?((?:{_WELL}) )?(?:{'|'.join(_THANKS)})( (?:{'|'.join(_THANKS)}|{_TAILS}|{_WELL}))*",
    regex.IGNORECASE,
)
# Emoji, written out or not, and what stands between words.
_BETWEEN: Final = regex.compile(
    r":[\w+-]{1,64}:|[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{Emoji_Modifier}\u200d\ufe0f]"
    r"|[\s.,;!~()'’\"“”„…\-–—。、！，♥]+|[:;]-?[)DP]"
)


def is_thanks(text: Text) -> bool:
    """Of a message without files. Names of people and of the desk do not count; a link, a quotation, code, a number or
    a question makes it more than thanks."""
    if not all(isinstance(span, Words | Named) for span in text):
        return False
    if any(isinstance(span, Words) and "code" in span.styles for span in text):
        return False
    said = "".join(span.text for span in text if isinstance(span, Words))
    if len(said) > _MOST:
        return False
    return _PHRASE.fullmatch(" ".join(_BETWEEN.sub(" ", said).split())) is not None
