"""The one error of business time that is a fact about a calendar; raised by the computing modules only."""


class NeverOpens(Exception):
    """A calendar has no, or not enough, opening left before the end of 2100: the policy has to be corrected.

    Trying again does not help, and no other date may be made up in its place.
    """

    def __init__(self, calendar_name: str, last_year: int) -> None:
        super().__init__(
            f"calendar '{calendar_name}' does not open again, or not for long enough, "
            f"before the end of {last_year}: check its closings and the duration asked for"
        )
