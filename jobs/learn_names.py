"""The learn job's name, for those who must not load Flink and River to know it."""

JOB_NAME = "tactful-learn"
