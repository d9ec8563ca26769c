"""Words that senders and their programs put below a mail, by language. Data only; read by `signatures`.

Each constant is the alternatives of a pattern, compared without regard to case: a language is added here alone.
"""

from __future__ import annotations

SENT = (
    r"sent|envoyé|envoyée|gesendet|versendet|enviado|enviada|inviato|verzonden|verstuurd|skickat|sendt"
    r"|wysłan[eoy]|отправлено|надіслано|lähetetty|odesláno|odoslané|küldve|gönderildi|trimis"
)
FROM = (
    r"from|via|with|using|by|depuis|de|à partir de|avec|par|von|vom|mit|über|aus|desde|con|da|do|com|dal|met"
    r"|van|från|fra|med|z|ze|za|с|из|з"
)
DEVICE = (
    r"my|mon|ma|meinem|meiner|mi|meu|mio|mijn|min|mit|mobile|mobil\w*|phone|i-?phone|i-?pad|i-?pod|android"
    r"|samsung|galaxy|huawei|xiaomi|nokia|htc|blackberry|windows|outlook|yahoo|gmail|mail|mailbox|airmail"
    r"|thunderbird|orange|sfr|free|bouygues|proton\w*|tablet\w*|smartphone|téléphone|portable|handy|móvil"
    r"|celular|cellulare|telefoo?n\w*|typeapp|spark|aol|gmx|web\.de|телефона|iphone'a|k-9|mailspring|front"
    r"|superhuman|hey|zoho"
)
"""What mobile programs name themselves after."""
GOODBYE = (
    r"(?:très |bien |plus )?cordialement|cordiales? salutations"
    r"|(?:sincères |meilleures |cordiales |bonnes )?salutations(?: distinguées| cordiales)?"
    r"|bien à (?:vous|toi)|respectueusement|amicalement|sincèrement|cdl?t"
    r"|bonne (?:journée|soirée|réception|fin de journée)|à (?:bientôt|votre disposition)"
    r"|(?:(?:best|kind|warm|kindest|warmest|many) )?regards|(?:all the |my )?best(?: wishes)?|cheers|sincerely"
    r"|(?:yours|very) (?:sincerely|faithfully|truly)|(?:sincerely|truly|faithfully) yours|take care|br|rgds"
    r"|(?:mit )?(?:freundlichen?|besten?|herzlichen?|lieben?|viele|schönen?|vielen) (?:grüßen?|gruß|grüssen?|gruss)"
    r"|mfg|lg|vg|hochachtungsvoll|grüße|(?:un |cordiales |muchos |atentos )?saludos?(?: cordiales)?"
    r"|atentamente|atte|un abrazo|(?:cordiali |distinti )?saluti|cordialmente|un saluto|buona giornata"
    r"|atenciosamente|(?:melhores |com os melhores )?cumprimentos|att|abraços?"
    r"|(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?|mvg"
    r"|(?:med )?(?:venlig|vänlig|vennlig|bästa|kærlig|mange)(?:a)? ?(?:hilsen|hilsner|hälsning|hälsningar)"
    r"|(?:de )?bedste hilsner|hilsen|hälsningar|mvh|vh|kh|dbh|pozdrawiam|z poważaniem|s pozdravem|с уважением"
    r"|з повагою|ystävällisin terveisin|üdvözlettel"
)
"""A line that is one of these ends a letter."""
THANKS = (
    r"merci(?: d['’]avance| bien)?|thanks(?: in advance| again)?|thank you|thx|danke|vielen dank|gracias|grazie"
    r"|obrigad[oa]|tak|bedankt|dank u"
)
"""The same where a name stands below it, and only there."""
