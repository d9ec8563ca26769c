"""Values of the published language in the words in which staff read them, on every screen and in every proof.

No rule lives here, so that the prover, which believes no stage, may use it too.
"""

from __future__ import annotations

from shared.events.dispatch import PauseReason

PAUSES: dict[PauseReason, str] = {
    "waiting-for-customer": "réponse du client attendue",
    "access-refused": "accès au site refusé",
}
"""Why a delay stands still."""
