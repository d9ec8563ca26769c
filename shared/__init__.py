"""What every service stands on: the published language, time, policy, the runtime and the engines.

Services, adapters, the command line and the demo import `shared`; `shared` imports none of them.
"""
