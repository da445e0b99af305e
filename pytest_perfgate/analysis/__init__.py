"""Judgement: from runs to evidence, from evidence to verdicts; knows Policy, touches no machine."""
