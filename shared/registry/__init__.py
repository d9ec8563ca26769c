"""Contracts, sites, equipment, people and stock as the stages see them, versioned (R1, R4, R11). Pure.

`model` is what a stage asks, `book` folds the records of `sav.registry`, `sheets` and `joining` read the CSV files of
an import, `imports` says what an import publishes. Nothing here reads a file, a topic or a clock.
"""

from shared.registry.book import RegistryBook
from shared.registry.model import ContractRecord, Registry, StockRecord, Technician

__all__ = ["ContractRecord", "Registry", "RegistryBook", "StockRecord", "Technician"]
