"""Pipelines: a typed list of steps in a YAML file, run in order, resumed after a crash."""

from scorpius_lab.integration.pipelines.model import CallStep, Pipeline, ReportStep, Step
from scorpius_lab.integration.pipelines.reading import find_pipeline, known_pipelines, load_pipeline, parse_pipeline
from scorpius_lab.integration.pipelines.run import PipelineLab, check_pipeline, run_pipeline

__all__ = [
    "CallStep",
    "Pipeline",
    "PipelineLab",
    "ReportStep",
    "Step",
    "check_pipeline",
    "find_pipeline",
    "known_pipelines",
    "load_pipeline",
    "parse_pipeline",
    "run_pipeline",
]
