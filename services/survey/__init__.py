"""Survey: one questionnaire per closing, 24 hours after it, never twice, never later than 48 hours (R14).

Decides: when the invitation goes out; what a reopening cancels; which answer counts; what each record says of the
ticket as it was when it closed (`record`, docs/survey-topic.md).
Consumes: `sav.closure`, `sav.intake`, `sav.triage`, `sav.dispatch`, its own deadlines.
Emits: `sav.survey`, a public product that analysts read alone (R15).
"""
